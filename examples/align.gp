# align.gp - heat maps of alignment, or of agreement of singular vectors
#
#   ckpt-align run.ckpt | gnuplot -c align.gp >align.png
#   ckpt-align -S run.ckpt | gnuplot -c align.gp >scores.png
#   ckpt-align -m -s last run.ckpt | gnuplot -c align.gp >pairs.png
#
# The columns of the table decide: with one rank, a panel for each link, rank by
# checkpoint; with none, link by checkpoint; with two, rank by rank of the last
# checkpoint. The x axis counts checkpoints and is labeled with steps. What is NaN
# is gray.

# A block for each panel: cells (x y value), all of them, as images want. Then
# panels (n name rows cols ranks), rows (y name) and checkpoints (x label). The
# common prefix of all names is removed.
set print $t
print system("awk -F'\t' '\
    function short(s) { return s >= 1e6 && s % 1e4 == 0 ? s / 1e6 \"M\" : \
        s >= 1e3 && s % 10 == 0 ? s / 1e3 \"k\" : s } \
    function shared(a, b) { while (index(b, a) != 1) \
        if (!sub(/[^.]*\\.$/, \"\", a)) return \"\"; return a } \
    function cut(s) { return substr(s, length(same) + 1) } \
    function title(k,  p) { p = from[k]; sub(/[^.]*$/, \"\", p); \
        return cut(from[k]) (b && from[k] != to[k] ? \" > \" \
            substr(to[k], length(shared(p, to[k])) + 1) : \"\") } \
    NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; \
        value = (\"align\" in col) ? col[\"align\"] : col[\"agreement\"]; \
        a = (\"from\" in col) ? col[\"from\"] : col[\"tensor\"]; b = col[\"to\"]; next } \
    { s = $col[\"step\"] } \
    NR == 2 || s != step[n] { step[++n] = s } \
    { f = $a; g = b ? $b : \"\"; sub(/[._]weight$/, \"\", f); sub(/[._]weight$/, \"\", g); key = f \"\t\" g } \
    !(key in nth) { nth[key] = ++keys; from[keys] = f; to[keys] = g; \
        if (keys == 1) { same = f; sub(/[^.]*$/, \"\", same) } \
        same = shared(same, f); if (b) same = shared(same, g) } \
    { k = (\"i\" in col) ? nth[key] : 1; \
      y = (\"i\" in col) ? $col[\"i\"] : nth[key]; \
      x = (\"j\" in col) ? $col[\"j\"] : n } \
    (\"j\" in col) && (s != at[k]) { cells[k] = \"\"; most[k] = wide[k] = 0; at[k] = s } \
    { line = x \"\t\" y \"\t\" $value \"\\n\"; \
      if (\"j\" in col) cells[k] = cells[k] line; \
      else if (\"i\" in col) { column[k, n] = column[k, n] line; tall[k, n] = y + 0 } \
      else cell[n, y] = $value; \
      if (y + 0 > most[k]) most[k] = y + 0; if (x + 0 > wide[k]) wide[k] = x + 0; if (x + 0 > widest) widest = x + 0 } \
    END { \
        panels = (\"i\" in col) ? keys : (keys > 0); \
        for (k = 1; k <= panels; k++) { \
            if (\"j\" in col) printf \"%s\", cells[k]; \
            else for (x = wide[k] = n; x >= 1; x--) { \
                printf \"%s\", column[k, x]; \
                for (y = tall[k, x] + 1; y <= most[k]; y++) \
                    print x \"\t\" y \"\t\" ((x, y) in cell ? cell[x, y] : \"NaN\") } \
            print \"\\n\" } \
        for (k = 1; k <= panels; k++) print k \"\t\" title(k) \"\t\" most[k] \"\t\" wide[k] \"\t\" ((\"i\" in col) ? ((\"j\" in col) ? 2 : 1) : 0); print \"\\n\"; \
        for (k = 1; k <= keys; k++) print k \"\t\" title(k); print \"\\n\"; \
        for (x = 1; x <= widest; x++) \
            print x \"\t\" ((\"j\" in col) ? x : short(step[x])) }'")
unset print
set datafile separator tab

stats $t nooutput
panels = STATS_blocks - 3
if (panels < 1) { print "align.gp: nothing in the table"; exit status 1 }
stats $t index panels using 5 nooutput
ranks = STATS_max
stats $t index panels using 3 nooutput
tall = STATS_max
stats $t index panels + 2 using 1 nooutput
steps = STATS_max
stats $t index panels + 1 using (strlen(strcol(2))) nooutput
longest = STATS_max

wide = panels < 4 ? panels : panels < 10 ? 3 : 4
high = ceil(panels / real(wide))
if (ranks > 0) {
	set terminal pngcairo noenhanced size 100 + 460 * wide,400 * high font "DejaVu Sans,12"
} else {
	set terminal pngcairo noenhanced size 640 + 8 * longest,(tall < 12 ? 460 : tall > 60 ? 1600 : 120 + 26 * tall) font "DejaVu Sans,11"
}
set multiplot layout high,wide
set border lc rgb "#444444"
set tics out nomirror scale 0.4 textcolor rgb "#222222"
set palette defined (0 "#03051A", 1 "#35193E", 2 "#701F57", 3 "#AD1759", \
    4 "#E13342", 5 "#F37651", 6 "#F6B48F", 7 "#FAEBDD")
set cbrange [0:1]
set cbtics scale 0.4
nothing = "#FF000000"
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "#B4BCC4" fillstyle solid noborder

# A few labels, at every 1, 2, 5, 10, 20, 50, ... checkpoints.
thin = 1
do for [k in "1 2 5 10 20 50 100 200 500 1000 2000 5000 10000"] {
	if (steps / thin > (ranks > 0 ? 6 : 9)) { thin = int(k) }
}

do for [k = 1:panels] {
	set xrange [*:*]
	set yrange [*:*]
	stats $t index panels every ::k - 1::k - 1 using (name = strcol(2), rows = $3, cols = $4, 1) nooutput
	flat = rows < 2 || cols < 2		# no image: boxes
	set xrange [0.5:cols + 0.5]
	set yrange [rows + 0.5:0.5]
	set xlabel ranks == 2 ? "rank" : "step"
	set ylabel ranks > 0 && (k - 1) % wide == 0 ? "rank" : ""
	if (ranks > 0) {
		set title name offset 0,-0.3 font ",9"
		plot $t index k - 1 using 1:2:3 with image notitle, \
		    "" index k - 1 using 1:(flat ? $2 : NaN):($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 \
		        with boxxyerror fillcolor palette fillstyle solid noborder notitle, \
		    "" index panels + 2 every thin using 1:(1):xtic(2) with dots lc rgb nothing notitle
	} else {
		set lmargin longest * 0.8 + 3
		plot $t index k - 1 using 1:2:3 with image notitle, \
		    "" index k - 1 using 1:(flat ? $2 : NaN):($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 \
		        with boxxyerror fillcolor palette fillstyle solid noborder notitle, \
		    "" index panels + 1 using (1):1:ytic(2) with dots lc rgb nothing notitle, \
		    "" index panels + 2 every thin using 1:(1):xtic(2) with dots lc rgb nothing notitle
	}
}
unset multiplot
