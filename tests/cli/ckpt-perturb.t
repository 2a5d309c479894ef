# ckpt-perturb.t - noise on weight matrices
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh

ok 'sigma 0 is the identity' same 'ckpt-perturb --sigma 0 $T/run' 'cat $T/run'
ok 'also for what has NaN' same 'ckpt-perturb -S 0 $T/faults.safetensors' 'cat $T/faults.safetensors'
ok 'norms stay' near 1e-6 /dev/stdin "ckpt-perturb -S 2.5 \$T/run | ckpt-erank | cut -f1,2,10" <<E2
$(ckpt-erank "$T/run" | cut -f1,2,10)
E2
ok 'directions turn' near 0.05 /dev/stdin \
    'ckpt-perturb -S 1 $T/b | ckpt-diff -t "*linear?.weight" $T/b - | cut -f2,7' <<'E2'
tensor	cosine
model.transformer_encoder.layers.0.linear1.weight	0.70711
model.transformer_encoder.layers.0.linear2.weight	0.70711
E2
ok 'every matrix but the last, and nothing else' prints 'encoder in_proj out_proj linear1 linear2' \
    "ckpt-perturb \$T/b | ckpt-diff \$T/b - | sed '1d; s/.weight\t.*//; s/.*\.//' |
    cut -f1 | xargs"
ok 'the last too' prints 6 'ckpt-perturb --last $T/b | ckpt-diff $T/b - | grep -c weight'
ok 'excluded' prints 3 'ckpt-perturb -x "*linear1*" -x "*encoder.weight" $T/b | ckpt-diff $T/b - | grep -c weight'
ok 'the last is of all matrices, excluded or not' same 'ckpt-perturb -x "*decoder*" $T/b' 'ckpt-perturb $T/b'
ok 'the seed counts' exits 1 'ckpt-perturb $T/b >$T/0; ckpt-perturb --seed 1 $T/b | ckpt-diff $T/0 -'
ok 'nothing else does' same 'ckpt-perturb $T/run | ckpt-cat -s 40 -t "*linear*"' \
    'ckpt-cat -t "*linear*" $T/b | ckpt-perturb --last'
ok 'threads and pipes give the same bytes' alike 'ckpt-perturb -j1 $T/run' 'ckpt-perturb -j2 $T/run' \
    'ckpt-perturb -j7 $T/run' 'cat $T/run | ckpt-perturb'
ok 'a chain through a pipe is one through files' alike \
    'ckpt-perturb $T/run >$T/x; ckpt-perturb --seed 1 $T/x' 'ckpt-perturb $T/run | ckpt-perturb --seed 1'
ok_numpy 'numpy agrees' numpy_says 1e-6 "perturb .5 0 $T/b.st" \
    'ckpt-perturb -S .5 $T/b.st'
ok_numpy 'numpy agrees: a large seed' numpy_says 1e-6 "perturb 2 12345678901234 $V" \
    'ckpt-perturb -S 2 --seed 12345678901234 $V'
ok_numpy 'numpy agrees: with batch normalization' numpy_says 1e-6 "perturb .1 7 $M" 'ckpt-perturb --seed 7 $M'
ok 'NaN is named' exits 1 'ckpt-perturb $T/faults.safetensors >$T/x' 'step 0: b.nan: its norm is not'
ok 'negative sigma' exits 2 'ckpt-perturb -S -1 $T/a' 'not negative'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-perturb
done_testing
