# fig14.gp - training losses with all, the top half and the bottom half of the
# singular values, for increasing weight decay
#
# ARG3 is a list of TASK-DECAY, four values of each task: one column each.
call "panels.gp" ARG1 ARG2 4 4
swept = ARG3
name_of(w) = titles(w[1:strstrt(w, "-") - 1]).", decay ".w[strstrt(w, "-") + 1:*]

do for [first = 1:words(swept):4] {
	set ylabel "Train loss"
	do for [k = first:first + 3] {
		w = word(swept, k)
		call "panel-curves.gp" name_of(w) "split" "fig14-".w."-log.tsv train ".red." full" \
		    "fig14-".w."-bottom.tsv train ".blue." bottom half" "fig14-".w."-top.tsv train ".green." top half"
	}
}
