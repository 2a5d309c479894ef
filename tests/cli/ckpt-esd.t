# ckpt-esd: columns, pooled taps, shuffling
. tests/lib.sh
. tests/cli/spectra.sh

M=$S/mnist-cnn-part.safetensors
ok 'a real model' near 1e-7 tests/gold/esd.tsv \
    'ckpt-esd $S/mnist-cnn-part.safetensors $S/silero-vad-part.safetensors'
ok 'shuffled' near 1e-7 tests/gold/esd-random.tsv \
    'ckpt-esd --randomize $S/mnist-cnn-part.safetensors $S/silero-vad-part.safetensors'
ok 'taps are pooled' near 1e-7 tests/gold/esd-slices.tsv \
    'ckpt-esd --conv slices -r $S/mnist-cnn-part.safetensors'
ok 'and have the norm of the whole' alike \
    "ckpt-esd -c slices $M | awk -F'\t' 'NR > 1 { printf \"%.6f\n\", \$11 }'" \
    "ckpt-esd -c flat $M | awk -F'\t' 'NR > 1 { printf \"%.6f\n\", \$11 }'"
ok 'any number of threads gives the same bytes' alike "ckpt-esd -r -j1 $M" "ckpt-esd -r -j2 $M" \
    "ckpt-esd -r -j5 $M" "ckpt-cat $M | ckpt-esd -r"
ok 'another seed shuffles in another way' sh -c "! ckpt-esd -r --seed 1 $M | cmp -s - tests/gold/esd-random.tsv"
ok 'and changes only what is random' alike "ckpt-esd -r $M | cut -f -19" \
    "ckpt-esd -r --seed 1 $M | cut -f -19"
ok 'an element as large as all others is a trap' prints 1 "
    perl -e 'print pack(\"Q<\", 64), sprintf(\"%-64s\", q({\"w\":{\"dtype\":\"F32\",\"shape\":[40,50],\"data_offsets\":[0,8000]}})),
        pack(\"f<*\", 300, map { sin(\$_ * \$_) } 1 .. 1999)' >$T/trap.safetensors
    ckpt-esd -r $T/trap.safetensors | awk -F'\t' 'NR > 1 { print \$21 }'"

ckpt-esd "$T/faults.safetensors" >"$T/out" 2>"$T/err"
ok 'what cannot be analyzed is named, and fails' test "$? $(wc -l <"$T/err")" = '1 4'
ok 'with NaN for numbers' prints 5 "awk -F'\t' '\$12 == \"NaN\"' $T/out | wc -l"
ok 'a picture' png "ckpt-cat $M --rename =x. | ckpt-esd | gnuplot -c examples/erank.gp alpha"
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-esd
done_testing
