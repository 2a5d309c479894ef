# fig2a.gp - one run of grokking in four panels, as in figure 2 of the paper
#
#   gnuplot -c fig2a.gp LOG SVD ERANK ALIGN >fig2a.png
#
# LOG is the table of train-modadd --log, SVD that of ckpt-svd for one matrix,
# ERANK that of ckpt-erank, and ALIGN that of ckpt-align for one link.

log = ARG1; svd = ARG2; erank = ARG3; align = ARG4
set terminal pngcairo noenhanced size 1500,1240 font "DejaVu Sans,17" linewidth 1.4
set datafile separator tab
set datafile missing "NaN"
set tics nomirror out scale 0.6
set border 3 lw 1.2
set key samplen 1.5 spacing 1.2

# A table divided into blocks by a column, so that each is drawn as a line.
blocks(file, col) = sprintf("< sed 1d '%s' | sort -s -t\"\t\" -k%d,%dn | awk -F\"\t\" '$%d != last { if (NR > 1) print \"\"; last = $%d } { print }'", file, col, col, col, col)

stats log using 1 every ::1 nooutput
end = STATS_max
set xrange [0:end]
set xtics 0, end / 4
set format x "%.0f"
set multiplot layout 2,2 margins 0.085,0.92,0.07,0.955 spacing 0.16,0.125

set xlabel "Epoch"
set ylabel "Error" offset 1
set yrange [-0.02:1.02]
set title "train and validation error"
losses(name) = sprintf("< awk -F\"\t\" '$3 == \"%s\"' '%s'", name, log)
plot losses("train") using 1:5 with lines lw 3 lc rgb "#E41A1C" title "train", \
     losses("val") using 1:5 with lines lw 3 lc rgb "#377EB8" title "validation"

# Singular values, from dark for the largest to light for the smallest.
set title "singular values of linear1"
set ylabel "Singular value"
set yrange [0:*]
set cbrange [1:128]
unset colorbox
set palette defined (0 "#4B2362", 1 "#6C2B6D", 2 "#8F3371", 3 "#B13C6C", \
    4 "#D14A61", 5 "#E3685C", 6 "#E98D6B", 7 "#EDB081")
plot blocks(svd, 5) using 1:6:5 with lines lw 0.8 lc palette notitle

# Normalized effective rank, layer by time, the first layer at the top. Columns:
# step, layer, its effective rank, and at its first occurrence its name.
layer = "< awk -F\"\t\" 'NR > 1 { name = \"\"; if (!($2 in n)) { n[$2] = ++k; name = $2; \
    sub(/[._]weight$/, \"\", name); sub(/.*[.]/, \"\", name) } \
    print $1 \"\t\" n[$2] \"\t\" $6 \"\t\" name }' '".erank."'"
stats layer using 2 nooutput
layers = STATS_max
set datafile missing		# an image needs all its cells
set title "normalized effective rank"
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "#B4BCC4" fillstyle solid noborder	# NaN
unset ylabel
set yrange [layers + 0.5:0.5]
set ytics () scale 0
set cbrange [0:1]
set cbtics scale 0.6
set colorbox
set border 15
set palette defined (0 "#03051A", 1 "#35193E", 2 "#701F57", 3 "#AD1759", \
    4 "#E13342", 5 "#F37651", 6 "#F6B48F", 7 "#FAEBDD")
plot layer using 1:2:3 with image notitle, \
     layer using ($1 == 0 ? 0 : NaN):2:ytic(4) every ::0::layers - 1 \
         with dots lc rgb "#FF000000" notitle

# Alignment of the singular vectors of consecutive layers, rank by time.
set title "alignment of linear1 with linear2"
set ylabel "Rank" offset 1
set yrange [*:*]		# stats skips points outside the range
stats align using 4 every ::1 nooutput
set yrange [STATS_max + 0.5:0.5]
set ytics auto nomirror out scale 0.6
plot "< sed 1d '".align."'" using 1:4:5 with image notitle
unset multiplot
