# fig8.gp - a perceptron on true labels (first row) and on random ones
#
# Columns: errors; singular values of layers.1; effective rank of all matrices;
# alignment of layers.1 with layers.2, by rank; scores of all pairs.
call "panels.gp" ARG1 ARG2 2 5

do for [k in "true shuffled"] {
	top = k eq "true"
	set ylabel "Error"
	call "panel-curves.gp" k." labels" "split" "fig8-".k."-error.tsv train ".red." train" \
	    "fig8-".k."-error.tsv val ".blue." validation"
	set ylabel "Singular value"
	call "panel-values.gp" top ? "singular values" : "" "fig8-".k."-svd.tsv"
	set ylabel "Layer"
	call "panel-heat.gp" top ? "effective rank" : "" "fig8-".k."-erank.tsv" "tensor" "rocket" "*" "1"
	set ylabel "Diagonal rank"
	call "panel-heat.gp" top ? "alignment" : "" "fig8-".k."-align.tsv" "i" "viridis" "0" "*"
	set ylabel "Layer pair"
	call "panel-heat.gp" top ? "score" : "" "fig8-".k."-score.tsv" "from,to" "mako" "0" "*"
}
