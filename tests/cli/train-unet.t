# train-unet.t - train-unet: training, spectra, sampling, errors
. tests/lib.sh
needs train-modadd train-unet

# 40 gray images of 28 x 28 pixels: bars, each at its own position.
idx() { # DIR IMAGES SIDE
	mkdir "$1"
	perl -e '($n, $s) = @ARGV; print pack("N4", 0x803, $n, $s, $s);
	    for $i (1 .. $n) { print pack("C*", map {
	        abs($_ % $s - $i % 20) < 4 ? 250 : $_ * $i % 9 } 1 .. $s * $s) }' \
	    "$2" "$3" >"$1/train-images-idx3-ubyte"
	perl -e 'print pack("N2C*", 0x801, $ARGV[0], map { $_ % 10 } 1 .. $ARGV[0])' \
	    "$2" >"$1/train-labels-idx1-ubyte"
}
idx "$T/d" 40 28
run="train-unet -q --width 32 --batch 12 --lr 0.002 -d $T/d"
small="$run --epochs 2"

ok 'trains' sh -c "$small -o $T/a.ckpt --log $T/a.tsv"
ok 'the training loss falls' sh -c "$run --epochs 8 --save 24 --log $T/b.tsv >/dev/null; awk -F'\t' \
    '\$3 == \"train\" { if (!n++) first = \$4; last = \$4 } END { exit !(last < .3 * first) }' $T/b.tsv"
ok 'the error column is NaN' prints NaN "cut -f 5 $T/a.tsv | sed 1d | uniq"
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-unet --eval -d $T/d $T/a.ckpt | cut -f 1,3-5"
ok '--recompute-norm has no effect without batch norm' alike "train-unet --eval -d $T/d $T/a.ckpt" \
    "train-unet --eval --recompute-norm -d $T/d $T/a.ckpt"
ok 'the noise of --eval does not depend on the seed' alike "ckpt-cat -s last $T/a.ckpt | train-unet --eval -d $T/d" \
    "train-unet -q --width 32 --steps 0 --seed 5 -d $T/d --init $T/a.ckpt | ckpt-cat --rename x=x |
    train-unet --eval -d $T/d | sed 's/^0/6/'"
ok 'the noise of training depends on the seed' exits 1 "$run --steps 1 --seed 0 --batch 0 | ckpt-cat -s last >$T/0; \
    $run --steps 1 --seed 1 --batch 0 --init $T/0 | ckpt-cat -s last >$T/1;
    $run --steps 1 --seed 2 --batch 0 --init $T/0 | ckpt-cat -s last | ckpt-diff -q - $T/1"
ok 'threads do not change the output' alike "cat $T/a.ckpt" "$small -j1" "$small -j3"
files="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state"
ok 'stopped and resumed: the same bytes' sh -c "$run --epochs 1 $files &&
    $small $files --resume $T/r.state && cmp $T/a.ckpt $T/r.ckpt"

# ------------------------------------------------------- spectral tools
ok 'Fourier frequencies are stored and constant' prints 1 \
    "ckpt-ls --hash -t '*time_embed.0.W' $T/a.ckpt | sed 1d | cut -f 3- | uniq | wc -l"
ok 'matrices: transposed convolutions are (out, in * 9)' prints '16
conv4 256 1152
tconv4 128 2304
tconv1 1 288' "ckpt-erank -s 0 $T/a.ckpt | tee $T/erank | sed 1d | wc -l
    sed -n 's/^0.model.//; s/.weight\t/ /; /^t*conv4\|^tconv1/p' $T/erank | cut -f 1-2 | tr '\t' ' '"
ok 'rank of new transposed convolutions is that of (out, in * 9)' sh -c "awk -F'\t' \
    '\$2 == \"model.tconv3.weight\" { good = \$6 > .990 && \$6 < .996 } END { exit !good }' $T/erank"
ok '-c slices of a transposed convolution' prints '9 64 128' "ckpt-svd -c slices -s 0 -t '*.tconv3.weight' $T/a.ckpt |
    awk 'NR > 1 { n += \$5 == 1; r = \$3; c = \$4 } END { print n, r, c }'"
ok 'a pruned transposed convolution keeps the top singular values' near 1e-5 /dev/stdin "
    ckpt-prune -s 0 --keep-top 0.5 $T/a.ckpt | ckpt-svd -t '*tconv2.weight'" <<END
$(ckpt-svd -s 0 -t '*tconv2.weight' "$T/a.ckpt" | awk -F'\t' -v OFS='\t' 'NR > 1 && $5 > 16 { $6 = 0 } 1')
END
ok 'safetensors keep the layout of transposed convolutions' alike "ckpt-erank -s 0 $T/a.ckpt | sort" \
    "ckpt-cat -s 0 -F safetensors $T/a.ckpt | ckpt-cat -t '*.weight' | ckpt-erank | sort"
ok '17 links' prints 17 "ckpt-align -S -s last $T/a.ckpt | sed 1d | wc -l"
printf 'model.tconv4.weight\tmodel.tconv3.weight\tconv\n' >"$T/plain"
ok "links from a file read the layout from the header" alike "ckpt-align -s last $T/a.ckpt | grep 'tconv4.weight.*tconv3'" \
    "ckpt-align -s last -l $T/plain $T/a.ckpt | sed 1d"

# -------------------------------------------------------------- pictures
ok '--sample writes a picture' sh -c "train-unet --sample 3 -j1 $T/a.ckpt >$T/a.png"
# width and height are bytes 16 to 23, after IHDR
ok '--sample writes a grid as PNG' prints '89504e47 62 62' \
    "perl -e 'read STDIN, \$_, 24; print unpack(\"H8\", \$_), \" \", join \" \", unpack(\"x16N2\", \$_)' <$T/a.png"
ok '--sample depends on the seed' exits 1 "train-unet --sample 3 --seed 1 <$T/a.ckpt | cmp -s - $T/a.png"
ok '--sample -o writes the same picture' sh -c "train-unet --sample 3 -j2 -o $T/b.png $T/a.ckpt && cmp $T/a.png $T/b.png"
ok '--sample --data: threads do not change the picture' sh -c "train-unet --sample 3 -d $T/d -j1 -o $T/c.png $T/a.ckpt &&
    train-unet --sample 3 -d $T/d -j2 $T/a.ckpt | cmp - $T/c.png && ! cmp -s $T/a.png $T/c.png"
idx "$T/narrow" 4 27
ok '--sample --data with images of another size' exits 1 "train-unet --sample 1 -d $T/narrow $T/a.ckpt" '27 x 27 pixels, wanted 28 x 28'
ok '--sample -o in a missing directory' exits 1 "train-unet --sample 1 -o $T/none/a.png $T/a.ckpt" 'none/a.png: No such file'
ok 'a full disk is an error' exits 1 "train-unet --sample 1 $T/a.ckpt >/dev/full" 'standard output: No space left'
ok '--sample of another network' exits 1 "train-modadd -q --steps 0 | train-unet --sample 1 -o $T/x.png" \
    'model.time_embed.0.W is missing'
ok '--sample of empty input' exits 1 "train-unet --sample 1 -o $T/x.png /dev/null" 'train-unet: '
ok 'errors leave no file' prints '' "ls $T | grep x.png | cat"
ok 'a negative --sample is a usage error' exits 2 "train-unet --sample -1 $T/a.ckpt -o $T/x.png" 'sample wants a whole number, 0 or more'

# ---------------------------------------------------------------- errors
ok 'a width that is not a multiple of 32' exits 1 "train-unet -d $T/d --width 48 -o $T/x" 'multiple of 32'
idx "$T/small" 20 12
ok 'images of another size' exits 1 "train-unet -d $T/small -o $T/x" 'images of 12 x 12 pixels, gray, wanted 28 x 28'
mkdir "$T/c"
perl -e 'print pack("C3073", 1 .. 3073) x 20' >"$T/c/data_batch_1.bin"
ok 'color images' exits 1 "train-unet -d $T/c -o $T/x" 'in color, wanted 28 x 28, gray'
ok 'no --data is a usage error' exits 2 "train-unet -o $T/x" '--data wants a folder'
ok 'operands without --eval are a usage error' exits 2 "$run $T/a.ckpt -o $T/x" 'only --eval reads files'
ok 'a NaN loss is reported once' exits 0 "$run --lr 1e30 --epochs 2 -o $T/x" 'step [0-9]+: the loss is (NaN|-?inf)'
ok 'no message when the reader closes the pipe' prints '' "($run --epochs 1 | head -c 100 >$T/x) 2>&1"
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-unet
done_testing
