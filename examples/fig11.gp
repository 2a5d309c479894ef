# fig11.gp - branches of one trunk, by the epoch of their split: barrier, agreement of
# one matrix by rank, and its score for all
#
# Columns: VGG, UNet, LSTM, LM.
call "panels.gp" ARG1 ARG2 3 4
along = "values"
set xlabel "Split step"

set ylabel "Barrier"
do for [t in tasks] {
	call "panel-curves.gp" titles(t) "metric" "fig11-".t."-barrier.tsv loss #0000FF "
}
set ylabel "Diagonal rank"
do for [t in tasks] {
	call "panel-heat.gp" "" "fig11-".t."-sva.tsv" "i" "inferno" "0" "*"
}
set ylabel "Layer"
do for [t in tasks] {
	call "panel-heat.gp" "" "fig11-".t."-agree.tsv" "tensor" "magma" "0" "*"
}
