# bench-spec.sh - spectra against numpy and torch; memory against the tensor

# Both, or what there is.
peer=$(python_with 'numpy, torch')
if [ -z "$peer" ] && python3 -m venv "$T/venv" >&2; then
	echo 'bench: installing numpy and torch for this run' >&2
	"$T/venv/bin/pip" install -q numpy torch >&2
	peer=$(PATH=$T/venv/bin:$PATH python_with 'numpy, torch')
	[ -z "$peer" ] || peer=$T/venv/bin/python3
fi
[ "$peer" ] || peer=$(python_with numpy)
[ "$peer" ] || echo 'bench: no numpy and no torch: ours alone' >&2

row 'OpenBLAS core' '' "$("$B/tests/bench-spec" core)" '' ''

# spectra WHAT FILE, then vectors: all its matrices; the faster of numpy and
# torch.
spectra() {
	measure time spectra "$@"
	measure vectors vectors "$@" vectors
}

# measure HOW NAME WHAT FILE [vectors]
measure() {
	how=$1 name=$2
	shift 2
	for threads in 1 2; do
		"$B/tests/bench-spec" $how "$2" $threads >"$T/ours"
		: >"$T/theirs"
		[ -z "$peer" ] || OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads \
		    "$peer" tests/bench-spec.py "$2" $threads $3 >"$T/theirs"
		cut -f2 "$T/ours" >>"$T/our-$how"
		cut -f3 "$T/theirs" >>"$T/their-$how"
		row "$name of $1, $threads threads" /s \
		    "$(awk '{ print 1 / $1 }' "$T/ours")" \
		    "$(sort -t'	' -gk2 "$T/theirs" | cut -f1 | head -n 1)" \
		    "$(sort -t'	' -gk2 "$T/theirs" | awk -F'\t' 'NR == 1 { print 1 / $2 }')"
	done
}

most() {
	sort -g "$1" | tail -n 1
}

# memory WHAT FILE: the most ckpt-erank needs, beside its largest tensor.
memory() {
	for threads in 1 2; do
		row "peak memory, $1, $threads threads" MB \
		    "$("$B/tests/bench-spec" memory ckpt-erank -q -o /dev/null \
		        -j $threads "$2")" 'largest tensor' \
		    "$(ckpt-ls "$2" | awk -F'\t' '$5 + 0 > m { m = $5 + 0 }
		        END { print m / 1e6 }')"
	done
}

for f in "$DATA"/ckpt-safetensors/mnist-cnn.safetensors \
    "$DATA"/ckpt-safetensors/silero-vad-16k.safetensors; do
	[ ! -e "$f" ] || spectra "${f##*/}" "$f"
done
for shape in 128x512 768x768 2304x768 512x4608 2048x2048; do
	f=$T/$shape.safetensors
	"$B/tests/bench-spec" make "$f" ${shape%x*} ${shape#*x} 2
	spectra "two of $shape" "$f"
done
row 'largest error, of the top value' '' "$(most "$T/our-time")" \
    'numpy, torch in F32' "$(most "$T/their-time")"
row 'largest |A v - s u|, of the top value' '' "$(most "$T/our-vectors")" \
    'numpy, torch in F32' "$(most "$T/their-vectors")"

memory 'two of 2048x2048' "$T/2048x2048.safetensors"
"$B/tests/bench-spec" make "$T/tall.safetensors" 50254 768 2
memory 'two of 50254x768' "$T/tall.safetensors"
