# fig13.gp - pairs of branches of perturbed weights, by the size of the noise
call "panels-pairs.gp" ARG1 ARG2 "fig13" "Noise"
