# train-mlp.t - train-mlp: training, evaluation, data, errors
. tests/lib.sh
needs train-mlp

# 100 small images; the label determines the brightness.
# images DIR LABELS: writes IDX files
images() {
	mkdir -p "$1"
	perl -e 'print pack("N4", 0x803, 100, 5, 4); for $i (0 .. 99) {
	    print pack("C", ($i % 10 * 20 + ($_ * $i * 7) % 30)) for 1 .. 20 }' \
	    >"$1/train-images-idx3-ubyte"
	perl -e 'print pack("N2C*", 0x801, 100, map { $_ % '"$2"' } 0 .. 99)' \
	    >"$1/train-labels-idx1-ubyte"
}
images "$T/idx" 10
run='train-mlp -q --width 12 --lr 0.05 --batch 16'
small="$run --epochs 3 -d $T/idx"

ok 'trains' sh -c "$small -o $T/a.ckpt --log $T/a.tsv"
ok 'checkpoints: four in the first epoch, then one per epoch' prints \
    '0 1 2 3 4 6 12 18' "awk -F'\t' '\$3 == \"val\" { printf \"%s%s\", s, \$1; s = \" \" }' $T/a.tsv"
ok 'the training loss falls' awk -F'\t' \
    '$3 == "train" { if (!n++) first = $4; last = $4 } END { exit !(last < .95 * first) }' "$T/a.tsv"
ok 'nine tenths of the images are for training' prints '90 10' \
    "train-mlp --eval -d $T/idx $T/a.ckpt | awk -F'\t' 'NR == 2 { a = \$6 } NR == 3 { print a, \$6 }'"
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-mlp --eval -d $T/idx $T/a.ckpt | cut -f 1,3-5"
ok 'threads do not change the output' alike "cat $T/a.ckpt" "$small -j1" "$small -j3"
ok 'the path of the data does not change the output' sh -c "cp -r $T/idx $T/other &&
    $run --epochs 3 -d $T/other | cmp - $T/a.ckpt"

# ------------------------------------------------------- data sets
tar -C "$T/idx" -czf "$T/idx.tar.gz" train-labels-idx1-ubyte train-images-idx3-ubyte
mkdir "$T/gz" && cp "$T"/idx/* "$T/gz" && gzip "$T"/gz/*
for d in idx.tar.gz gz; do
	ok "reads $d" alike "cat $T/a.ckpt" "$run --epochs 3 -d $T/$d"
done
cifar() {
	perl -e 'for $i (0 .. 49) { print pack("C", $i % 10);
	    print pack("C", ($i % 10 * 20 + $_ % 50)) for 1 .. 3072 }' >"$1"
}
mkdir "$T/c" && cifar "$T/c/data_batch_2.bin" && cp "$T/c/data_batch_2.bin" "$T/c/data_batch_1.bin" &&
    cp "$T/c/data_batch_2.bin" "$T/c/test_batch.bin"
xz -k "$T/c/data_batch_1.bin" && rm "$T/c/data_batch_1.bin"
ok 'reads CIFAR-10 without its test images' prints '90 10' \
    "$run --epochs 1 -d $T/c | train-mlp --eval -d $T/c | awk -F'\t' 'NR == 2 { a = \$6 } NR == 3 { print a, \$6 }'"
# pickled FILE: data_batch_1.bin as Python 2 pickled it for CIFAR-10's authors
pickled() {
	perl -e 'local $/ = \3073; my ($x, @y);
	    while (<STDIN>) { push @y, ord; $x .= substr $_, 1 }
	    my $s = "cnumpy\ndtype\nq\nU\2u1K\0K\1\x87Rq\x0b(K\3U\1|NNN" .
		("J" . "\xff" x 4) x 2 . "K\0tb";
	    print "\x80\2}q\1(U\x0bbatch_labelq\2U\x15training batch 1 of 5q\3",
		"U\6labelsq\4]q\5(", (map { "K" . chr } @y), "eU\4dataq\6",
		"cnumpy.core.multiarray\n_reconstruct\nq\7cnumpy\nndarray\nq\x08",
		"K\0\x85U\1b\x87Rq\x09(K\1", pack("CvCv", 77, scalar @y, 77, 3072),
		"\x86$s\x89T", pack("V", length $x), $x, "tbU\tfilenamesq\x0c]q\r(",
		(map { "U\5" . sprintf "%05d", $_ } 1 .. @y), "eu."' \
	    <"$T/c/data_batch_2.bin" >"$1"
}
mkdir "$T/cifar-10-batches-py" && pickled "$T/cifar-10-batches-py/data_batch_1"
cp "$T/cifar-10-batches-py/data_batch_1" "$T/cifar-10-batches-py/data_batch_2"
echo '<html>' >"$T/cifar-10-batches-py/readme.html"
tar -C "$T" -czf "$T/cifar-10-python.tar.gz" cifar-10-batches-py
for d in cifar-10-python.tar.gz cifar-10-batches-py; do
	ok "reads $d as the binary version" alike "$run --epochs 1 -d $T/c" \
	    "$run --epochs 1 -d $T/$d"
done
ok '--subset' prints '18 2' "$run --steps 0 -d $T/c --subset 18 |
    train-mlp --eval -d $T/c | awk -F'\t' 'NR == 2 { a = \$6 } NR == 3 { print a, \$6 }'"
ok '--shuffle-labels changes the labels' exits 1 "$small --shuffle-labels | cmp -s - $T/a.ckpt"

# -------------------------------------------------------------- --resume
files="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state"
ok 'stopped and resumed: the same bytes' sh -c "$run --epochs 1 -d $T/idx $files &&
    $small $files --resume $T/r.state && cmp $T/a.ckpt $T/r.ckpt"
ok 'learning rate drops' prints '0.05 0.005 0.0005' \
    "$small --lr-drops 1,2 --log $T/l.tsv >/dev/null; awk -F'\t' '\$3 == \"val\" && \$1 % 6 == 0 && \$1 < 18 { printf \"%s%s\", s, \$6; s = \" \" }' $T/l.tsv"

# -------------------------------------------------------------- errors
if [ -e /usr/share/datasets/fashion-mnist ]; then
	ok 'the default is the installed data set' prints '54000' \
	    "train-mlp -q --steps 0 --width 4 | train-mlp --eval --eval-on train | sed 1d | cut -f 6"
else
	ok 'no data set is a usage error' exits 2 'train-mlp' 'cs.toronto.edu.*apt install dataset-fashion-mnist'
fi
ok 'an unknown data set' exits 1 'train-mlp -d fashion' \
    'fashion: neither a file nor a data set .*apt install'
ok 'a missing directory' exits 1 "train-mlp -d $T/none" "$T/none: No such file"
mkdir "$T/empty"
ok 'an empty directory' exits 1 "train-mlp -d $T/empty" 'neither CIFAR-10'
mkdir "$T/cut" && cp "$T"/idx/* "$T/cut" && head -c 1500 "$T/idx/train-images-idx3-ubyte" >"$T/cut/train-images-idx3-ubyte"
ok 'truncated images' exits 1 "train-mlp -d $T/cut" '100 images want 2000 bytes'
ok 'truncated CIFAR-10' exits 1 "mkdir $T/cc && head -c 5000 $T/c/data_batch_2.bin >$T/cc/data_batch_1.bin; train-mlp -d $T/cc" 'not a multiple'
py="$T/py" && mkdir "$py"
# invalid WHAT PATTERN PERL: the error for a pickle after this edit
invalid() {
	perl -0777 -pe "$3" "$T/cifar-10-batches-py/data_batch_1" >"$py/data_batch_1"
	ok "a pickle $1" exits 1 "train-mlp -d $py" "$2"
}
invalid 'that is truncated' 'data_batch_1: cut short' 'substr $_, -2000, 2000, ""'
invalid 'with rows of another size' 'wanted a list of labels and as many rows of 3072' 's/K\x00K\x01K\x02/K\x00K\x01/'
invalid 'without labels' 'wanted a list of labels' 's/labels/babels/'
invalid 'with a label out of range' 'image 2: label 12, wanted 0 to 9' 's/\(K\x00K\x01K\x02/(K\x00K\x01K\x0c/'
invalid 'that would run code' 'would run code.*os.system' 's/cnumpy\ndtype/cos\nsystem/'
invalid 'that is not one' 'not a pickle' '$_ = "x" x 5000'
images "$T/bad" 11
ok 'a label out of range' exits 1 "train-mlp -d $T/bad" 'image 10: label 10'
head -c 120 "$T/gz/train-images-idx3-ubyte.gz" >"$T/x.gz" && cp "$T/x.gz" "$T/gz/train-images-idx3-ubyte.gz"
ok 'a truncated archive' exits 1 "train-mlp -d $T/gz" 'train-images'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-mlp
done_testing
