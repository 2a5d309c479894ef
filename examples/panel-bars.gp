# panel-bars.gp - call "panel-bars.gp" TITLE TABLE
#
# A bar for each row, from 0 to 1, with its standard deviation.
name = ARG1
if (!is_there(tables."/".ARG2)) { @blank; exit }
eval colors("flare")
bars = rows_of(tables."/".ARG2, "-", "")
set xrange [*:*]
set yrange [*:*]
stats bars using 1:2 nooutput prefix "BAR"
set cbrange [BAR_max_x > 0 ? -BAR_max_x : -1:0]
set xrange [0.3:BAR_max_x + 1.7]
set yrange [0:1]
unset colorbox
set xtics 1,BAR_max_x > 8 ? 3 : 1
set title name
plot bars using ($1 + 1):2:(-$1) with boxes fs solid lc palette notitle, \
    bars using ($1 + 1):($2 - $3):(0):(2 * $3) with vectors nohead lc rgb "#444444" notitle
