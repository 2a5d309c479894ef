# fig4.gp - losses with all, the top half and the bottom half of the singular values
#
# Columns: VGG, UNet, LSTM, LM.
call "panels.gp" ARG1 ARG2 2 4

set ylabel "Train loss"
do for [t in tasks] {
	call "panel-curves.gp" titles(t) "split" "fig4-".t."-log.tsv train ".red." full" "fig4-".t."-bottom.tsv train ".blue." bottom half" "fig4-".t."-top.tsv train ".green." top half"
}
set ylabel "Validation loss"
do for [t in tasks] {
	call "panel-curves.gp" "" "split" "fig4-".t."-log.tsv val ".red." full" "fig4-".t."-bottom.tsv val ".blue." bottom half" "fig4-".t."-top.tsv val ".green." top half"
}
