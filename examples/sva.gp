# sva.gp - agreement of singular vectors between checkpoints, as heat maps
#
#   ckpt-sva run.ckpt | gnuplot -c sva.gp >sva.png
#
# Drawn as align.gp beside this file draws alignment; -S and -m as there.
load system(sprintf("dirname '%s'", ARG0))."/align.gp"
