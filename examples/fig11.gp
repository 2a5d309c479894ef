# fig11.gp - branches of one trunk, by the step of their split
call "panels-pairs.gp" ARG1 ARG2 "fig11" "Split step"
