# fig3.gp - singular values of one matrix, and the effective rank of all
#
# Columns: VGG, UNet, LSTM, LM.
call "panels.gp" ARG1 ARG2 2 4

set ylabel "Singular value"
do for [t in tasks] {
	call "panel-values.gp" titles(t) "fig3-".t."-svd.tsv"
}
set ylabel "Layer"
do for [t in tasks] {
	call "panel-heat.gp" "" "fig3-".t."-erank.tsv" "tensor" "rocket" "*" "1"
}
