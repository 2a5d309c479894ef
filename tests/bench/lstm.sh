# lstm.sh - training steps and memory of train-lstm and PyTorch at full size,
# batches of 32 utterances of 6 seconds

peer=$(python_with torch)
[ "$peer" ] || echo 'bench: no torch: ours alone' >&2
mkdir "$T/speech"
perl -e 'srand 1; my ($to) = @ARGV; my $n = 96000;
    open my $text, ">", "$to/trans.txt";
    for my $i (1 .. 72) {
	print $text "$i ", join("", map { chr 65 + rand 26 } 1 .. 80), "\n";
	open my $f, ">:raw", "$to/$i.wav";
	print $f pack("a4Va4a4VvvVVvva4V", "RIFF", 36 + 2 * $n, "WAVE", "fmt ",
	    16, 1, 1, 16000, 32000, 2, 16, "data", 2 * $n),
	    pack("v*", map { rand 65536 } 1 .. $n);
    }' "$T/speech"
for threads in ${THREADS:-1 2}; do
	steps 2 8 train-lstm -j $threads -d "$T/speech" >"$T/ours"
	: >"$T/theirs"
	[ -z "$peer" ] || OMP_NUM_THREADS=$threads "$peer" \
	    tests/bench/lstm.py $threads 6 >"$T/theirs"
	rows "train-lstm, $threads threads"
done
