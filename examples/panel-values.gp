# panel-values.gp - call "panel-values.gp" TITLE TABLE
#
# Singular values, one line each, from dark for the largest to light for the
# smallest.
name = ARG1
if (!is_there(tables."/".ARG2)) { @blank; exit }
table = tables."/".ARG2
eval colors("flare")
set xrange [*:*]
set yrange [*:*]
stats cells(table, "i") using 1:2 nooutput prefix "SV"
set xrange [0:SV_max_x > 0 ? SV_max_x : 1]
set yrange [0:*]
set cbrange [-SV_max_y:-1]
unset colorbox
unset xtics
set xtics out nomirror scale 0.5
set ytics autofreq
set title name
plot lines(table, "i") using 1:3:(-$2) with lines lw 0.7 lc palette notitle, \
    labels(table) using 1:(0):xtic(2) with dots lc rgb nothing notitle
