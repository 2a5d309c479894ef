# ckpt-svd.t - ckpt-svd: singular values and factors
. tests/lib.sh
. tests/cli/spectra.sh

ok 'singular values of a real model' near 1e-8 tests/gold/svd.tsv \
    'ckpt-svd -t "conv*" $S/mnist-cnn-part.safetensors'
ok '-c slices: each tap of a kernel' near 1e-8 tests/gold/svd-slices.tsv \
    'ckpt-svd -c slices -t "conv2*" $S/mnist-cnn-part.safetensors'
ok 'i counts from 1 to the smaller dimension' prints '1 128 128' \
    'ckpt-svd -t conv4.weight $S/silero-vad-part.safetensors |
    awk -F"\t" "NR == 2 { first = \$5 } END { print first, \$5, NR - 1 }"'
ok 'singular values are in descending order' prints '' \
    'ckpt-svd $S/silero-vad-part.safetensors |
    awk -F"\t" "NR > 1 { if (\$5 > 1 && \$6 > last) print; last = \$6 }"'
cp $S/mnist-cnn-part.safetensors "$T/step7.safetensors"
cp $S/silero-vad-part.safetensors "$T/step30.safetensors"
ok 'threads and pipes do not change the output' alike \
    'ckpt-svd -j1 $T/step*' 'ckpt-svd -j2 $T/step*' 'ckpt-svd -j4 $T/step*' \
    'ckpt-cat $T/step* | ckpt-svd' 'ckpt-cat -u $T/step* | ckpt-svd -j1'
ok 'a matrix that cannot be decomposed is one line of NaN' near 1e-12 tests/gold/svd-faults.tsv \
    'ckpt-svd $T/faults.safetensors 2>/dev/null; [ $? -eq 1 ]'
ok '--json prints one object per singular value' prints '{"step":0,"tensor":"a.fine","rows":2,"cols":2,"i":1,"sigma":' \
    'ckpt-svd --json -t a.fine $T/faults.safetensors | head -n 1 | sed "s/[0-9.]*}//"'
ckpt-cat -o "$T/both" "$T"/step*
ok '-f writes U, S and Vh of each matrix' prints 'conv1.weight.U 8x8 conv1.weight.S 8 conv1.weight.Vh 8x9' \
    'ckpt-svd -f -t conv1.weight $S/mnist-cnn-part.safetensors | ckpt-ls | sed 1d | cut -f2,4 | xargs'
ok '-f -k limits the factors' prints '8x3 3 3x9' \
    'ckpt-svd -f -k 3 -t conv1.weight $S/mnist-cnn-part.safetensors | ckpt-ls | sed 1d | cut -f4 | xargs'
ok '-k limits the table' prints 3 \
    'ckpt-svd -k 3 -t conv1.weight $S/mnist-cnn-part.safetensors | sed 1d | wc -l'
ok '-f: threads and pipes do not change the output' alike \
    'ckpt-svd -f -j1 $T/both' 'ckpt-svd -f -j2 $T/both' 'ckpt-svd -f -j4 $T/both' \
    'cat $T/both | ckpt-svd -f' 'ckpt-svd -f -o $T/f $T/both; cat $T/f'
ok '-f writes factors for each checkpoint' prints '7 30' \
    'ckpt-svd -f $T/step* | ckpt-ls | sed 1d | cut -f1 | uniq | xargs'
no_factors() {
	ckpt-svd -f "$T/faults.safetensors" >"$T/f" 2>"$T/err"
	[ $? -eq 1 ] && [ "$(wc -l <"$T/err")" -eq 4 ] &&
	prints 'a.fine.S f.zero.S i.fine.S' 'ckpt-ls $T/f | grep -o "[a-z.]*[.]S" | xargs'
}
ok '-f: a matrix that cannot be decomposed is named and left out' no_factors
numpy=$(python_with numpy)
cat >"$T/product.py" <<'E2'
import json, struct, sys
import numpy as np
def read(path):
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    return {k: np.frombuffer(b[8 + n:][slice(*t['data_offsets'])], '<f4').astype('f8').reshape(t['shape'])
            for k, t in json.loads(b[8:8 + n]).items() if k != '__metadata__' and t['dtype'] == 'F32'}
w, f = read(sys.argv[1]), read(sys.argv[2])
for k in w:
    if w[k].ndim > 1:
        d = f[k + '.U'] * f[k + '.S'] @ f[k + '.Vh'] - w[k].reshape(len(w[k]), -1)
        assert abs(d).max() < 1e-5 * abs(w[k]).max(), (k, abs(d).max())
E2
product() {
	ckpt-svd -f "$1" | ckpt-cat -F safetensors >"$T/factors" &&
	"$numpy" "$T/product.py" "$1" "$T/factors"
}
for f in mnist-cnn silero-vad; do
	if [ "$numpy" ]; then
		ok "U diag(S) Vh is the matrix: $f" product $S/$f-part.safetensors
	else
		skip "U diag(S) Vh is the matrix: $f" 'no numpy'
	fi
done
ok '-f with -c slices is a usage error' exits 2 'ckpt-svd -f -c slices x' 'flat kernels only'
if command -v gnuplot >/dev/null; then
	ok 'svd.gp plots one step' png 'ckpt-svd $T/step7* | gnuplot -c examples/svd.gp'
	cp $S/mnist-cnn-part.safetensors "$T/step8.safetensors"
	sed 's/pngcairo/svg/' examples/svd.gp >"$T/svd.gp"
	printf 'step\ttensor\ti\tsigma\n0\ta\t1\t2\n0\ta\t2\t1\n1\ta\t1\tNaN\n' >"$T/edges"
	ok 'svd.gp: a cross for a checkpoint without values' sh -c 'gnuplot -c $T/svd.gp <$T/edges 2>$T/err |
	    grep -i "128, 136, 144\|808890" && [ ! -s $T/err ]'
	ok 'svd.gp plots two steps' png 'ckpt-svd $T/step[78].* | gnuplot -c examples/svd.gp'
else
	skip 'svd.gp' 'no gnuplot'
fi
ok 'an input without matrices is an error' exits 1 'ckpt-svd -t "*bias" tests/files/spec/mnist-cnn-part.safetensors' \
    '^ckpt-svd: no matrix in the input; ckpt-ls lists its tensors$'
ok '--factors of an input without matrices is an error' exits 1 \
    'ckpt-svd --factors -o $T/none -t "*bias" tests/files/spec/mnist-cnn-part.safetensors' 'no matrix in the input'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-svd
done_testing
