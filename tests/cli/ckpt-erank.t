# ckpt-erank.t - ckpt-erank: measures, splitting, errors, plots
. tests/lib.sh
. tests/cli/spectra.sh

heading='step tensor rows cols erank erank_norm rank90 stable_rank spectral frobenius nuclear'

ok 'rank measures of a real model' near 1e-8 tests/gold/erank.tsv \
    'ckpt-erank $S/mnist-cnn-part.safetensors $S/silero-vad-part.safetensors'
ok 'every floating type' near 1e-8 tests/gold/erank-dtypes.tsv \
    'ckpt-erank tests/files/safetensors/good/all-dtypes.safetensors'
ok '-c slices: each tap of a kernel' near 1e-8 tests/gold/erank-slices.tsv \
    'ckpt-erank --conv slices -t "conv[13]*" $S/mnist-cnn-part.safetensors'

# Many small matrices and steps, so that threads finish out of order.
for i in 0 9 10 200; do
	cp $S/mnist-cnn-part.safetensors "$T/step$i.safetensors"
done
ok 'threads do not change the output' alike \
    'ckpt-erank -j1 $T/step*' 'ckpt-erank -j2 $T/step*' 'ckpt-erank -j5 $T/step*'
ok 'pipe and file give the same output' alike \
    'ckpt-erank $T/step*' 'ckpt-cat $T/step* | ckpt-erank' \
    'ckpt-cat $T/step* | ckpt-erank -'
ok 'steps come from the names, in natural order' prints '0 9 10 200' \
    'ckpt-erank $T/step* | cut -f1 | sed 1d | uniq | xargs'
ok '-s and -t select' prints '9 conv2.weight' \
    'ckpt-erank -s 9 -t "conv2*" $T/step* | sed 1d | cut -f1,2 | tr "\t" " "'
ok 'without matrices only the column names are printed' prints "$heading" \
    'ckpt-erank tests/files/safetensors/good/audio-codes-i64.safetensors | tr "\t" " "'

faults() {
	ckpt-erank -j"$1" "$T/faults.safetensors" >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] || return 1
	cat "$T/err"
	[ "$(wc -l <"$T/err")" -eq 5 ] &&
	grep -q '^ckpt-erank: step 0: b.nan: NaN at row 1, column 1$' "$T/err" &&
	grep -q 'c.inf: infinity at row 0, column 1$' "$T/err" &&
	grep -q 'd.complex: its elements are not real numbers$' "$T/err" &&
	grep -q 'e.empty: the matrix is empty$' "$T/err" &&
	grep -q 'step 0: f.zero: all elements are 0: no rank$' "$T/err" &&
	near 1e-12 tests/gold/erank-faults.tsv 'cat "$T/out"'
}
ok 'a matrix that cannot be decomposed is named, gives NaN and status 1' faults 1
ok 'the same with threads' faults 3

ok 'a zero matrix alone is no failure' prints 'NaN	NaN	NaN	NaN	0	0	0' \
    'ckpt-erank -t f.zero $T/faults.safetensors 2>/dev/null | sed 1d | cut -f 5-'
ok '--json prints the same values' prints \
    '{"tensor":"conv1.weight","rows":8,"cols":9} {"tensor":"conv2.weight","rows":16,"cols":72}' \
    'ckpt-erank --json -t "conv[12].w*" $S/mnist-cnn-part.safetensors |
    sed "s/\"step\":0,//; s/,\"erank\".*/}/" | xargs -d "\n"'
ok '--json prints NaN as null' prints 5 \
    'ckpt-erank --json $T/faults.safetensors 2>/dev/null | grep -c "\"erank\":null"'
ok '-o writes the table' alike 'ckpt-erank $S/mnist-cnn-part.safetensors' \
    'ckpt-erank -o $T/table $S/mnist-cnn-part.safetensors; cat $T/table'
parts_add_up() {
	ckpt-erank --split '*=4' -t conv4.weight $S/silero-vad-part.safetensors |
	    awk 'NR > 1 { s += $10 ^ 2; n++ } END { printf "%d %.5f\n", n, sqrt(s) }' >"$T/parts"
	ckpt-erank -t conv4.weight $S/silero-vad-part.safetensors |
	    awk 'NR == 2 { printf "4 %.5f\n", $10 }' | diff - "$T/parts"
}
ok '--split: squared norms of the blocks add up' parts_add_up
ok '--split numbers the blocks' prints 'conv4.weight{0} conv4.weight{1}' \
    "ckpt-svd -k 1 --split '*=2' -t conv4.weight $S/silero-vad-part.safetensors | sed 1d | cut -f 2 | paste -sd ' '"
ok 'the last matching --split applies' prints '128' \
    'ckpt-erank --split "*=4" --split "conv*=1" -t conv4.weight $S/silero-vad-part.safetensors | cut -f 3 | sed 1d'
pack "$T/rows.safetensors" '{
"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
"b":{"dtype":"F32","shape":[3,1],"data_offsets":[8,20]},
"c":{"dtype":"F32","shape":[4,1],"data_offsets":[20,36]}}' "$one$one$one$one$one$one$one$one$one"
ok '--split that does not fit: the tensor is named' exits 1 'ckpt-erank -j2 --split "*=2" $T/rows.safetensors' \
    '^ckpt-erank: step 0: b: 3 rows cannot be split into 2$'
ok 'its row has no numbers, and others follow' prints 'a{0} 1 a{1} 1 b NaN c{0} 1 c{1} 1' \
    'ckpt-erank --split "*=2" $T/rows.safetensors 2>/dev/null | sed 1d | cut -f2,5 | xargs'
for s in x x= x=0 x=-1 x=2y; do
	ok "--split $s is a usage error" exits 2 "ckpt-erank --split '$s' x" 'wants glob=n'
done
ok 'an unknown --conv is a usage error' exits 2 'ckpt-erank --conv cube x' 'flat or slices'
ok 'a missing file is an error' exits 1 'ckpt-erank $T/none' 'none'
head -c 50000 $S/silero-vad-part.safetensors >"$T/cut"
ok 'truncated input is an error' exits 1 'ckpt-erank $T/cut' cut

# The measures in numpy, from their definitions.
numpy=$(python_with numpy)
cat >"$T/ref.py" <<'E2'
import json, struct, sys
import numpy as np
print(sys.argv[1].replace(' ', '\t'))
for path in sys.argv[2:]:
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    for name, t in json.loads(b[8:8 + n]).items():
        if t['dtype'] != 'F32' or len(t['shape']) < 2:
            continue
        lo, hi = t['data_offsets']
        w = np.frombuffer(b[8 + n:][lo:hi], '<f4').astype('f8').reshape(t['shape'][0], -1)
        s = np.linalg.svd(w, compute_uv=False)
        p = (s + 1e-10) / (s + 1e-10).sum()
        e = np.exp(-(p * np.log(p)).sum())
        print(0, name, *w.shape, *('%.9g' % x for x in (e, e / len(s), (p.cumsum() <= 0.9).sum() + 1,
            (s ** 2).sum() / s[0] ** 2, s[0], np.linalg.norm(w), s.sum(),
            abs(s[:, None] - s).sum() / (2 * len(s) * s.sum()), ((p.cumsum() <= 0.9).sum() + 1) / len(s),
            (s ** 2).mean() / s[0] ** 2)), sep='\t')
E2
if [ "$numpy" ]; then
	"$numpy" "$T/ref.py" "$heading gini count90 stable_norm" $S/*.safetensors >"$T/ref"
	ok 'numpy agrees' near 1e-7 "$T/ref" \
	    'for f in $S/*.safetensors; do ckpt-erank --more $f; done | awk "NR == 1 || !/^step/"'
else
	skip 'numpy agrees' 'no numpy'
fi

if command -v gnuplot >/dev/null; then
	ok 'erank.gp plots many steps' png 'ckpt-erank $T/step* | gnuplot -c examples/erank.gp'
	# as SVG, whose text can be searched
	sed 's/pngcairo/svg/' examples/erank.gp >"$T/erank.gp"
	printf 'step\ttensor\talpha\n0\ta\t2\n0\tb\tNaN\n1\ta\t55\n1\tb\t.5\n' >"$T/edges"
	ok 'erank.gp marks NaN and what is beyond the colors' sh -c \
	    'gnuplot -c $T/erank.gp alpha <$T/edges | grep "gray: NaN   ▲ above 8   ▼ below 1"'
	ok 'erank.gp labels bars that are NaN or beyond the edge' sh -c '{ head -n 3 $T/edges; printf "0\tc\t55\n"; } |
	    gnuplot -c $T/erank.gp alpha >$T/svg && grep ">NaN<" $T/svg && grep "55 ▶" $T/svg'
	ok 'erank.gp plots one step' png 'ckpt-erank $T/step0* | gnuplot -c examples/erank.gp'
else
	skip 'erank.gp' 'no gnuplot'
fi
ok 'an input without matrices is an error' exits 1 'ckpt-erank -t "*bias" tests/files/spec/mnist-cnn-part.safetensors' \
    '^ckpt-erank: no matrix in the input; ckpt-ls lists its tensors$'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-erank
done_testing
