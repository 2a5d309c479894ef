# ckpt-perturb.t - ckpt-perturb: noise, norms, selection
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh

ok 'sigma 0 is the identity' same 'ckpt-perturb --sigma 0 $T/run' 'cat $T/run'
ok 'sigma 0 keeps NaN' same 'ckpt-perturb -S 0 $T/faults.safetensors' 'cat $T/faults.safetensors'
ok 'Frobenius norms are preserved' near 1e-6 /dev/stdin "ckpt-perturb -S 2.5 \$T/run | ckpt-erank | cut -f1,2,10" <<E2
$(ckpt-erank "$T/run" | cut -f1,2,10)
E2
pack "$T/x" '{"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1,2],"data_offsets":[8,24]},
"c":{"dtype":"F64","shape":[1,2],"data_offsets":[24,40]}}' "$one64$huge$zero64$tiny$zero64"
ok 'norms of 1e200 and 1e-200' prints '1 1e+200 1e-200' \
    'ckpt-perturb --include-last $T/x | ckpt-svd | sed 1d | cut -f6 | xargs'
ok 'they are perturbed' prints 'b c' 'ckpt-perturb -S 3 -l $T/x | ckpt-diff -e .01 -t "[bc]" $T/x - |
    sed 1d | cut -f2 | xargs'
ok 'the cosine to the original falls with sigma' near 0.05 /dev/stdin \
    'ckpt-perturb -S 1 $T/b | ckpt-diff -t "*linear?.weight" $T/b - | cut -f2,7' <<'E2'
tensor	cosine
model.transformer_encoder.layers.0.linear1.weight	0.70711
model.transformer_encoder.layers.0.linear2.weight	0.70711
E2
ok 'every matrix but the last is perturbed' prints 'encoder in_proj out_proj linear1 linear2' \
    "ckpt-perturb \$T/b | ckpt-diff \$T/b - | sed '1d; s/.weight\t.*//; s/.*\.//' |
    cut -f1 | xargs"
ok '--include-last perturbs the last matrix as well' prints 6 'ckpt-perturb --include-last $T/b | ckpt-diff $T/b - | grep -c weight'
ok '-x excludes matrices' prints 3 'ckpt-perturb -x "*linear1*" -x "*encoder.weight" $T/b | ckpt-diff $T/b - | grep -c weight'
ok 'the last matrix is counted before -x' same 'ckpt-perturb -x "*decoder*" $T/b' 'ckpt-perturb $T/b'
ok 'the only matrix is not perturbed: an error' exits 1 'ckpt-cat -t "*linear1.weight" $T/b | ckpt-perturb >$T/x' \
    'nothing is changed: .*linear1.weight is the last matrix'
ok 'the matrix left whole is named once for a run' exits 0 'ckpt-perturb $T/run >$T/x' \
    "^ckpt-perturb: model.decoder.weight is left whole as the network's last matrix; see --last\$"
ok '--last names another' prints 'in_proj out_proj linear1 linear2 decoder' \
    "ckpt-perturb --last model.encoder.weight \$T/b 2>&1 | ckpt-diff \$T/b - | sed '1d; s/.weight\t.*//; s/.*\.//' | cut -f1 | xargs"
ok '--last and --include-last say nothing' prints '' \
    '{ ckpt-perturb --last model.encoder.weight $T/b; ckpt-perturb -l $T/b; } 2>&1 >/dev/null'
ok '--last of no matrix is an error' exits 1 'ckpt-perturb --last model.decoder.wieght $T/b >$T/x' \
    'step 40: --last model.decoder.wieght: no matrix has this name; did you mean "model.decoder.weight"\?$'
ok '--seed changes the noise' exits 1 'ckpt-perturb $T/b >$T/0; ckpt-perturb --seed 1 $T/b | ckpt-diff $T/0 -'
ok 'noise does not depend on other tensors or steps' same 'ckpt-perturb $T/run | ckpt-cat -s 40 -t "*linear*"' \
    'ckpt-cat -t "*linear*" $T/b | ckpt-perturb -l'
ok 'threads and pipes do not change the output' alike 'ckpt-perturb -j1 $T/run' 'ckpt-perturb -j2 $T/run' \
    'ckpt-perturb -j7 $T/run' 'cat $T/run | ckpt-perturb'
ok 'provenance through a pipe equals that through files' alike \
    'ckpt-perturb $T/run >$T/x; ckpt-perturb --seed 1 $T/x' 'ckpt-perturb $T/run | ckpt-perturb --seed 1'
ok_numpy 'numpy agrees' numpy_agrees 1e-6 "perturb .5 0 $T/b.st" \
    'ckpt-perturb -S .5 $T/b.st'
ok_numpy 'numpy agrees: a large seed' numpy_agrees 1e-6 "perturb 2 12345678901234 $V" \
    'ckpt-perturb -S 2 --seed 12345678901234 $V'
ok_numpy 'numpy agrees: with batch normalization' numpy_agrees 1e-6 "perturb .1 7 $M" 'ckpt-perturb --seed 7 $M'
ok 'NaN is reported with tensor and step' exits 1 'ckpt-perturb $T/faults.safetensors >$T/x' 'step 0: b.nan: its norm is not'
ok 'a negative sigma is a usage error' exits 2 'ckpt-perturb -S -1 $T/a' 'sigma wants a number, 0 or more'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-perturb
done_testing
