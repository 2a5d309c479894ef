# train-vgg.t - train-vgg: training, evaluation, errors
. tests/lib.sh
needs train-vgg

# 40 images of the shape of CIFAR-10; the label determines the brightness.
mkdir "$T/c"
perl -e 'for $i (0 .. 39) { print pack("C3073", $i % 10,
    map { $i % 10 * 20 + $_ * $i % 50 } 1 .. 3072) }' >"$T/c/data_batch_1.bin"
run="train-vgg -q --width 16 --batch 12 --lr 0.005 -d $T/c"
small="$run --epochs 2"

ok 'trains' sh -c "$small -o $T/a.ckpt --log $T/a.tsv"
ok 'the training loss falls' sh -c "$run --epochs 12 --save 36 --log $T/b.tsv >/dev/null; awk -F'\t' \
    '\$3 == \"train\" { if (!n++) first = \$4; last = \$4 } END { exit !(last < .7 * first) }' $T/b.tsv"
ok 'tensors are in the order of PyTorch' prints 'conv.weight conv.bias bn.weight bn.bias bn.running_mean bn.running_var bn.num_batches_tracked' \
    "ckpt-ls -s last -t '*.3.*' $T/a.ckpt | cut -f 2 | sed '1d; s/.*layers.3.//' | paste -sd ' '"
# Its 8 bytes are the body of the record before end and eof.
ok 'num_batches_tracked counts the batches' prints '6' \
    "ckpt-cat -u -s last -t '*.0.bn.num*' $T/a.ckpt | perl -0777 -ne 'print unpack(\"q\", substr(\$_, index(\$_, \"ckpt/1 end\") - 64, 8))'"
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-vgg --eval -d $T/c $T/a.ckpt | cut -f 1,3-5"
ok 'threads do not change the output' alike "cat $T/a.ckpt" "$small -j1" "$small -j3"
files="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state"
ok 'stopped and resumed: the same bytes' sh -c "$run --epochs 1 $files &&
    $small $files --resume $T/r.state && cmp $T/a.ckpt $T/r.ckpt"
ok 'a width that is not a multiple of 16' exits 1 "train-vgg -d $T/c --width 20" 'multiple of 16'
mkdir "$T/idx"
perl -e 'print pack("N4C400", 0x803, 20, 5, 4, 1 .. 200, 1 .. 200)' >"$T/idx/train-images-idx3-ubyte"
perl -e 'print pack("N2C20", 0x801, 20, 1 .. 9, 1 .. 9, 1, 2)' >"$T/idx/train-labels-idx1-ubyte"
ok 'images of another size' exits 1 "train-vgg -d $T/idx" 'images of 5 x 4 pixels, wanted 32 x 32'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-vgg
done_testing
