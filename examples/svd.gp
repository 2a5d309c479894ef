# svd.gp - singular values of each matrix during training
#
#   ckpt-svd -t '*.linear1.weight' run.ckpt | gnuplot -c svd.gp >svd.png
#
# One panel for each matrix, one line for each singular value, from dark for the
# largest to light for the smallest. The x axis counts checkpoints and is labeled
# with steps. The values of a single checkpoint are drawn by rank. A checkpoint
# whose matrix has no singular values has a gray cross at 0.

# A block for each matrix: its lines (x i sigma), separated by an empty line. Then
# names (nth name r) and checkpoints (x label).
set print $t
print system("awk -F'\t' '\
    function short(s) { return s >= 1e6 && s % 1e4 == 0 ? s / 1e6 \"M\" : \
        s >= 1e3 && s % 10 == 0 ? s / 1e3 \"k\" : s } \
    NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } \
    NR == 2 || $col[\"step\"] != step[n] { step[++n] = $col[\"step\"] } \
    { name = $col[\"tensor\"]; i = $col[\"i\"] } \
    !(name in nth) { nth[name] = ++names; title[names] = name } \
    i + 0 > r[nth[name]] { r[nth[name]] = i + 0 } \
    $col[\"sigma\"] == \"NaN\" { for (q = 2; q <= r[nth[name]]; q++) \
        line[nth[name], q] = line[nth[name], q] n \"\t\" q \"\tNaN\\n\" } \
    { line[nth[name], i] = line[nth[name], i] n \"\t\" i \"\t\" $col[\"sigma\"] \"\\n\" } \
    END { \
        for (k = 1; k <= names; k++) { \
            for (i = r[k]; i >= 1; i--) print line[k, i]; print \"\" } \
        for (k = 1; k <= names; k++) print k \"\t\" title[k] \"\t\" r[k]; print \"\\n\"; \
        for (x = 1; x <= n; x++) print x \"\t\" short(step[x]) }'")
unset print
set datafile separator tab

stats $t nooutput
names = STATS_blocks - 2
if (names < 1) { print "svd.gp: no matrix in the table"; exit status 1 }
stats $t index names + 1 using 1 nooutput
steps = STATS_max

wide = names < 4 ? names : names < 9 ? 3 : 4
high = ceil(names / real(wide))
set terminal pngcairo noenhanced size 60 + 520 * wide,440 * high font "DejaVu Sans,12"
set multiplot layout high,wide
set border 3 lc rgb "#444444"
set tics out nomirror scale 0.4 textcolor rgb "#222222"
set palette defined (0 "#4B2362", 1 "#6C2B6D", 2 "#8F3371", 3 "#B13C6C", \
    4 "#D14A61", 5 "#E3685C", 6 "#E98D6B", 7 "#EDB081")
unset colorbox
set yrange [0:*]
set lmargin 8
set rmargin 4

# At most seven labels, at every 1, 2, 5, 10, 20, 50, ... checkpoints.
thin = 1
do for [k in "1 2 5 10 20 50 100 200 500 1000 2000 5000 10000"] {
	if (steps / thin > 7) { thin = int(k) }
}

do for [k = 1:names] {
	stats $t index names every ::k - 1::k - 1 using 3 nooutput
	r = STATS_max
	stats $t index k - 1 using (strcol(3) eq "NaN") nooutput
	broken = STATS_sum > 0		# lines may be single points
	stats $t index names every ::k - 1::k - 1 using (name = strcol(2), 1) nooutput
	set title name offset 0,-0.3
	set cbrange [1:r > 1 ? r : 2]
	set ylabel (k - 1) % wide == 0 ? "singular value" : ""
	if (steps > 1) {
		set xrange [1:steps]
		set xlabel "step"
		plot $t index k - 1 using 1:3:2 with lines lw r > 200 ? 0.6 : 1 lc palette notitle, \
		    "" index k - 1 using 1:(broken ? $3 : NaN):2 with points pt 7 ps 0.4 lc palette notitle, \
		    "" index k - 1 using 1:(strcol(3) eq "NaN" ? 0 : NaN) with points pt 2 lw 2 lc rgb "#808890" notitle, \
		    "" index names + 1 every thin using 1:(0):xtic(2) \
		        with dots lc rgb "#FF000000" notitle
	} else {
		set xrange [0:r + 1]
		set xlabel "i"
		plot $t index k - 1 using 2:3:2 with points pt 7 ps 0.6 lc palette notitle, \
		    "" index k - 1 using 2:(strcol(3) eq "NaN" ? 0 : NaN) with points pt 2 lw 2 lc rgb "#808890" notitle
	}
}
unset multiplot
