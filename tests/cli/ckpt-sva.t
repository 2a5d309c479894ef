# ckpt-sva.t - ckpt-sva: agreement of singular vectors between checkpoints
. tests/lib.sh
. tests/cli/spectra.sh

cp tests/files/modadd/run.ckpt "$T/run0" || exit 1
cp tests/files/modadd/seed1.ckpt "$T/run1" || exit 1

ok 'the last checkpoint agrees with itself' prints 1 \
    'ckpt-sva -S -s 40 $T/run0 | sed 1d | cut -f3 | uniq'
ok 'columns' prints 'step tensor i agreement' 'ckpt-sva $T/run0 | head -n 1 | tr "\t" " "'
ok 'columns with --matrix' prints 'step tensor i j agreement random' \
    'ckpt-sva -m -b $T/run0 | head -n 1 | tr "\t" " "'
ok 'threads and pipes do not change the output' alike \
    'ckpt-sva -j1 $T/run0' 'ckpt-sva -j2 $T/run0' 'ckpt-sva -j5 $T/run0' \
    'cat $T/run0 | ckpt-sva' 'ckpt-sva <$T/run0' 'ckpt-sva --ref $T/run0 $T/run0'
ok 'the reference is the last checkpoint of the input, whatever -s selects' alike \
    'ckpt-sva -s 20 $T/run0' \
    'ckpt-sva $T/run0 | awk -F"\t" "NR == 1 || \$1 == 20"'
ok '--with the same stream gives 1' prints '1' \
    'cat $T/run0 | ckpt-sva -S --with $T/run0 | sed 1d | cut -f3 | uniq'
ok '--with compares two runs step by step' alike 'ckpt-sva -j1 --with $T/run1 $T/run0' \
    'ckpt-sva -j3 --with $T/run1 $T/run0'
ok '--with equals --ref at the last step' alike \
    'ckpt-sva -s 40 --with $T/run1 $T/run0' 'ckpt-sva -s 40 --ref $T/run1 $T/run0'
ok 'the diagonal of --matrix is the default output' alike 'ckpt-sva -k 5 $T/run0' \
    'ckpt-sva -m -k 5 $T/run0 | awk -F"\t" "NR == 1 || \$3 == \$4" | cut -f1-3,5'
ok '--with: a missing step is reported' exits 1 \
    'ckpt-cat -s 0,40 $T/run1 >$T/few; ckpt-sva -t "*decoder*" --with $T/few $T/run0' \
    'step 20: model.decoder.weight: not in this place of'
ok '--with: a missing step gives NaN, other steps are compared' prints 'agreement 1 NaN 1' \
    'ckpt-cat -s 0,40 $T/run0 >$T/few; ckpt-sva -S -t "*decoder*" --with $T/few $T/run0 2>/dev/null |
    cut -f3 | xargs'
ok 'different shapes are reported' exits 1 \
    'ckpt-cat --rename a.fine=i.fine -t a.fine $T/faults.safetensors >$T/i &&
    ckpt-sva -t i.fine --ref $T/i $T/faults.safetensors' 'i.fine: 1x1 in [^ ]*faults.safetensors, 2x2 in [^ ]*/i$'

# w and -w: the signs of both singular vectors change.
neg='\0\0\200\277'
two='\0\0\0\100'
minus2='\0\0\0\300'
head='{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'
pack "$T/w.safetensors" "$head" "$two$one$two$neg"
pack "$T/minus.safetensors" "$head" "$minus2$neg$minus2$one"
ok 'a common sign of both vectors does not matter' prints 'agreement 1 1' \
    'ckpt-sva --ref $T/minus.safetensors $T/w.safetensors | cut -f4 | xargs'
ok 'the baseline of random vectors' prints 'random 0.318309886' \
    'ckpt-sva -S -b $T/w.safetensors | cut -f4 | xargs'

faults() {
	ckpt-sva -S -j"$1" $2 "$T/faults.safetensors" >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] || return 1
	cat "$T/out" "$T/err"
	[ "$(cut -f3 "$T/out" | xargs)" = 'agreement 1 NaN NaN NaN NaN 1 1' ] &&
	[ "$(wc -l <"$T/err")" -eq 4 ] &&
	grep -q 'step 0: b.nan: NaN at row 1, column 1' "$T/err" &&
	grep -q 'd.complex: its elements are not real numbers' "$T/err"
}
ok 'a matrix that cannot be decomposed is named, gives NaN and status 1' faults 1
ok 'the same with threads' faults 3
ok 'the same with --with' faults 2 "--with $T/faults.safetensors"

numpy=$(python_with numpy)
if [ "$numpy" ]; then
	"$numpy" tests/reference/numpy-align.py --sva $S/mnist-cnn-part.safetensors \
	    $S/mnist-cnn-part.safetensors >"$T/want"
	ok 'numpy agrees: a file with itself' near 1e-5 "$T/want" \
	    'ckpt-sva -k 4 $S/mnist-cnn-part.safetensors'
	for s in 0 40; do
		ckpt-cat -F safetensors -s $s -t '*weight' "$T/run0" >"$T/$s.safetensors"
	done
	"$numpy" tests/reference/numpy-align.py --sva "$T/0.safetensors" "$T/40.safetensors" >"$T/want"
	ok 'numpy agrees: before and after training' near 1e-5 "$T/want" \
	    'ckpt-sva -k 4 --ref $T/40.safetensors $T/0.safetensors'
else
	skip 'numpy agrees' 'no numpy'
fi
ok '-r with -w is a usage error' exits 2 'ckpt-sva -r a -w b $T/run0'
ok 'a missing reference is an error' exits 1 'ckpt-sva -r $T/none $T/run0' 'none'
if command -v gnuplot >/dev/null; then
	ok 'sva.gp plots diagonals' png 'ckpt-sva $T/run0 | gnuplot -c examples/sva.gp'
	ok 'sva.gp plots all pairs' png \
	    'ckpt-sva -m -s 20 $T/run0 | gnuplot -c examples/sva.gp'
else
	skip 'sva.gp' 'no gnuplot'
fi
# Pairs of three checkpoints of a run.
cp tests/files/modadd/run.ckpt "$T/pairs.ckpt"
for s in 0 20 40; do
	ckpt-cat -s $s "$T/pairs.ckpt" >"$T/p$s"
done
printf '%s\t%s\n%s %s\n# more\n%s %s\n' $T/p0 $T/p40 $T/p20 $T/p40 $T/p0 $T/p0 >"$T/list"
ok '--pairs equals --ref for each pair' alike "ckpt-sva --pairs $T/list | awk -F'\t' -v OFS='\t' '\$1 == 2 { print \$2, \$3, \$4, \$5 }'" \
    "ckpt-sva --ref $T/p40 $T/p20 | sed 1d"
ok '--pairs come after the operands, in order' prints '1 0 model.encoder.weight 1
2 0 model.encoder.weight 0' "ckpt-sva -S --pairs $T/list $T/p20 $T/p20 -t '*encoder.weight' -s 0: |
    awk 'NR > 1 { print \$1, 0, \$3, \$4 == 1 }' | sed -n '1p;2p'"
ok '--pairs: threads do not change the output' alike "ckpt-sva -j1 -p $T/list" "ckpt-sva -j3 -p - <$T/list"
ok '--pairs: a missing matrix is reported' exits 1 "ckpt-cat -t '!*decoder*' $T/p0 >$T/less;
    ckpt-sva -p /dev/null $T/p20 $T/less" 'model.decoder.weight: not in the reference'
ok '--pairs: a line of three files is refused' exits 1 "echo a b c | ckpt-sva -p -" 'wanted two files a line'
ok '--pairs with one operand is a usage error' exits 2 "ckpt-sva -p $T/list $T/p0" 'in pairs'
ok '--pairs with --ref is a usage error' exits 2 "ckpt-sva -p $T/list -r $T/p0" 'do not go together'
ok 'an input without matrices is an error' exits 1 'ckpt-sva -t "*bias" tests/files/spec/mnist-cnn-part.safetensors' \
    '^ckpt-sva: no matrix in the input; ckpt-ls lists its tensors$'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-sva
done_testing
