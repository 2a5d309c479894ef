# sva.gp - heat maps of agreement of singular vectors between checkpoints
#
#   ckpt-sva run.ckpt | gnuplot -c sva.gp >sva.png
#
# Drawn by align.gp in the same folder, also with -S and -m.
load system(sprintf("dirname '%s'", ARG0))."/align.gp"
