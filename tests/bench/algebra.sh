# algebra.sh - programs that combine checkpoints against numpy and cat; memory
#
# A stream of 100 steps, copies of a real checkpoint, compressed and uncompressed;
# numpy reads safetensors, one file per step, computes in F32 and verifies nothing.

model=$DATA/ckpt-safetensors/mnist-cnn.safetensors
[ -e "$model" ] || model=tests/files/spec/silero-vad-part.safetensors
mkdir "$T/run"
for i in $(seq 100); do
	cp "$model" "$T/run/step$i.safetensors"
done
ckpt-cat -q "$T"/run/* >"$T/run.ckpt"
ckpt-cat -q -u "$T/run.ckpt" >"$T/plain.ckpt"
ckpt-cat -q -s 1 "$T/run.ckpt" | ckpt-prune -q -M -l -m .5 >"$T/mask"
bytes=$(ckpt-ls -q "$T/run.ckpt" | awk -F'\t' '{ n += $5 } END { print n }')

# rate BYTES COMMAND: GB/s of the fastest of three.
rate() {
	for i in 1 2 3; do
		a=$(date +%s.%N)
		sh -c "$2" >/dev/null || return
		echo "$a $(date +%s.%N)"
	done | awk -v n="$1" '{ t = $2 - $1; if (NR == 1 || t < best) best = t } END { print n / best / 1e9 }'
}

peer=$(python_with numpy)
[ -z "$peer" ] || "$peer" tests/bench/algebra.py "$T"/run/*.safetensors >"$T/theirs"

# filter WHAT COMMAND: the command filters a run named r
filter() {
	theirs=$([ -z "$peer" ] || awk -F'\t' -v what="$1" '$1 == what { print $2 }' "$T/theirs")
	plain=-u
	[ "$1" != diff ] || plain=
	row "$1" GB/s "$(cd "$T" && ln -sf run.ckpt r && rate "$bytes" "$2")" numpy "$theirs"
	row "$1, plain" GB/s "$(cd "$T" && ln -sf plain.ckpt r && rate "$bytes" "$2 $plain")" numpy "$theirs"
}
for f in run plain; do
	row "ckpt-cat, $f" GB/s "$(rate "$bytes" "ckpt-cat -q $T/$f.ckpt")" cat "$(rate "$bytes" "cat $T/$f.ckpt")"
done
filter diff 'ckpt-diff -q r r'
filter interp 'ckpt-interp -q -a .3 r r'
filter slerp 'ckpt-interp -q --slerp -a .3 r r'
filter mean 'ckpt-avg -q r'
filter ema 'ckpt-avg -q -e .9 r'
filter perturb 'ckpt-perturb -q -S .5 r'
filter 'keep-top' 'ckpt-prune -q -T .5 r'
filter 'magnitude' 'ckpt-prune -q -m .1 r'
filter 'apply' 'ckpt-prune -q -a mask r'

# peak WHAT LARGEST COMMAND...: peak memory in MB, and that of the largest tensor.
peak() {
	most=$2
	on=$1
	shift 2
	row "peak memory, $on" MB "$("$B/tests/bench/spec" memory "$@")" 'largest tensor' "$most"
}
cat "$T/run.ckpt" "$T/run.ckpt" "$T/run.ckpt" "$T/run.ckpt" >"$T/400"
"$B/tests/bench/spec" make "$T/large" 20000 1000 2
for f in 400 large; do
	largest=$(ckpt-ls -q "$T/$f" 2>/dev/null | awk -F'\t' '$5 + 0 > m { m = $5 + 0 } END { print m / 1e6 }')
	stream=$([ $f = 400 ] && echo '400 checkpoints' || echo 'two of 20000x1000')
	peak "diff, $stream" "$largest" ckpt-diff -q "$T/$f" "$T/$f"
	peak "interp, $stream" "$largest" ckpt-interp -q -n 3 -o "$T/out" "$T/$f" "$T/$f"
	peak "mean, $stream" "$largest" ckpt-avg -q -o "$T/out" "$T/$f"
	peak "perturb, $stream" "$largest" ckpt-perturb -q -o "$T/out" "$T/$f"
	peak "magnitude, $stream" "$largest" ckpt-prune -q -m .1 -o "$T/out" "$T/$f"
	peak "keep-top, $stream" "$largest" ckpt-prune -q -T .5 -o "$T/out" "$T/$f"
done 2>"$T/messages"
