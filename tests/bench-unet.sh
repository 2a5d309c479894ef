# bench-unet.sh - steps of train-unet at full width against PyTorch's, and the
# memory that both take

# ours THREADS: seconds of a step, the difference of two runs' so that opening
# and the look at both splits do not count; and the peak of memory in MB.
ours() {
	for steps in 5 25; do
		/usr/bin/time -f '%e %M' -o "$T/time.$steps" train-unet -q \
		    -j "$1" -d "$DATA/mnist" --subset 3200 --steps $steps \
		    --save 0 >/dev/null
	done
	cat "$T/time.5" "$T/time.25" | awk 'NR == 1 { a = $1 }
	    NR == 2 { print ($1 - a) / 20 "\t" $2 / 1024 }'
}

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
for threads in 1 2; do
	ours $threads >"$T/ours"
	[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
	    tests/bench-unet.py 64 $threads 8 >"$T/theirs"
	row "train-unet, $threads threads" steps/s \
	    "$(awk '{ print 1 / $1 }' "$T/ours")" \
	    "${peer:+$(cut -f1 "$T/theirs")}" \
	    "${peer:+$(awk -F'\t' '{ print 1 / $2 }' "$T/theirs")}"
done
row 'train-unet, memory' MB "$(cut -f 2 "$T/ours")" \
    "${peer:+$(cut -f1 "$T/theirs")}" "${peer:+$(cut -f3 "$T/theirs")}"
