# spec.sh - singular values and vectors against numpy and torch; memory
#
# All matrices of the networks of the paper at full size, as initialized, and of
# two trained checkpoints. The ratio compares times with the faster one of numpy
# and torch. Three rows for each:
#   values	all singular values
#   vectors	all singular vectors as well
#   first 100	100 singular vectors, as in ckpt-align and ckpt-sva; numpy and
#		torch compute all
. tests/bench/networks

# numpy and torch, if installed
peer=$(python_with 'numpy, torch')
if [ -z "$peer" ] && python3 -m venv "$T/venv" >&2; then
	echo 'bench: installing numpy and torch for this run' >&2
	"$T/venv/bin/pip" install -q numpy torch >&2
	peer=$(PATH=$T/venv/bin:$PATH python_with 'numpy, torch')
	[ -z "$peer" ] || peer=$T/venv/bin/python3
fi
[ "$peer" ] || peer=$(python_with numpy)
[ "$peer" ] || echo 'bench: no numpy and no torch: ours alone' >&2

# the kernels of OpenBLAS; numpy and torch have libraries of their own
row 'OpenBLAS core' '' "$("$B/tests/bench/spec" core)" '' ''

# theirs FILE THREADS [vectors]: name, seconds and error of the faster one.
theirs() {
	[ "$peer" ] || return
	OPENBLAS_NUM_THREADS=$2 OMP_NUM_THREADS=$2 \
	    "$peer" tests/bench/spec.py "$1" $2 $3 |
	    sort -t'	' -gk2 | tee "$T/theirs" | head -n 1
	cut -f3 "$T/theirs" >>"$T/their-${3:-values}"
}

# compare WHAT TIMES KIND OURS THEIRS: a row, and seconds for the sum; OURS is a
# file of "seconds error", THEIRS of "name seconds error".
compare() {
	name=$(cut -f1 "$5") a=$(cut -f1 "$4") b=$(cut -f2 "$5")
	row "$1" /s "$(awk "BEGIN { print 1 / $a }")" "$name" \
	    "$([ -z "$b" ] || awk "BEGIN { print 1 / $b }")"
	echo "$3 $threads $2 $a ${b:-0}" >>"$T/sums"
	cut -f2 "$4" >>"$T/our-$3"
}

# spectra WHAT FILE [TIMES]: of all its matrices, counted TIMES times in the sum
# over networks.
spectra() {
	for threads in 1 2; do
		with="$1, $threads threads"
		"$B/tests/bench/spec" values "$2" $threads >"$T/a"
		theirs "$2" $threads >"$T/b"
		compare "values, $with" "${3:-0}" values "$T/a" "$T/b"
		"$B/tests/bench/spec" vectors "$2" $threads 0 >"$T/a"
		theirs "$2" $threads vectors >"$T/b"
		compare "vectors, $with" "${3:-0}" vectors "$T/a" "$T/b"
		"$B/tests/bench/spec" vectors "$2" $threads 100 >"$T/a"
		compare "first 100, $with" "${3:-0}" first "$T/a" "$T/b"
	done
}

# sum KIND: the total over the networks.
sums() {
	for threads in 1 2; do
		awk -v kind=$1 -v threads=$threads '
			$1 == kind && $2 == threads && $3 > 0 {
				ours += $3 * $4; theirs += $3 * $5
			}
			END { print 1 / ours, theirs ? 1 / theirs : "" }
		' "$T/sums" >"$T/sum"
		read -r a b <"$T/sum"
		row "$2, all networks, $threads threads" /s $a 'the faster one' $b
	done
}

most() {
	sort -g "$1" | tail -n 1
}

# memory WHAT FILE: peak memory of ckpt-erank, and the size of the largest tensor
# in double and its Gram matrix.
memory() {
	for threads in 1 2; do
		row "peak memory, $1, $threads threads" MB \
		    "$("$B/tests/bench/spec" memory ckpt-erank -q -o /dev/null \
		        -j $threads "$2")" 'in double and Gram, each thread' \
		    "$(ckpt-ls "$2" | awk -F'\t' -v threads=$threads '
		        NR > 1 { split($4, d, "x"); least = d[1] < d[2] ? d[1] : d[2]
		            n = 2 * $5 + 8 * least * least; if (n > m) m = n }
		        END { print threads * m / 1e6 }')"
	done
}

network() {
	file=$T/$1.safetensors
	what=$1 times=$2
	shift 2
	"$@" | "$B/tests/bench/spec" make "$file" 1
	spectra "$what" "$file" $times
}

network VGG 1 network_vgg
network UNet 1 network_unet
network LSTM 1 network_lstm
network modadd 1 network_modadd
network MLP 0 network_mlp
# one block of twelve equal ones
lm_ends() { network_lm 0; }
lm_block() { network_lm 1 | grep layers; }
network 'LM, embedding and output' 1 lm_ends
network 'LM, a block' 12 lm_block
sums values values
sums vectors vectors
sums first 'first 100'
for f in "$DATA"/ckpt-safetensors/mnist-cnn.safetensors \
    "$DATA"/ckpt-safetensors/silero-vad-16k.safetensors; do
	[ ! -e "$f" ] || spectra "${f##*/}" "$f"
done
row 'largest error, of the top value' '' "$(most "$T/our-values")" \
    'numpy, torch in F32' "$(most "$T/their-values")"
row 'largest |A v - s u|, of the top value' '' "$(most "$T/our-vectors")" \
    'numpy, torch in F32' "$(most "$T/their-vectors")"

memory 'two of 50254x768' "$T/LM, embedding and output.safetensors"
