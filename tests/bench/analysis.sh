# analysis.sh - the analysis of the paper against the same in PyTorch; the
# analysis of WeightWatcher; time against the size of a matrix
. tests/bench/networks

peer=$(python_with 'torch, safetensors')
[ "$peer" ] || echo 'bench: no torch with safetensors: ours alone' >&2

# WeightWatcher with the same torch, in an environment of this run.
watcher=$(python_with weightwatcher)
if [ -z "$watcher" ] && [ "$peer" ] &&
    "$peer" -m venv --system-site-packages "$T/venv" >&2; then
	echo 'bench: installing weightwatcher for this run' >&2
	"$peer" -c 'import site; print("\n".join(site.getsitepackages()))' \
	    >"$(echo "$T"/venv/lib/python3*/site-packages)/peer.pth"
	# not a newer numpy, which that torch may not support
	"$T/venv/bin/pip" install -q weightwatcher "$("$peer" -c \
	    'import numpy; print("numpy==" + numpy.__version__)')" >&2
	watcher=$(PATH=$T/venv/bin:$PATH python_with weightwatcher)
	[ -z "$watcher" ] || watcher=$T/venv/bin/python3
fi

# seconds COMMAND: the shorter time of two runs
seconds() {
	for i in 1 2; do
		start=$(date +%s.%N)
		sh -c "$1" >/dev/null || echo "bench: failed: $1" >&2
		awk "BEGIN { print $(date +%s.%N) - $start }"
	done | sort -g | head -n 1
}

rate() {
	[ -z "$1" ] || awk "BEGIN { print 1 / $1 }"
}

# analysis NETWORK HEADS WHAT: of the matrices listed on standard input
analysis() {
	a=$T/$1-a.safetensors b=$T/$1-b.safetensors
	cat >"$T/matrices"
	"$B/tests/bench/spec" make "$a" 1 <"$T/matrices"
	"$B/tests/bench/spec" make "$b" 2 <"$T/matrices"
	for j in 1 2; do
		ours=$(seconds "ckpt-svd -q -j $j '$a' && ckpt-erank -q -j $j '$a' &&
		    ckpt-align -q -j $j $2 '$a' && ckpt-sva -q -j $j --ref '$b' '$a'")
		[ -z "$peer" ] || theirs=$(seconds "OMP_NUM_THREADS=$j \
		    '$peer' tests/bench/analysis.py $1 '$a' '$b'")
		row "analysis of $3, $j threads" /s "$(rate $ours)" \
		    'a program in PyTorch' "$(rate $theirs)"
	done
	[ "$peer" ] || return
	# F32 separates close singular vectors less well than needed here
	"$peer" tests/bench/analysis.py $1 "$a" "$b" f64 | awk '$1 == "align" {
		print $2 " " $3 " " $4 "\t" $5 }' | sort >"$T/theirs"
	ckpt-align -q $2 "$a" | awk -F'\t' 'NR > 1 {
		print $2 " " $3 " " $4 "\t" $5 }' | sort >"$T/ours"
	row "largest difference of alignments, $3, to PyTorch in double" '' "$(join -t'	' "$T/ours" \
	    "$T/theirs" | awk -F'\t' '{ d = $2 - $3; d = d < 0 ? -d : d
		if (d > m) m = d } END { print m, NR }' | cut -d' ' -f1)" '' ''
}

# watch WHAT FILE
watch() {
	for j in 1 2; do
		ours=$(seconds "ckpt-esd -q -j $j -c slices '$2'")
		[ -z "$watcher" ] || OMP_NUM_THREADS=$j OPENBLAS_NUM_THREADS=$j \
		    "$watcher" tests/bench/weightwatcher_analyze.py "$2" 2>/dev/null |
		    grep '^weightwatcher	' >"$T/theirs"
		name=$(cut -f1,2 "$T/theirs" | tr '\t' ' ')
		row "power laws of $1, $j threads" /s "$(rate $ours)" \
		    "analyze of $name" "$(rate $(cut -f3 "$T/theirs"))"
		row "power laws of $1, $j threads" /s "$(rate $ours)" \
		    "a program with $name" "$(rate $(cut -f4 "$T/theirs"))"
	done
}

network_vgg | analysis vgg '' VGG
network_lm 2 | analysis lm '--heads 12' 'LM of 2 blocks'
[ -z "$watcher" ] || watch VGG "$T/vgg-a.safetensors"
f=$DATA/ckpt-safetensors/mnist-cnn.safetensors
[ ! -e "$f" ] || [ -z "$watcher" ] || watch "${f##*/}" "$f"

# One square matrix, and four of them on threads.
cores=$(getconf _NPROCESSORS_ONLN)
printf 'n\tvalues\tvectors\ttheir_values\ttheir_vectors\tfour\tfour_on_%d\n' \
    $cores >"$T/size.tsv"
for n in 128 256 512 1024 2048; do
	f=$T/$n.safetensors g=$T/4x$n.safetensors
	matrix w ${n}x$n | "$B/tests/bench/spec" make "$f" 1
	for i in 1 2 3 4; do
		matrix w$i ${n}x$n
	done | "$B/tests/bench/spec" make "$g" 1
	a=$("$B/tests/bench/spec" values "$f" 1 | cut -f1)
	b=$("$B/tests/bench/spec" vectors "$f" 1 0 | cut -f1)
	c=NaN d=NaN
	if [ "$peer" ]; then
		c=$(OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$peer" tests/bench/spec.py \
		    "$f" 1 | cut -f2 | sort -g | head -n 1)
		d=$(OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$peer" tests/bench/spec.py \
		    "$f" 1 vectors | cut -f2 | sort -g | head -n 1)
	fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' $n $a $b $c $d \
	    "$("$B/tests/bench/spec" values "$g" 1 | cut -f1)" \
	    "$("$B/tests/bench/spec" values "$g" $cores | cut -f1)" >>"$T/size.tsv"
	row "values, one of ${n}x$n, 1 threads" /s "$(rate $a)" 'the faster one' \
	    "$(rate $c)"
	row "vectors, one of ${n}x$n, 1 threads" /s "$(rate $b)" 'the faster one' \
	    "$(rate $d)"
	row "values, four of ${n}x$n, $cores threads" /s \
	    "$(rate $(tail -n 1 "$T/size.tsv" | cut -f7))" 'ours on one' \
	    "$(rate $(tail -n 1 "$T/size.tsv" | cut -f6))"
done
if command -v gnuplot >/dev/null; then
	cp "$T/size.tsv" "$B/bench-size.tsv"
	gnuplot -c tests/bench/size.gp "$B/bench-size.tsv" >"$B/bench-size.png" &&
	    echo "bench: drawn in ${B#"$PWD"/}/bench-size.png" >&2
fi
