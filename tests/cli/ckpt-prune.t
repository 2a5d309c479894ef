# ckpt-prune.t - ckpt-prune: singular values, magnitudes, masks
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh

# ------------------------------------------------------- singular values

ok '--keep-top 1 gives the original' same 'ckpt-prune --keep-top 1 $T/run' 'cat $T/run'
ok '--keep-bottom 1 gives the original' same 'ckpt-prune --keep-bottom 1 $T/run' 'cat $T/run'
ok 'the rank is ceil(f r)' prints 5 \
    'ckpt-prune -T .3 $T/b | ckpt-svd -t "*linear1*" | awk -F"\t" "\$6 > 1e-5" | sed 1d | wc -l'
ok 'the last matrix is not pruned' same 'ckpt-prune -T .3 $T/b | ckpt-cat -t "*decoder*"' 'ckpt-cat -t "*decoder*" $T/b'
ok '--keep-bottom keeps the other singular values' prints '11' \
    'ckpt-prune -B .7 $T/b | ckpt-svd -t "*linear1*" | awk -F"\t" "\$6 > 1e-5" | sed 1d | wc -l'
# halves F G FILE: the mean of top F and bottom G is half the original.
halves() {
	ckpt-prune -T "$1" -l "$3" >"$T/.top" && ckpt-prune -B "$2" -l "$3" >"$T/.rest" &&
	ckpt-prune -T 0 -l "$3" >"$T/.none" &&
	ckpt-avg -x "$T/.top" "$T/.rest" >"$T/.a" && ckpt-avg -x "$3" "$T/.none" | ckpt-diff -e 1e-7 - "$T/.a"
}
ok 'top and bottom add up to the original' halves .5 .5 "$T/run"
ok 'top 0.3 and bottom 0.7 add up to the original' halves .3 .7 "$T/run"
ok 'top and bottom of convolutions add up to the original' halves .71 .29 $V
ok_numpy 'numpy agrees: top' numpy_agrees 1e-6 "top .5 $T/b.st" 'ckpt-prune -T .5 $T/b.st'
ok_numpy 'numpy agrees: bottom' numpy_agrees 1e-6 "bottom .5 $T/b.st" 'ckpt-prune -B .5 $T/b.st'
ok_numpy 'numpy agrees: top, convolutions' numpy_agrees 1e-6 "top .3 $V" 'ckpt-prune -T .3 $V'
ok_numpy 'numpy agrees: bottom, convolutions' numpy_agrees 1e-6 "bottom .7 $M" 'ckpt-prune -B .7 $M'
ok 'threads and pipes do not change the output' alike 'ckpt-prune -j1 -T .5 $T/run' 'ckpt-prune -j2 -T .5 $T/run' \
    'ckpt-prune -j7 -T .5 $T/run' 'cat $T/run | ckpt-prune -T .5'
ok 'NaN is reported with tensor and step' exits 1 'ckpt-prune -T .5 $T/faults.safetensors >$T/x' 'step 0: b.nan: NaN at'

# ----------------------------------------------------------------- masks

# kept FRACTION OPTIONS FILE: floor(F N) of all N weights are kept.
kept() {
	ckpt-prune -m "$1" $2 --report "$T/report" "$3" >"$T/pruned" &&
	awk -F'\t' -v f="$1" 'NR > 1 { k += $3; n += $4 }
		END { print k, n; exit !(n > 0 && k == int(f * n + 1e-9)) }' "$T/report"
}
for f in 0 .05 .29 .5 1; do
	ok "exact density: $f" kept $f '' "$T/b"
	ckpt-cat -d F8_E4M3 "$T/b" >"$T/f8"
	ok "exact density among equal weights: $f" kept $f -l "$T/f8"
done
ok '--magnitude 1 gives the original' same 'ckpt-prune -m 1 $T/run' 'cat $T/run'
ok '--layerwise --magnitude 1 gives the original' same 'ckpt-prune -L -m 1 $T/run' 'cat $T/run'
pack "$T/ones" '{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
"b":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]}}' "$one$one$one$one$one"
ok 'the first of equal weights are kept' prints 'a 2 b 1' \
    'ckpt-prune -l -m .6 --report /dev/stderr $T/ones 2>&1 >/dev/null | sed 1d | cut -f2,3 | xargs'
ok 'NaN counts as the largest magnitude' prints 'b.nan 1' 'ckpt-prune -l -m .08 --report /dev/stderr -t "[a-c]*" -t f.zero \
    $T/faults.safetensors 2>&1 >/dev/null | awk "\$3 > 0 && NR > 1 { print \$2, \$3 }"'
for f in .05 .5; do
	ok_numpy "numpy agrees, bit for bit: $f" numpy_agrees exact "magnitude $f $T/b.st" "ckpt-prune -m $f $T/b.st"
	ok_numpy "numpy agrees: layerwise $f" numpy_agrees exact "layerwise $f $T/b.st" "ckpt-prune -L -m $f $T/b.st"
	for d in F16 F64; do
		ckpt-cat -d $d -F safetensors $V >"$T/$d"
		ok_numpy "numpy agrees: $f of $d" numpy_agrees exact "magnitude $f $T/$d" "ckpt-prune -m $f $T/$d"
	done
done
ckpt-prune -M -m .05 "$T/b" >"$T/mask"
ckpt-cat -F safetensors "$T/mask" >"$T/mask.st"
ok '--mask writes BOOL tensors for the pruned matrices' prints 'BOOL 5' 'ckpt-ls $T/mask | sed 1d | cut -f3 | uniq -c | awk "{ print \$2, \$1 }"'
ok 'the mask of a model with ties is a valid checkpoint' sh -c \
    'ckpt-prune -M -m .5 -l tests/files/v1/good-via.ckpt | ckpt-verify'
ok 'the matrix left whole is named' exits 0 'ckpt-prune -m .5 $T/run >$T/x' \
    "^ckpt-prune: model.decoder.weight is left whole as the network's last matrix; see --last\$"
ok '--last leaves another matrix whole' prints 'model.decoder.weight' \
    'ckpt-prune -M -m .5 --last model.encoder.weight $T/b | ckpt-ls | cut -f2 | grep coder.weight'
N=tests/files/spec/nanogpt.pt
export N
ok '--last may be a tied name' prints '_orig_mod.transformer.h.1.mlp.c_proj.weight' \
    'ckpt-prune -M -m .5 --last _orig_mod.lm_head.weight $N | ckpt-ls | cut -f2 | grep "wte\|lm_head\|h.1.mlp.c_proj"'
ok '--last of no matrix is an error' exits 1 'ckpt-prune -m .5 --last fc $T/b >$T/x' 'step 40: --last fc: no matrix has this name'
ok '--last of no matrix is an error with -T' exits 1 'ckpt-prune -T .5 --last fc $T/b >$T/x' 'step 40: --last fc: no matrix has this name'
ok '--last with a mask is a usage error' exits 2 'ckpt-prune -a $T/mask --last fc $T/b' 'last is not for'
ok '--apply of a mask equals pruning' same 'ckpt-prune --apply $T/mask $T/b' 'ckpt-prune -m .05 $T/b'
ok '--apply of a safetensors mask' same 'ckpt-prune -a $T/mask.st $T/b' 'ckpt-prune -m .05 $T/b'
ok 'each checkpoint of a run is pruned on its own' same 'ckpt-prune -m .05 $T/run | ckpt-cat -s 40' 'ckpt-prune -m .05 $T/b'
ok '--apply uses one mask for all checkpoints of a run' same 'ckpt-prune -a $T/mask $T/run | ckpt-cat -s 0' 'ckpt-prune -a $T/mask $T/a'
ok_numpy 'numpy agrees: apply' numpy_agrees exact "apply $T/mask.st $T/a.st" 'ckpt-prune -a $T/mask $T/a.st'
ok_numpy 'numpy agrees: random' numpy_agrees exact "random 3 $T/mask.st $T/b.st" 'ckpt-prune -r $T/mask --seed 3 $T/b.st'
ok '--random has the densities of its mask' near 0.03 /dev/stdin \
    'ckpt-prune -r $T/mask --seed 1 --report $T/r $T/b >$T/x; cut -f2,5 $T/r' <<E2
$(ckpt-prune -a "$T/mask" --report /dev/stderr "$T/b" 2>&1 >/dev/null | cut -f2,5)
E2
ok '--apply of a random mask equals --random' same 'ckpt-prune -M -r $T/mask $T/b >$T/x; ckpt-prune -a $T/x $T/b' \
    'ckpt-prune -r $T/mask $T/b'
ok '-x excludes matrices' prints '0 4' 'ckpt-prune -M -m .05 -x "*linear1*" $T/b | ckpt-ls |
    awk "/linear1/ { n++ } END { print n + 0, NR - 1 }"'
ok 'threads and pipes do not change the output' alike 'ckpt-prune -j1 -m .1 $T/run' 'ckpt-prune -j2 -m .1 $T/run' \
    'cat $T/run | ckpt-prune -m .1'
ok 'provenance through a pipe equals that through files' alike \
    'ckpt-prune -m .5 $T/run >$T/x; ckpt-perturb $T/x >$T/y; ckpt-prune -T .5 $T/y' \
    'ckpt-prune -m .5 $T/run | ckpt-perturb | ckpt-prune -T .5'

ok 'a mask for other tensors is refused' exits 1 'ckpt-prune -a $T/mask $M >$T/x' 'mask: model.encoder.weight: no such weight in [^ ]*mnist-cnn-part.safetensors: step 0$'
ok 'a mask with other shapes is refused' exits 1 'cat tests/files/modadd/narrow.ckpt |
    ckpt-prune -a $T/mask >$T/x' 'mask: model.encoder.weight: the mask has shape 12x16, the weight has 12x8 in standard input: step 0$'
ok 'weights in place of a mask are refused' exits 1 'ckpt-prune -a $T/run $T/run >$T/x' 'run: model.encoder.weight: wanted a mask, of type BOOL, got F32'
ok 'a mask of several checkpoints is refused' exits 1 'cat $T/mask $T/mask >$T/x; ckpt-prune -a $T/x $T/run' 'x: wanted a mask, which is one checkpoint, got several'
ok 'an empty mask is refused' exits 1 'ckpt-cat -t "!*" $T/mask >$T/x; ckpt-prune -a $T/x $T/run' 'x: no mask in it'
idle() {
	exits 1 "$1 -o $T/idle" "$2" && [ ! -e "$T/idle" ]
}
ckpt-cat -t '*linear1.weight' "$T/b" >"$T/single"
for how in '-T .5' '-m .5' '-m .5 -M'; do
	ok "$how: the only matrix is not pruned: an error" idle "ckpt-prune $how $T/single" \
	    'nothing is changed: .*linear1.weight is the last matrix, .* --include-last$'
	ok "$how: no matrix is an error" idle "ckpt-prune $how -t '*bias' $T/b" 'no matrix in the input$'
	ok "$how: all matrices excluded is an error" idle "ckpt-prune $how -x '*' $T/b" '--exclude leaves no matrix$'
	ok "$how: only a pattern that matches nothing is reported" idle "ckpt-prune $how -t none $T/b" '-t "none": no'
done
ok 'a missing mask is an error' exits 1 'ckpt-prune -a $T/none $T/run >$T/x' 'none: No such file'
ok 'no pruning option is a usage error' exits 2 'ckpt-prune $T/run' 'one of --keep-top'
ok 'two pruning options are a usage error' exits 2 'ckpt-prune -T .5 -B .5 $T/run' 'one of --keep-top'
ok 'a fraction above 1 is a usage error' exits 2 'ckpt-prune -T 1.5 $T/run' 'keep-top wants 0 to 1'
ok '-M with -T is a usage error' exits 2 'ckpt-prune -M -T .5 $T/run' 'not for singular values'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-prune
done_testing
