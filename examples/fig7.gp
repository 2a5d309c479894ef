# fig7.gp - alignment of layers for increasing weight decay
#
# ARG3 is a list of TASK-DECAY, four values of each task: one column each.
call "panels.gp" ARG1 ARG2 8 4
swept = ARG3
name_of(w) = titles(w[1:strstrt(w, "-") - 1]).", decay ".w[strstrt(w, "-") + 1:*]

do for [first = 1:words(swept):4] {
	set ylabel "Diagonal rank"
	do for [k = first:first + 3] {
		w = word(swept, k)
		call "panel-heat.gp" name_of(w) "fig7-".w."-align.tsv" "i" "viridis" "0" "1"
	}
	set ylabel "Layer pair"
	do for [k = first:first + 3] {
		w = word(swept, k)
		call "panel-heat.gp" "" "fig7-".w."-score.tsv" "from,to" "mako" "0" "1"
	}
}
