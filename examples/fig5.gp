# fig5.gp - alignment of one pair of layers by rank, and the scores of all pairs
#
# Columns: VGG, UNet, LSTM, LM.
call "panels.gp" ARG1 ARG2 2 4

set ylabel "Diagonal rank"
do for [t in tasks] {
	call "panel-heat.gp" titles(t) "fig5-".t."-align.tsv" "i" "viridis" "0" "*"
}
set ylabel "Layer pair"
do for [t in tasks] {
	call "panel-heat.gp" "" "fig5-".t."-score.tsv" "from,to" "mako" "0" "*"
}
