# lm.sh - training steps and memory of train-lm and PyTorch, 4096 tokens per step,
# for several contexts and precisions (BF16 against autocast)
#
# THREADS (1 2) and CASES (context-precision) select.

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
perl -e 'srand 1; for (1 .. 60000) {
    print join(" ", map { int rand 3000 } 1 .. 12), "\n" }' >"$T/text"
train-lm -q -d "$T/text" --vocab 4096 --layers 1 --width 8 --heads 1 \
    --steps 0 --tokenizer-out "$T/tokenizer.json" >/dev/null
for case in ${CASES:-256-f32 1024-f32 256-bf16 1024-bf16}; do
	context=${case%-*} precision=${case#*-}
	for threads in ${THREADS:-1 2}; do
		steps 2 8 train-lm -j $threads -d "$T/text" \
		    --tokenizer "$T/tokenizer.json" --layers 6 --width 256 \
		    --heads 4 --hidden 256 --context $context \
		    --batch $((4096 / context)) --micro 0 --clip 1 \
		    --eval-count 1 --precision $precision >"$T/ours"
		: >"$T/theirs"
		[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
		    tests/bench/lm.py $threads $context 6 $precision >"$T/theirs"
		rows "train-lm, context $context, $precision, $threads threads"
	done
done
