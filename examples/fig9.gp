# fig9.gp - agreement with the last checkpoint, of one matrix by rank, and scores of all
#
# Columns: VGG, UNet, LSTM, LM.
call "panels.gp" ARG1 ARG2 2 4

set ylabel "Diagonal rank"
do for [t in tasks] {
	call "panel-heat.gp" titles(t) "fig9-".t."-sva.tsv" "i" "inferno" "0" "*"
}
set ylabel "Layer"
do for [t in tasks] {
	call "panel-heat.gp" "" "fig9-".t."-agree.tsv" "tensor" "magma" "0" "*"
}
