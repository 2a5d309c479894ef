# fig13.gp - branches after noise, by its size
call "panels-pairs.gp" ARG1 ARG2 "fig13" "Noise"
