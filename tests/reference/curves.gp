# curves.gp - gnuplot -c curves.gp DIR >curves.png: curves of ours and PyTorch
#
# DIR has ours-SEED.tsv and torch-SEED.tsv, seeds 0 to 2, from curves.sh. Thin
# lines are single runs, thick lines the mean of three.
folder = ARG1
set terminal pngcairo noenhanced size 1300,520 font "DejaVu Sans,14"
set datafile separator tab
set tics nomirror out scale 0.6
set border 3 lc rgb "#444444"
set key samplen 1.5 spacing 1.2
set xlabel "Epoch"
set xrange [0:*]

# Rows of one split of one run; the means over the seeds at each epoch's end.
run(who, seed, split) = sprintf("< awk -F'\\t' '$3 == \"%s\"' %s/%s-%d.tsv", split, folder, who, seed)
mean(who, split) = sprintf("< cat %s/%s-[0-2].tsv | awk -F'\\t' '$3 == \"%s\" { n[$2]++; l[$2] += $4; e[$2] += $5 } END { for (x in n) if (n[x] == 3) print x \"\\t\" l[x] / 3 \"\\t\" e[x] / 3 }' | sort -n", folder, who, split)

ours = "#E41A1C"; theirs = "#377EB8"
set multiplot layout 1,2
set title "training loss"
set ylabel "Loss"
set logscale y
plot for [s = 0:2] run("ours", s, "train") using 2:4 with lines lw 1 lc rgb ours notitle, \
     for [s = 0:2] run("torch", s, "train") using 2:4 with lines lw 1 lc rgb theirs notitle, \
     mean("ours", "train") using 1:2 with lines lw 3 lc rgb ours title "train-vgg", \
     mean("torch", "train") using 1:2 with lines lw 3 lc rgb theirs title "PyTorch"
set title "validation error"
set ylabel "Error"
unset logscale y
set yrange [0:1]
plot for [s = 0:2] run("ours", s, "val") using 2:5 with lines lw 1 lc rgb ours notitle, \
     for [s = 0:2] run("torch", s, "val") using 2:5 with lines lw 1 lc rgb theirs notitle, \
     mean("ours", "val") using 1:3 with lines lw 3 lc rgb ours title "train-vgg", \
     mean("torch", "val") using 1:3 with lines lw 3 lc rgb theirs title "PyTorch"
unset multiplot
