#!/bin/sh
# curves.sh CIFAR PYTHON OUT - are training curves those of PyTorch?
#
# Trains VGG-16, a quarter as wide, on 2000 images for 10 epochs by train-vgg
# (which must be in PATH) and by tests/reference/torch-curves.py, three seeds each, and
# draws OUT/curves.png: the curves of one must lie among those of the other.
# CIFAR is a folder of CIFAR-10's binary version; PYTHON must have torch. Some
# minutes; JOBS=2 makes two runs at a time.
set -e
[ $# -eq 3 ] || { sed -n '2,/^set/s/^# //p' "$0" >&2; exit 2; }
cifar=$1 python=$2 out=$3
here=$(dirname "$0")
recipe='--width 16 --subset 2000 --epochs 10 --lr 0.05 --lr-drops 6,9 --eval-count 1000'
export cifar python out here recipe
mkdir -p "$out"
for seed in 0 1 2; do
	echo "train-vgg -q -j 1 -d $cifar $recipe --seed $seed --log $out/ours-$seed.tsv >/dev/null"
	echo "$python $here/torch-curves.py --threads 1 $recipe --seed $seed $cifar >$out/torch-$seed.tsv"
done | xargs -P "${JOBS:-1}" -I '{}' sh -c '{}'
gnuplot -c "$here/curves.gp" "$out" >"$out/curves.png"
