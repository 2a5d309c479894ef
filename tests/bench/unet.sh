# unet.sh - training steps and memory of train-unet and PyTorch at full width

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
for threads in ${THREADS:-1 2}; do
	steps 5 25 train-unet -j $threads -d "$DATA/mnist" --subset 3200 >"$T/ours"
	: >"$T/theirs"
	[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
	    tests/bench/unet.py 64 $threads 8 >"$T/theirs"
	rows "train-unet, $threads threads"
done
