# examples.t - the figures of the paper from examples/, scaled down to seconds
. tests/lib.sh
needs train-modadd train-vgg

# ---------------------------------------------------------------- tables
printf 'step\ti\tsigma\n0\t1\t2\n0\t2\t1\n10\t1\t5\n' >"$T/1.tsv"
printf 'step\ti\tsigma\n0\t1\t4\n0\t2\tNaN\n10\t1\t5\n' >"$T/2.tsv"
rows() {
	cd "$T" && "$OLDPWD/examples/mean" "$@" | tr '\t\n' ' /'
}
ok 'mean: two runs' test "$(rows step,i sigma 1.tsv 2.tsv)" = \
    'x at step i mean sd n/0  0 1 3 1 2/0  0 2 1 0 1/1  10 1 5 0 2/'
ok 'mean: groups' test "$(rows - sigma 7=1.tsv b=2.tsv b=1.tsv)" = \
    'x at mean sd n/0 7 2.66666667 1.69967317 3/1 b 3.4 1.62480768 5/'
ok 'mean: a missing column is an error' exits 1 "examples/mean i x $T/1.tsv" 'no column x'
ok 'mean: a missing table is an error' exits 1 "examples/mean i x $T/none" 'no table'

printf 'a/vgg-s0.ckpt\t9\nvgg-w0.1-s1.ckpt\t11\nvgg-s0.svd.tsv\t2\n' >"$T/times"
mkdir "$T/made" && echo 12345 >"$T/made/vgg-s0.svd.tsv"
echo 12345 >"$T/made/vgg-w0.1-s1.state.40"
ok 'costs measure: means for each kind' prints \
    "$(printf 'kind\tseconds\tbytes\nvgg run\t10.0\t3\nvgg svd\t2.0\t6')" \
    "examples/costs measure $T/times $T/made"
examples/costs measure "$T/times" "$T/made" >"$T/costs"
ok 'costs sum: total of a list of commands' prints "$(printf 'all\t2\t0.003\t0.000')" \
    "printf 'x -o r/runs/vgg-s9.ckpt y\nx -o r/tables/vgg-s9.svd.tsv\n' |
     examples/costs sum $T/costs | tail -n 1"

# --------------------------------------------------------------- figures
mkdir "$T/c"
perl -e 'for $i (0 .. 39) { print pack("C3073", $i % 10,
    map { $i % 10 * 20 + $_ * $i % 50 } 1 .. 3072) }' >"$T/c/data_batch_1.bin"
figures="make -s -C examples -I $PWD/tests/cli SCALE=tiny THREADS=1 CIFAR=$T/c"
out=$T/out/tiny

ok 'job refuses to run without its lock' exits 2 \
    "env -u JOB_LOCKS JOB=a examples/job -c true" 'JOB_LOCKS is not set'
ok 'the demo, with few steps' sh -c "make -s -C examples demo STEPS=20 OUT=$T/demo &&
    head -c 4 $T/demo/fig2a.png | grep -q PNG"
ok 'figures 2 and 8' sh -c "$figures OUT=$T/out fig2 fig8"
ok 'figures of one task with make -j2' sh -c \
    "$figures -j2 OUT=$T/out fig3 fig4 fig10 fig11 fig13"
ok 'each figure is an SVG, PNG and PDF' sh -c "cd $out && for n in 2 3 4 8 10 11 13; do
    grep -q '</svg>' fig\$n.svg && head -c 5 fig\$n.pdf | grep -q PDF &&
    head -c 4 fig\$n.png | grep -q PNG || exit; done"
ok 'figures are up to date afterwards' prints '' \
    "$figures -n OUT=$T/out fig2 fig3 fig4 fig8 fig10 fig11 fig13"
ok 'make without -j gives the same tables' sh -c \
    "$figures OUT=$T/one fig2 && cd $T/one/tiny/figures &&
     for f in *-svd.tsv *-erank.tsv; do cmp \$f $out/figures/\$f || exit; done"
ok 'make claims evaluates the claims' sh -c "$figures OUT=$T/out claims >$T/claims &&
    awk -F'\t' 'NF != 5 { exit 1 } \$3 == \"NaN\" { u++ } \$5 ~ /holds|fails/ { n++ }
        END { exit !(n > 20 && u > 0) }' $T/claims"
ok 'times.tsv has the running times' sh -c "grep -q 'vgg-t0-k3-b4.ckpt' $out/times.tsv"
ok 'two concurrent makes produce a run once' sh -c "run=$T/two/tiny/runs/vgg-s0.ckpt
    $figures OUT=$T/two \$run & $figures OUT=$T/two \$run && wait \$! &&
    cmp \$run $out/runs/vgg-s0.ckpt &&
    [ \$(grep -c vgg-s0 $T/two/tiny/times.tsv) = 1 ]"

# A run that is killed is resumed and gives the same bytes.
cp "$out/runs/modadd-a-s0.ckpt" "$T/whole.ckpt"
part=$T/out/tiny/runs/modadd-a-s0
rm "$part.ckpt"
train-modadd -q -p 5 --save 10 --steps 30 --frac 0.6 --seed 0 -o "$part.ckpt" \
    --state "$part.state" --log "$part.log.tsv" --steps 10 && mv "$part.ckpt" "$part.ckpt.part"
ok 'an interrupted run is resumed' sh -c \
    "$figures OUT=$T/out $part.ckpt && cmp $part.ckpt $T/whole.ckpt"
ok 'a failing run reports its error' exits 2 \
    "$figures OUT=$T/bad CIFAR=$T/none fig3 2>&1 | grep -v '^make' >&2; \
     $figures OUT=$T/bad CIFAR=$T/none fig3 2>/dev/null" 'train-vgg: .*none'
ok 'a failing run leaves no files' prints '' "ls $T/bad/tiny/runs"
done_testing
