# erank.gp - heat map of the normalized effective rank, or of another column, of
# every layer during training
#
#   ckpt-erank run.ckpt | gnuplot -c erank.gp >erank.png
#   ckpt-esd run.ckpt | gnuplot -c erank.gp alpha >alpha.png
#
# Columns are checkpoints in their order, labeled with steps; rows are layers,
# the first at the top. A single checkpoint is drawn as bars. What is NaN is gray,
# and what is beyond the colors has a mark.

# Three blocks: cells (x y value), layers (y name), checkpoints (x label).
# ".weight" and the common prefix are removed from names; a layer that is missing
# at some step is NaN.
column = ARGC > 0 ? ARG1 : "erank_norm"
set print $t
print system("awk -F'\t' -v column=".column." '\
    function short(s) { return s >= 1e6 && s % 1e4 == 0 ? s / 1e6 \"M\" : \
        s >= 1e3 && s % 10 == 0 ? s / 1e3 \"k\" : s } \
    function shared(a, b) { while (index(b, a) != 1) \
        if (!sub(/[^.]*\\.$/, \"\", a)) return \"\"; return a } \
    NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } \
    NR == 2 || $col[\"step\"] != step[n] { step[++n] = $col[\"step\"] } \
    !($col[\"tensor\"] in row) { \
        row[$col[\"tensor\"]] = ++rows; name[rows] = $col[\"tensor\"] } \
    { value[n, row[$col[\"tensor\"]]] = $col[column] } \
    END { \
        for (y = 1; y <= rows; y++) for (x = 1; x <= n; x++) \
            print x \"\t\" y \"\t\" ((x, y) in value ? value[x, y] : \"NaN\"); \
        print \"\\n\"; \
        for (y = 1; y <= rows; y++) { \
            sub(/\\.weight$/, \"\", name[y]); \
            if (y == 1) { same = name[1]; sub(/[^.]*$/, \"\", same) } \
            same = shared(same, name[y]) } \
        for (y = 1; y <= rows; y++) \
            print y \"\t\" substr(name[y], length(same) + 1); \
        print \"\\n\"; \
        for (x = 1; x <= n; x++) print x \"\t\" short(step[x]) }'")
unset print
set datafile separator tab

stats $t index 0 using 1 nooutput
if (!exists("STATS_max")) { print "erank.gp: no matrix in the table"; exit status 1 }
steps = STATS_max
stats $t index 0 using 2 nooutput
layers = STATS_max
stats $t index 0 using 3 nooutput
least = column ne "erank_norm" ? STATS_min : STATS_min < 1 ? STATS_min : 0
most = column ne "erank_norm" ? STATS_max : 1
# the range of interest for exponents; a poor fit can have any value
if (column eq "alpha") { least = 1; most = 8 }
if (most == least) { most = least + 1 }

# What the colors do not show, and a line that explains the marks.
stats $t index 0 using (strcol(3) eq "NaN") nooutput
nans = STATS_sum
stats $t index 0 using ($3 > most) nooutput
above = STATS_sum
stats $t index 0 using ($3 < least) nooutput
below = STATS_sum
note = (nans > 0 ? "gray: NaN" : "").(above > 0 ? sprintf("   ▲ above %g", most) : ""). \
    (below > 0 ? sprintf("   ▼ below %g", least) : "")

stats $t index 1 using (strlen(strcol(2))) nooutput
longest = STATS_max

small = layers > 40
height = 150 + (small ? 20 : 32) * layers
height = height < 420 ? 420 : height > 1600 ? 1600 : height
set terminal pngcairo noenhanced size 1100,height font sprintf("DejaVu Sans,%d", small ? 10 : 13)
set lmargin longest * 0.95 + 4
set rmargin steps > 1 ? 12 : 6
set tmargin 2.5
set bmargin 4
set border lc rgb "#444444"
set tics out nomirror scale 0.4 textcolor rgb "#222222"
set palette defined (0 "#03051A", 1 "#35193E", 2 "#701F57", 3 "#AD1759", \
    4 "#E13342", 5 "#F37651", 6 "#F6B48F", 7 "#FAEBDD")
set cbrange [least:most]
set yrange [layers + 0.5:0.5]
set title column eq "erank_norm" ? "normalized effective rank" : column offset 0,-0.3

# Transparent, for points that only carry labels.
nothing = "#FF000000"
gray = "#B4BCC4"

# At most nine labels, at every 1, 2, 5, 10, 20, 50, ... checkpoints.
thin = 1
do for [k in "1 2 5 10 20 50 100 200 500 1000 2000 5000 10000"] {
	if (steps / thin > 9) { thin = int(k) }
}

if (steps > 1) {
	set xrange [0.5:steps + 0.5]
	set xlabel "step"
	set cbtics scale 0.4
	set colorbox user origin graph 1.025,0 size graph 0.025,1
	set label 1 note at screen 0.99,screen 0.02 right font ",10" textcolor rgb "#222222"
	set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb gray fillstyle solid noborder
	plot $t index 0 using 1:2:3 with image notitle, \
	    "" index 0 using 1:($3 > most ? $2 : NaN) with points pt 9 ps 1 lc rgb "#00A0E0" notitle, \
	    "" index 0 using 1:($3 < least ? $2 : NaN) with points pt 11 ps 1 lc rgb "#00A0E0" notitle, \
	    "" index 1 using (1):1:ytic(2) with dots lc rgb nothing notitle, \
	    "" index 2 every thin using 1:(1):xtic(2) with dots lc rgb nothing notitle
} else {
	set xrange [0:most]
	unset colorbox
	set grid xtics lc rgb "#DDDDDD" lt 1
	plot $t index 0 using (0):2:(0):3:($2 - 0.38):($2 + 0.38):3 \
	        with boxxyerror fillcolor palette fillstyle solid noborder notitle, \
	    "" index 0 using (0):(strcol(3) eq "NaN" ? $2 : NaN):("NaN") with labels left offset 0.5,0 textcolor rgb "#666666" notitle, \
	    "" index 0 using (most):($3 > most ? $2 : NaN):(sprintf("%g ▶", $3)) with labels right textcolor rgb "#222222" notitle, \
	    "" index 1 using (0):1:ytic(2) with dots lc rgb nothing notitle
}
