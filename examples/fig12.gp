# fig12.gp - branches of two trunks, by the step of their split
call "panels-pairs.gp" ARG1 ARG2 "fig12" "Split step"
