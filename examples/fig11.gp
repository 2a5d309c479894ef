# fig11.gp - pairs of branches of one trunk, by the step at which they split
call "panels-pairs.gp" ARG1 ARG2 "fig11" "Split step"
