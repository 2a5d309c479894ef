# panel-curves.gp - call "panel-curves.gp" TITLE COLUMN CURVE [CURVE [CURVE]]
#
# Lines, each with a band of one standard deviation, and a cross at the edge where a
# mean is NaN. A CURVE is "TABLE VALUE COLOR NAME": the rows of the table in which
# COLUMN has the VALUE, or all for "-".
name = ARG1
column = ARG2
curve(k) = k == 1 ? ARG3 : k == 2 ? ARG4 : ARG5
table_of(c) = tables."/".word(c, 1)
rest(c) = c[strstrt(c, word(c, 3)) + strlen(word(c, 3)) + 1:*]
array from[3]
array nans[3]
array color[3]
array label[3]
n = 0
do for [k = 1:ARGC - 2] {
	c = curve(k)
	if (is_there(table_of(c))) {
		n = n + 1
		from[n] = rows_of(table_of(c), column, word(c, 2))
		nans[n] = nan_rows_of(table_of(c), column, word(c, 2))
		color[n] = word(c, 3)
		label[n] = rest(c)
	}
}
if (n == 0) { @blank; exit }
set xrange [*:*]
eval sprintf("set yrange [%s:*]", least)
unset xtics
set xtics out nomirror scale 0.5
set ytics autofreq
set title name
set y2range [0:1]
set offsets 0,0,graph (n > 1 ? 0.46 : 0.12),0		# space for the key
plot for [k = 1:n] from[k] using 1:($2 - $3):($2 + $3) with filledcurves \
        fs solid 0.2 noborder lc rgb color[k] notitle, \
    for [k = 1:n] from[k] using 1:2 with lines lw 2.2 lc rgb color[k] title label[k], \
    for [k = 1:n] nans[k] using 1:2 axes x1y2 with points pt 2 ps 0.6 lw 2 lc rgb color[k] notitle, \
    labels(table_of(ARG3)) using 1:3:xtic(2) with dots lc rgb nothing notitle
set offsets 0,0,0,0
