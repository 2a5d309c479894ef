. tests/lib.sh
. tests/spectra.sh

ok 'singular values of a real model' near 1e-8 tests/gold/svd.tsv \
    'ckpt-svd -t "conv*" $S/mnist-cnn-part.safetensors'
ok 'each tap of a kernel' near 1e-8 tests/gold/svd-slices.tsv \
    'ckpt-svd -c slices -t "conv2*" $S/mnist-cnn-part.safetensors'
ok 'i counts from 1 to the smaller side' prints '1 128 128' \
    'ckpt-svd -t conv4.weight $S/silero-vad-part.safetensors |
    awk -F"\t" "NR == 2 { first = \$5 } END { print first, \$5, NR - 1 }"'
ok 'largest first' prints '' \
    'ckpt-svd $S/silero-vad-part.safetensors |
    awk -F"\t" "NR > 1 { if (\$5 > 1 && \$6 > last) print; last = \$6 }"'
cp $S/mnist-cnn-part.safetensors "$T/step7.safetensors"
cp $S/silero-vad-part.safetensors "$T/step30.safetensors"
ok 'threads and pipes give the same bytes' alike \
    'ckpt-svd -j1 $T/step*' 'ckpt-svd -j2 $T/step*' 'ckpt-svd -j4 $T/step*' \
    'ckpt-cat $T/step* | ckpt-svd' 'ckpt-cat -u $T/step* | ckpt-svd -j1'
ok 'what cannot be analysed is one line of NaN' near 1e-12 tests/gold/svd-faults.tsv \
    'ckpt-svd $T/faults.safetensors 2>/dev/null; [ $? -eq 1 ]'
ok 'one JSON object for each value' prints '{"step":0,"tensor":"a.fine","rows":2,"cols":2,"i":1,"sigma":' \
    'ckpt-svd --json -t a.fine $T/faults.safetensors | head -n 1 | sed "s/[0-9.]*}//"'
if command -v gnuplot >/dev/null; then
	ok 'a picture of one step' png 'ckpt-svd $T/step7* | gnuplot -c examples/svd.gp'
	cp $S/mnist-cnn-part.safetensors "$T/step8.safetensors"
	ok 'a picture of two' png 'ckpt-svd $T/step[78].* | gnuplot -c examples/svd.gp'
else
	skip 'a picture' 'no gnuplot'
fi
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-svd
done_testing
