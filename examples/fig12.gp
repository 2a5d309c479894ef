# fig12.gp - pairs of branches of two trunks, by the step at which they split
call "panels-pairs.gp" ARG1 ARG2 "fig12" "Split step"
