# fig2.gp - grokking: addition modulo a prime with four settings
#
# Rows: errors; singular values of linear1; effective rank of all layers;
# alignment of linear1 with linear2.
call "panels.gp" ARG1 ARG2 4 4
along = "steps"
title(k) = k eq "a" ? "decay 1" : k eq "b" ? "no decay" : k eq "c" ? "90 %, no decay" : "slingshot"

set ylabel "Error"
do for [k in "a b c d"] {
	call "panel-curves.gp" "(".k.") ".title(k) "split" \
	    "fig2-".k."-error.tsv train ".red." train" "fig2-".k."-error.tsv val ".blue." validation"
}
set ylabel "Singular value"
do for [k in "a b c d"] {
	call "panel-values.gp" "" "fig2-".k."-svd.tsv"
}
set ylabel "Layer"
do for [k in "a b c d"] {
	call "panel-heat.gp" "" "fig2-".k."-erank.tsv" "tensor" "rocket" "0" "1"
}
set ylabel "Rank"
do for [k in "a b c d"] {
	call "panel-heat.gp" "" "fig2-".k."-align.tsv" "i" "viridis" "0" "*"
}
