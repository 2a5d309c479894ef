# panels.gp - page, palettes and axes of all figures
#
# call "panels.gp" FORMAT TABLES ROWS COLS begins a page of ROWS x COLS panels, in
# svg, png or pdf. Each panel-*.gp then draws the next panel, from a table made by
# mean in the folder TABLES. Figures are made by gnuplot -c figN.gp FORMAT TABLES.

format = ARG1
tables = ARG2
rows = int(ARG3)
cols = int(ARG4)
size = cols > 4 ? 2.9 : 3.4
wide = cols * size + 0.4
high = rows * size + 0.3
if (format eq "svg") {
	set terminal svg noenhanced size 90 * wide,90 * high font "DejaVu Sans,12" background "#FFFFFF"
} else { if (format eq "pdf") {
	set terminal pdfcairo noenhanced size wide * 0.6,high * 0.6 font "DejaVu Sans,7"
} else {
	set terminal pngcairo noenhanced size 100 * wide,100 * high font "DejaVu Sans,12"
} }
set datafile separator tab
set datafile missing "NaN"
set multiplot layout rows,cols margins screen 0.95 / wide,1 - 0.8 / wide,0.7 / high,1 - 0.4 / high \
    spacing screen 1.5 / wide,1 / high
set tics out nomirror scale 0.5 textcolor rgb "#222222"
set border lc rgb "#444444" lw 0.8
set key top right samplen 1.2 spacing 1.1 textcolor rgb "#222222"

# The palettes of seaborn, at eight equally spaced points.
rocket = "#03051A #35193E #701F57 #AD1759 #E13342 #F37651 #F6B48F #FAEBDD"
mako = "#0B0405 #2E1E3B #413D7B #37659E #348FA7 #40B7AD #8BDAB2 #DEF5E5"
flare = "#EDB081 #E98D6B #E3685C #D14A61 #B13C6C #8F3371 #6C2B6D #4B2362"
viridis = "#440154 #46327E #365C8D #277F8E #1FA187 #4AC16D #A0DA39 #FDE725"
inferno = "#000004 #280B53 #65156E #9F2A63 #D44842 #F57D15 #FAC228 #FCFFA4"
magma = "#000004 #221150 #5F187F #982D80 #D3436E #F8765C #FEBB81 #FCFDBF"
colors(name) = sprintf("set palette defined (0 '%s', 1 '%s', 2 '%s', 3 '%s', 4 '%s', 5 '%s', 6 '%s', 7 '%s')", \
    word(value(name), 1), word(value(name), 2), word(value(name), 3), word(value(name), 4), \
    word(value(name), 5), word(value(name), 6), word(value(name), 7), word(value(name), 8))

red = "#E41A1C"; blue = "#377EB8"; green = "#4DAF4A"
nothing = "#FF000000"		# what only carries labels

set xlabel "Epoch" offset 0,0.4

# The x axis and its labels: "epochs" has one checkpoint per epoch, and five in the
# first; "values" labels every value; "steps" and "ranks" label a few.
along = "epochs"

# Lower end of the y axis of curves: their minimum, but not below 0, which bands of
# losses and errors may cross; or "*<0": their minimum, but not above 0.
least = "0<*"

# Commands that transform tables by awk; the heading gives the columns.
head = "NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next } "
labels(file) = sprintf("< awk -F'\t' -v along=%s '%s", along, head). \
    "NR == 2 { first = $col[\"mean\"] } !($1 in name) { n++; name[$1] = $2 == \"\" ? $3 : $2 } \
    function put(x, label) { print x \"\t\" label \"\t\" first } \
    END { if (along == \"values\") for (x = 0; x < n; x++) put(x, name[x]); \
        else if (along != \"epochs\" || n < 8) { put(0, name[0]); \
            put(int((n - 1) / 2), name[int((n - 1) / 2)]); put(n - 1, name[n - 1]) } \
        else { put(0, 0); if (n < 80) put(5, 1); put(5 + int((n - 6) / 2), int((n - 5) / 2)); \
            put(n - 1, n - 5) } }' '".file."'"

# x, index of y in order of occurrence, mean; y: columns, separated by commas. All
# pairs, as images want them: NaN where there is no row.
cells(file, y) = sprintf("< awk -F'\t' -v y=%s '%s", y, head). \
    "{ k = \"\"; n = split(y, c, \",\"); for (i = 1; i <= n; i++) k = k FS $col[c[i]] } \
    !(k in at) { at[k] = ++m } \
    { mean[$1, at[k]] = $col[\"mean\"]; if ($1 + 0 > most) most = $1 + 0 } \
    END { for (i = 1; i <= m; i++) for (x = 0; x <= most; x++) \
        print x \"\t\" i \"\t\" ((x, i) in mean ? mean[x, i] : \"NaN\") }' '".file."'"

# x, y, mean, y: one line for each y, the last first
lines(file, y) = sprintf("< awk -F'\t' -v y=%s '%s", y, head). \
    "{ k = $col[y] } !(k in at) { at[k] = ++m } \
    { line[at[k]] = line[at[k]] $1 \"\t\" at[k] \"\t\" $col[\"mean\"] \"\\n\" } \
    END { for (k = m; k; k--) print line[k] }' '".file."'"

# x, mean, sd of the rows in which a column has this value, or of all for ""
rows_of(file, column, value) = sprintf("< awk -F'\t' -v c=%s -v v=%s '%s", \
    column eq "" ? "-" : column, value, head). \
    "c == \"-\" || $col[c] == v { print $1 \"\t\" $col[\"mean\"] \"\t\" $col[\"sd\"] }' '".file."'"

# x of the rows in which it has this value and the mean is NaN, with a y for y2range
# [0:1]; a point outside it, since gnuplot warns of a plot without points
nan_rows_of(file, column, value) = sprintf("< awk -F'\t' -v c=%s -v v=%s '%s", \
    column eq "" ? "-" : column, value, head). \
    "(c == \"-\" || $col[c] == v) && $col[\"mean\"] == \"NaN\" { print $1 \"\t0.02\" } END { print \"0\t-1\" }' '".file."'"

# The largest mean in several tables, as text
top_of(a, b) = system("cat '".tables."/".a."' '".tables."/".b."' 2>/dev/null | \
    awk -F'\t' '$(NF - 2) + 0 > m { m = $(NF - 2) } END { print m ? m : 1 }'")

tasks = "vgg unet lstm lm"
titles(t) = t eq "vgg" ? "VGG-16" : t eq "unet" ? "UNet" : t eq "lstm" ? "LSTM" : "Language model"

is_there(file) = system("[ -s '".file."' ] && echo 1 || echo 0") + 0

# An empty panel, for a missing table.
blank = "set title sprintf('%s: no table', name); unset xtics; unset ytics; plot [0:1][0:1] NaN notitle; set xtics; set ytics"
