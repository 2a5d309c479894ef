# unet.sh - steps of train-unet at full width against PyTorch's, and the
# memory that both take

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
for threads in ${THREADS:-1 2}; do
	steps 5 25 train-unet -j $threads -d "$DATA/mnist" --subset 3200 >"$T/ours"
	: >"$T/theirs"
	[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
	    tests/bench/unet.py 64 $threads 8 >"$T/theirs"
	rows "train-unet, $threads threads"
done
