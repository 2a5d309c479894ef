# size.gp - time for the spectrum of a square matrix against its size
#
#	gnuplot -c tests/bench/size.gp TABLE >size.png

set terminal pngcairo size 960,480
set datafile separator tab
set key autotitle columnhead bottom right
set logscale xy
set xrange [110:2400]
set xtics (128, 256, 512, 1024, 2048)
set xlabel "rows and columns"
set format y "10^{%T}"
set grid
set multiplot layout 1,2
set ylabel "seconds, one thread"
plot ARG1 using "n":"values" with linespoints lw 2 lc rgb "#E41A1C" title "values", \
     "" using "n":"their_values" with linespoints lw 2 lc rgb "#E41A1C" dt 2 title "the faster of numpy and torch", \
     "" using "n":"vectors" with linespoints lw 2 lc rgb "#377EB8" title "all vectors", \
     "" using "n":"their_vectors" with linespoints lw 2 lc rgb "#377EB8" dt 2 title "the faster of numpy and torch"
set ylabel "seconds, values of four matrices"
plot ARG1 using "n":6 with linespoints lw 2 lc rgb "#984EA3" title "one thread", \
     "" using "n":7 with linespoints lw 2 lc rgb "#4DAF4A" title "all threads"
unset multiplot
