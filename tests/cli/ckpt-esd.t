# ckpt-esd.t - ckpt-esd: columns, pooled taps, shuffling
. tests/lib.sh
. tests/cli/spectra.sh

M=$S/mnist-cnn-part.safetensors
ok 'a real model' near 1e-7 tests/gold/esd.tsv \
    'ckpt-esd $S/mnist-cnn-part.safetensors $S/silero-vad-part.safetensors'
ok 'the spectrum of shuffled matrices' near 1e-7 tests/gold/esd-random.tsv \
    'ckpt-esd --randomize $S/mnist-cnn-part.safetensors $S/silero-vad-part.safetensors'
ok '-c slices pools the spectra of all taps' near 1e-7 tests/gold/esd-slices.tsv \
    'ckpt-esd --conv slices -r $S/mnist-cnn-part.safetensors'
ok 'pooled taps have the norm of the kernel' alike \
    "ckpt-esd -c slices $M | awk -F'\t' 'NR > 1 { printf \"%.6f\n\", \$11 }'" \
    "ckpt-esd -c flat $M | awk -F'\t' 'NR > 1 { printf \"%.6f\n\", \$11 }'"
ok 'threads do not change the output' alike "ckpt-esd -r -j1 $M" "ckpt-esd -r -j2 $M" \
    "ckpt-esd -r -j5 $M" "ckpt-cat $M | ckpt-esd -r"
ok '--seed changes the shuffling' sh -c "! ckpt-esd -r --seed 1 $M | cmp -s - tests/gold/esd-random.tsv"
ok '--seed does not change other columns' alike "ckpt-esd -r $M | cut -f -19" \
    "ckpt-esd -r --seed 1 $M | cut -f -19"
ok 'one dominant element is a correlation trap' prints 1 "
    perl -e 'print pack(\"Q<\", 64), sprintf(\"%-64s\", q({\"w\":{\"dtype\":\"F32\",\"shape\":[40,50],\"data_offsets\":[0,8000]}})),
        pack(\"f<*\", 300, map { sin(\$_ * \$_) } 1 .. 1999)' >$T/trap.safetensors
    ckpt-esd -r $T/trap.safetensors | awk -F'\t' 'NR > 1 { print \$21 }'"

ckpt-esd "$T/faults.safetensors" >"$T/out" 2>"$T/err"
ok 'a matrix that cannot be decomposed is named, with status 1' test "$? $(wc -l <"$T/err")" = '1 5'
ok 'a zero matrix is named' grep -q 'step 0: f.zero: all elements are 0: no spectrum to fit$' "$T/err"
ok 'a matrix that cannot be decomposed gives NaN' prints 5 "awk -F'\t' '\$12 == \"NaN\"' $T/out | wc -l"
ok 'a matrix without a spectrum is named once with --randomize' exits 1 \
    'ckpt-esd -r -t b.nan $T/faults.safetensors' 'step 0: b.nan: NaN at row 1, column 1$'
ok 'erank.gp plots alpha' png "ckpt-cat $M --rename =x. | ckpt-esd | gnuplot -c examples/erank.gp alpha"
ok 'an input without matrices is an error' exits 1 'ckpt-esd -t "*bias" tests/files/spec/mnist-cnn-part.safetensors' \
    '^ckpt-esd: no matrix in the input; ckpt-ls lists its tensors$'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-esd
done_testing
