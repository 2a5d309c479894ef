# fig6.gp - singular values and effective ranks for increasing weight decay
#
# ARG3 is a list of TASK-DECAY, four values of each task: one column each.
call "panels.gp" ARG1 ARG2 8 4
swept = ARG3
name_of(w) = titles(w[1:strstrt(w, "-") - 1]).", decay ".w[strstrt(w, "-") + 1:*]

do for [first = 1:words(swept):4] {
	set ylabel "Singular value"
	do for [k = first:first + 3] {
		w = word(swept, k)
		call "panel-values.gp" name_of(w) "fig6-".w."-svd.tsv"
	}
	set ylabel "Layer"
	do for [k = first:first + 3] {
		w = word(swept, k)
		call "panel-heat.gp" "" "fig6-".w."-erank.tsv" "tensor" "rocket" "0" "1"
	}
}
