# train-lstm.t - train-lstm: training, transcription, data, errors
. tests/lib.sh
needs train-lstm

# wav RATE TEXT: a tone of 60 ms for each letter, with a pitch of its own
wav() {
	perl -e '($rate, $text) = @ARGV; $n = int(.06 * $rate);
	    for $c (split //, $text) { for $i (0 .. $n - 1) { push @x,
	        $c eq " " ? 40 * ($i % 3) : 8000 * sin(6.2832 * 200 *
	        (ord($c) - 62) * $i / $rate) * sin(3.1416 * $i / $n) + 20 * ($i % 5) } }
	    print pack("a4Va8VvvVVvva4V", "RIFF", 36 + 2 * @x, "WAVEfmt ", 16,
	        1, 1, $rate, 2 * $rate, 2, 16, "data", 2 * @x), pack("s<*", @x)' "$1" "$2"
}

# directories as in LibriSpeech, of WAV files
mkdir -p "$T/s/7/8"
i=0
for text in ABCA BACK EAGER CAGED "BE BAD" FACE "A CAB" DEAF GAB BEAD ACE "ADD A" CAFE FADE BEG EGG; do
	for rate in 16000 11025; do
		i=$((i + 1))
		name=7-8-$(printf %04d $i)
		wav $rate "$text" >"$T/s/7/8/$name.wav"
		echo "$name $text" >>"$T/s/7/8/7-8.trans.txt"
	done
done
tar -C "$T" -czf "$T/s.tar.gz" s
run="train-lstm -q --layers 2 --hidden 12 --batch 8 --lr 0.01 --every 1 --epochs 4"
ok 'trains' sh -c "$run -d $T/s -o $T/a.ckpt --log $T/a.tsv"
ok 'training and validation split' prints '28 4' "train-lstm --eval -d $T/s $T/a.ckpt | sed -n 2,3p | cut -f 6 | paste -sd ' '"
ok 'tensors are in the order of PyTorch' prints \
    'weight_ih_l1 weight_hh_l1 bias_ih_l1 bias_hh_l1 weight_ih_l1_reverse weight_hh_l1_reverse bias_ih_l1_reverse bias_hh_l1_reverse' \
    "ckpt-ls -s last -t '*_l1*' $T/a.ckpt | cut -f 2 | sed '1d; s/.*lstm.//' | paste -sd ' '"
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-lstm --eval -d $T/s $T/a.ckpt | cut -f 1,3-5"
ok 'archives and threads do not change the output' alike "cat $T/a.ckpt" \
    "$run -d $T/s.tar.gz -j1" "$run -d $T/s -j3"
files="-d $T/s -o $T/r.ckpt --log $T/r.tsv --state $T/r.state"
ok 'stopped and resumed: the same bytes' sh -c "$run --horizon 4 --epochs 2 $files &&
    $run $files --resume $T/r.state && cmp $T/a.ckpt $T/r.ckpt"
ok '--micro: the same losses' sh -c "$run -d $T/s --micro 3 --log $T/m.tsv >/dev/null &&
    cut -f 4 $T/a.tsv >$T/a4 && cut -f 4 $T/m.tsv >$T/m4 &&
    paste $T/a4 $T/m4 | awk 'NR > 1 && (\$1 - \$2) ^ 2 > 1e-4 * \$1 ^ 2 { exit 1 }'"
ok 'the links of the paper' prints 22 \
    "train-lstm --hidden 4 -d $T/s --steps 0 | ckpt-align -S | sed 1d | wc -l"
ok 'links of two layers' prints 10 "ckpt-align -S -s last $T/a.ckpt | sed 1d | wc -l"

# ------------------------------------------------------- transcription
$run --epochs 150 --save 0 -d "$T/s" --val-data "$T/s" --hidden 32 >"$T/b.ckpt"
ok 'training lowers the character error rate' sh -c "train-lstm --eval -d $T/s --val-data $T/s $T/b.ckpt | tee /dev/stderr |
    awk '\$3 == \"train\" && \$5 < .1 { found = 1 } END { exit !found }'"
ok '--words counts word errors' sh -c "train-lstm --eval --words -d $T/s $T/b.ckpt |
    awk '\$3 == \"train\" && \$5 < .3 { found = 1 } END { exit !found }'"
mkdir "$T/new"
wav 16000 "A CAB" >"$T/new/x.wav"
ok '--transcribe of sound without a text' sh -c "train-lstm --transcribe -d $T/new $T/b.ckpt |
    tee /dev/stderr | grep -Eqx 'x	A C?AB'"
ok '--transcribe of all sounds, in order of names' sh -c "train-lstm --transcribe -d $T/s $T/b.ckpt | cut -f 1 | sed 1d | sort -c &&
    test \$(train-lstm --transcribe -d $T/s $T/b.ckpt | wc -l) = 33"

# ----------------------------------------------------------------- other data
mkdir "$T/lj" "$T/digits" "$T/mfc"
cp tests/files/speech/1-2-0001.flac "$T/lj/LJ-1.flac"
wav 22050 "ABC" >"$T/lj/LJ-2.wav"
printf 'LJ-1|12 A|twelve, a\nLJ-2|ABC|A "b" c\n' >"$T/lj/metadata.csv"
ok 'FLAC and LJ Speech' sh -c "train-lstm -q --hidden 4 --steps 1 -d $T/lj >/dev/null"
for d in 3 5 8; do wav 8000 "AB" >"$T/digits/${d}_ann_0.wav"; done
ok 'spoken digits' sh -c "train-lstm -q --hidden 4 --steps 1 --rate 8000 --every 1 -d $T/digits >/dev/null"
for i in 1 2; do perl -e 'print pack("N", 260), pack("f>*", map { sin } 1 .. 260)' >"$T/mfc/u$i.mfc"; done
printf 'f/u1 A\nf/u2 B\n' >"$T/mfc/train.trans.txt"
ok 'acoustic features of AN4' prints 48x13 "train-lstm --hidden 12 -q --steps 0 -d $T/mfc | ckpt-ls -s 0 -t '*_ih_l0' -t '!*bias*' | sed 1d | cut -f 4"
ok 'features of another width are refused' exits 1 "train-lstm --eval -d $T/mfc $T/a.ckpt" "wants a floating type of shape [0-9x]*, the file has F32 [0-9x]*$"

# ------------------------------------------------------------------- errors
# bad NAME PATTERN: refuses a directory of two utterances, one of them invalid
bad() {
	wav 16000 AB >"$T/bad/good.wav"
	printf 'good AB\nbad BA\n' >"$T/bad/trans.txt"
	ok "$1" exits 1 "train-lstm -q --hidden 4 --steps 1 -d $T/bad" "$2"
	rm -rf "$T/bad"
	mkdir "$T/bad"
}
mkdir "$T/bad"
head -c 2000 tests/files/speech/1-2-0001.flac >"$T/bad/bad.flac"
bad 'truncated FLAC' 'bad.flac: .*flac'
wav 16000 ABC | head -c 3000 >"$T/bad/bad.wav"
bad 'truncated WAV' 'bad.wav: wanted .* bytes, got .*: cut'
perl -e 'print pack("a4Va8VvvVVvva4V", "RIFF", 4e9, "WAVEfmt ", 16, 1, 1, 16000, 32000, 2, 16, "data", 4e9), "x" x 99' >"$T/bad/bad.wav"
bad 'a WAV header of 4 GB' 'bad.wav: wanted'
perl -e 'print pack("a4Va8VvvVVvva4V", "RIFF", 36 + 4000, "WAVEfmt ", 16, 3, 1, 16000, 64000, 4, 32, "data", 4000), pack("f<*", (0) x 500, 9**9**9 / 9**9**9, (0) x 499)' >"$T/bad/bad.wav"
bad 'a NaN sample' 'bad.wav: sample 500 is not a finite number'
wav 16000 "" >"$T/bad/bad.wav"
bad 'a sound without samples' 'bad.wav: 0 samples: too few'
echo hello >"$T/bad/bad.wav"
bad 'a file that is not sound' 'bad.wav: .*[Ff]ormat'
wav 16000 AB >"$T/bad/other.wav"
bad 'a sound without a text' 'other: no text for this sound'
mkdir "$T/bad/1" "$T/bad/2"
for i in 1 2; do wav 16000 AB >"$T/bad/$i/bad.wav"; done
bad 'two sounds with the same name' 'bad: two sounds'
cp "$T/mfc/u1.mfc" "$T/bad/bad.mfc"
bad 'sounds mixed with features' '40 numbers in a frame, others have 13|13 numbers in a frame, others have 40'
printf '\0\0\0\15\0\0\0\0' >"$T/bad/bad.mfc"
bad 'truncated features' 'bad.mfc: 13 numbers in 8 bytes'
mkdir "$T/bad/1"
echo 'good BA' >"$T/bad/1/trans.txt"
bad 'two texts for a sound' 'good: two different texts'
wav 16000 AB >"$T/bad/bad.wav"
: >"$T/bad/1.trans.txt"
mkdir "$T/none" "$T/odd"
ok 'a directory without sounds' exits 1 "train-lstm -d $T/none" 'no sounds'
ok 'a missing directory' exits 1 "train-lstm -d $T/nowhere" 'No such file'
ok 'no --data is a usage error' exits 2 'train-lstm' '--data wants speech'
for i in 1 2; do wav 16000 AB >"$T/odd/$i.wav"; done
printf '1 \n2 ÅÄÖ42 AND SO ON AND ON\n' >"$T/odd/trans.txt"
ok 'empty texts, unknown letters and short sounds are reported' sh -c "train-lstm -q --hidden 4 --steps 1 -d $T/odd 2>&1 >/dev/null | tee /dev/stderr |
    grep -c '1 texts are empty\|1 texts have letters other\|1 of 2 sounds are too short' | grep -qx 3"
ok 'an unsupported sampling rate' exits 1 "train-lstm -d $T/s --rate 16001" 'rate: wanted a multiple of 200'
ok 'nine layers' exits 1 "train-lstm -d $T/s --layers 9" 'wanted 1 to 8 layers'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-lstm
done_testing
