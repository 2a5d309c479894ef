# modadd.sh - training steps of train-modadd and PyTorch, default settings

# ours THREADS: steps per second by the time in the log, including saving and
# evaluation.
ours() {
	train-modadd -q -j "$1" --steps 400 --log "$T/log.tsv" >/dev/null
	awk -F'\t' '$1 == 100 && $3 == "val" { a = $7 } $1 == 400 { b = $7 }
	    END { print 300 / (b - a) }' "$T/log.tsv"
}

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
for threads in 1 2; do
	[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" tests/bench/modadd.py \
	    $threads 20 >"$T/theirs"
	row "train-modadd, $threads threads" steps/s "$(ours $threads)" \
	    "${peer:+$(cut -f1 "$T/theirs")}" \
	    "${peer:+$(awk -F'\t' '{ print 1 / $2 }' "$T/theirs")}"
done
