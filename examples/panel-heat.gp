# panel-heat.gp - call "panel-heat.gp" TITLE TABLE COLUMN PALETTE LOW HIGH
#
# Heat map of the mean by x and COLUMN, or several columns (from,to), the first
# value at the top. LOW and HIGH are the range of colors, * for that of the table.
# What is NaN is gray; what is beyond the colors has a mark.
name = ARG1
if (!is_there(tables."/".ARG2)) { @blank; exit }
eval colors(ARG4)
table = tables."/".ARG2
column = ARG3
eval sprintf("set cbrange [%s:%s]", ARG5, ARG6)
set datafile missing		# an image needs all its cells
set xrange [*:*]
set yrange [*:*]
stats cells(table, column) using 1:2 nooutput prefix "HEAT"
set xrange [-0.5:HEAT_max_x + 0.5]
set yrange [HEAT_max_y + 0.5:0.5]
unset xtics
set xtics out nomirror scale 0.5
set ytics autofreq
if (HEAT_max_y <= 20) { set ytics 1,HEAT_max_y > 10 ? 3 : HEAT_max_y > 5 ? 2 : 1 }
set colorbox user origin graph 1.02,0 size graph 0.035,1
set cbtics scale 0.3 offset -0.6,0
set title name
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "#B4BCC4" fillstyle solid noborder
low = ARG5 eq "*" ? -1e308 : ARG5 + 0
high = ARG6 eq "*" ? 1e308 : ARG6 + 0
plot cells(table, column) using 1:2:3 with image notitle, \
    cells(table, column) using 1:($3 > high ? $2 : NaN) with points pt 9 ps 0.5 lc rgb "#00A0E0" notitle, \
    cells(table, column) using 1:($3 < low ? $2 : NaN) with points pt 11 ps 0.5 lc rgb "#00A0E0" notitle, \
    labels(table) using 1:(1):xtic(2) with dots lc rgb nothing notitle
unset colorbox
unset object 1
set datafile missing "NaN"
