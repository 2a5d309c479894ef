# fig10.gp - lottery tickets: magnitude mask (first row) and random mask
#
# Columns: losses; agreement of the final weights with and without the mask, for
# all pairs of ranks of one matrix, and as a score by layer; agreement of the
# masked run with the trunk over time, by rank, and as a score by layer.
call "panels.gp" ARG1 ARG2 2 5

# Both rows have the same range of colors.
most(what) = top_of("fig10-magnitude-".what.".tsv", "fig10-random-".what.".tsv")

do for [k in "magnitude random"] {
	top = k eq "magnitude"
	along = "steps"
	set xlabel "Step"
	set ylabel "Loss"
	call "panel-curves.gp" k." mask" "split" "fig10-".k."-loss.tsv train ".red." train" \
	    "fig10-".k."-loss.tsv val ".blue." validation"
	set xlabel "Rank j"
	set ylabel "Rank i"
	along = "ranks"
	call "panel-heat.gp" top ? "mask alone" : "" "fig10-".k."-matrix.tsv" "i" "inferno" "0" most("matrix")
	set xlabel "Layer"
	set ylabel "Score"
	call "panel-bars.gp" top ? "mask alone" : "" "fig10-".k."-bars.tsv"
	along = "steps"
	set xlabel "Step"
	set ylabel "Diagonal rank"
	call "panel-heat.gp" top ? "with the trunk" : "" "fig10-".k."-sva.tsv" "i" "inferno" "0" most("sva")
	set ylabel "Layer"
	call "panel-heat.gp" top ? "with the trunk" : "" "fig10-".k."-agree.tsv" "tensor" "magma" "0" most("agree")
}
