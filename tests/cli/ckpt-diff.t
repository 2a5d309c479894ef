# ckpt-diff.t - two checkpoints compared, and what walks along two streams
. tests/lib.sh
. tests/cli/spectra.sh
M=$S/mnist-cnn-part.safetensors
export M

quiet() {
	exits "$1" "$2" && [ ! -s "$T/.err" ] && [ ! -s "$T/.out" ]
}
for i in 0 5 10; do
	cp $M "$T/step$i.safetensors"
done
ckpt-cat -t 'conv1*' -t fc2.weight "$T"/step*.safetensors >"$T/run"
pack "$T/x.safetensors" '{
"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
"c":{"dtype":"I32","shape":[1],"data_offsets":[12,16]}}' "$one$one$one\1\0\0\0"
pack "$T/y.safetensors" '{
"c":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},
"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},
"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}' "\1\0\0\0$one$one$one"
pack "$T/z.safetensors" '{
"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
"b":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},
"d":{"dtype":"I32","shape":[1],"data_offsets":[12,16]}}' "\0\0\0\100$one$one\1\0\0\0"

ok 'equal files: silent' quiet 0 'ckpt-diff $M $M'
ok 'of other formats' quiet 0 'ckpt-cat $M | ckpt-diff - $M'
ok 'in another order' quiet 0 'ckpt-diff $T/x.safetensors $T/y.safetensors'
ok 'two runs' quiet 0 'ckpt-diff $T/run $T/run'
ok 'all of it' prints '4 0 0' \
    'ckpt-diff -a -s 5 $T/run $T/run | awk -F"\t" "{ m += \$5; r += \$6 } END { print NR, m, r }"'
ok 'what differs' prints 'step tensor dtype shape max_abs rel_frobenius cosine
0 a F32 2 1 0.707106781 0.948683298
0 b F32 1/1x1 NaN NaN NaN
0 c I32/- 1/- NaN NaN NaN
0 d -/I32 -/1 NaN NaN NaN' \
    'ckpt-diff $T/x.safetensors $T/z.safetensors | tr "\t" " "'
ok 'has status 1' exits 1 'ckpt-diff $T/x.safetensors $T/z.safetensors'
ok 'another type' prints 'F32/F16 F32/F16 F32/F16' \
    'ckpt-cat -d F16 $T/run | ckpt-diff -s 10 $T/run - | sed 1d | cut -f3 | xargs'
ok 'is equal within a tolerance' quiet 0 \
    'ckpt-cat -d F16 $T/run | ckpt-diff -e 1e-3 $T/run -'
ok 'but not within any' exits 1 'ckpt-cat -d F16 $T/run | ckpt-diff -e 1e-6 $T/run -'
ok 'what both have' quiet 0 'ckpt-diff -t "[!bcd]*" -e 1 $T/x.safetensors $T/z.safetensors'
ok 'the last of each' quiet 0 \
    'ckpt-cat -s 0:5 $T/run >$T/two && ckpt-diff -s last $T/run $T/two'
ok '-o without a difference: the heading' prints step \
    'ckpt-diff -o $T/out $M $M && cut -f1 $T/out'

ok 'one run ends first' exits 2 'ckpt-diff $T/run $T/two' 'two ends where .*run has step 10$'
ok 'other steps' exits 2 'ckpt-cat -s 0,10 $T/run >$T/few && ckpt-diff $T/run $T/few' \
    'run has step 5 where .*few has step 10$'
ok 'and from the start' exits 2 'ckpt-cat -s 5,10 $T/run >$T/few && ckpt-diff -s 0:5 $T/run $T/two &&
    ckpt-diff -s 0,5,10 $T/few $T/two' 'different steps'
ok 'not two' exits 2 'ckpt-diff $M' 'two checkpoints'
ok 'two times standard input' exits 2 'ckpt-diff - -' 'once'
ok 'a missing file' exits 2 'ckpt-diff $M $T/none' 'none: No such file'
head -c 2000 "$T/run" >"$T/cut"
ok 'cut input' exits 2 'ckpt-diff $T/run $T/cut' 'cut'
ok 'a full disk' exits 2 'ckpt-diff $T/x.safetensors $T/z.safetensors >/dev/full' 'No space'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-diff
done_testing
