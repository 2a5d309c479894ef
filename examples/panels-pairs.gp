# panels-pairs.gp - call "panels-pairs.gp" FORMAT FOLDER FIGURE ALONG
#
# Pairs of runs, with ALONG on the x axis: their barrier, the agreement of one
# matrix by rank, and the scores of all matrices. Columns: VGG, UNet, LSTM, LM.
# Axes and colors begin at 0, and colors end at 1, so that figures are comparable.
figure = ARG3
call "panels.gp" ARG1 ARG2 3 4
along = "values"
least = "*<0"
set xlabel ARG4

set ylabel "Barrier"
do for [t in tasks] {
	call "panel-curves.gp" titles(t) "metric" figure."-".t."-barrier.tsv loss #0000FF "
}
set ylabel "Diagonal rank"
do for [t in tasks] {
	call "panel-heat.gp" "" figure."-".t."-sva.tsv" "i" "inferno" "0" "1"
}
set ylabel "Layer"
do for [t in tasks] {
	call "panel-heat.gp" "" figure."-".t."-agree.tsv" "tensor" "magma" "0" "1"
}
