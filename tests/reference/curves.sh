#!/bin/sh
# curves.sh CIFAR PYTHON OUT - training curves compared with PyTorch
#
# Trains VGG-16 at a quarter of its width on 2000 images for 10 epochs, by
# train-vgg (which must be in PATH) and by tests/reference/torch-curves.py, with
# three seeds each, and plots OUT/curves.png: the curves should overlap. CIFAR is
# a directory of the binary version of CIFAR-10; PYTHON must have torch. Takes
# minutes; JOBS=2 runs two at a time.
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
