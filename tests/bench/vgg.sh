# vgg.sh - training steps of VGG-16, ResNet-20 and the MLP against PyTorch, BF16
# against autocast, batches of 128: steps per second by the median step, peak
# memory in MB, and the fraction of time that threads spend in oneDNN
#
# THREADS (1 2) and CASES (model-precision-steps) select.

mkdir -p "$T/c"
perl -e 'srand 1; for (1 .. 1500) {
    print chr($_ % 10), map { chr int rand 256 } 1 .. 3072 }' >"$T/c/data_batch_1.bin"

# ours MODEL THREADS PRECISION STEPS
ours() {
	"$B/tests/bench/train" "$2" "$4" net.model="$1" data="$T/c" train.precision="$3" \
	    train.batch=128 train.optimiser=sgd train.lr=0.01 \
	    train.weight_decay=1e-4
}

# Seconds in primitives of oneDNN, which it reports itself, per second of steps.
share() {
	DNNL_VERBOSE=1 ours "$@" | awk -F, -v steps="$4" -v threads="$2" '
	    /^onednn_verbose,exec/ { ms += $NF }
	    /^[0-9.]*\t/ { split($0, a, "\t") }
	    END { print ms / 1000 / threads / (steps * a[2]) }'
}

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
for case in ${CASES:-vgg-f32-12 vgg-bf16-12 resnet20-f32-24 resnet20-bf16-24 \
    mlp-f32-200}; do
	model=${case%%-*} steps=${case##*-}
	precision=${case#*-} precision=${precision%-*}
	for threads in ${THREADS:-1 2}; do
		what="$model $precision, $threads threads"
		ours $model $threads $precision $steps >"$T/ours"
		: >"$T/theirs"
		[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
		    tests/bench/vgg.py $model $threads $precision $steps >"$T/theirs"
		row "$what" steps/s "$(awk '{ print 1 / $2 }' "$T/ours")" \
		    "${peer:+torch}" "$(awk '{ print 1 / $2 }' "$T/theirs")"
		row "$what: memory" MB "$(cut -f 3 "$T/ours")" \
		    "${peer:+torch}" "$(cut -f 3 "$T/theirs")"
		[ $model = mlp ] || row "$what: in oneDNN" fraction \
		    "$(share $model $threads $precision $steps)" "" ""
	done
done
