# ckpt-diff.t - ckpt-diff: checkpoints, runs, errors
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

ok 'equal files print nothing' quiet 0 'ckpt-diff $M $M'
ok 'equal tensors in different formats' quiet 0 'ckpt-cat $M | ckpt-diff - $M'
ok 'equal tensors in a different order' quiet 0 'ckpt-diff $T/x.safetensors $T/y.safetensors'
ok 'equal runs' quiet 0 'ckpt-diff $T/run $T/run'
ok '--equal prints equal tensors as well' prints '4 0 0' \
    'ckpt-diff -a -s 5 $T/run $T/run | awk -F"\t" "{ m += \$5; r += \$6 } END { print NR, m, r }"'
ok 'differing tensors are printed' prints 'step tensor dtype shape max_abs rel_frobenius cosine
0 a F32 2 1 0.707106781 0.948683298
0 b F32 1/1x1 NaN NaN NaN
0 c I32/- 1/- NaN NaN NaN
0 d -/I32 -/1 NaN NaN NaN' \
    'ckpt-diff $T/x.safetensors $T/z.safetensors | tr "\t" " "'
ok 'a difference has status 1' exits 1 'ckpt-diff $T/x.safetensors $T/z.safetensors'
ok 'different dtypes are printed as a pair' prints 'F32/F16 F32/F16 F32/F16' \
    'ckpt-cat -d F16 $T/run | ckpt-diff -s 10 $T/run - | sed 1d | cut -f3 | xargs'
ok '-e allows for rounding of a narrower dtype' quiet 0 \
    'ckpt-cat -d F16 $T/run | ckpt-diff -e 1e-3 $T/run -'
ok '-e below the rounding error reports a difference' exits 1 'ckpt-cat -d F16 $T/run | ckpt-diff -e 1e-6 $T/run -'
ok '-t limits the comparison' quiet 0 'ckpt-diff -t "[!bcd]*" -e 1 $T/x.safetensors $T/z.safetensors'
ok '-s last compares the last checkpoints' quiet 0 \
    'ckpt-cat -s 0:5 $T/run >$T/two && ckpt-diff -s last $T/run $T/two'
ok '-o without differences writes the column names' prints step \
    'ckpt-diff -o $T/out $M $M && cut -f1 $T/out'

# Squares that over- and underflow, infinities, zeros, integers above 2^53.
head='{
"huge":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},
"tiny":{"dtype":"F64","shape":[2],"data_offsets":[16,32]},
"infinite":{"dtype":"F64","shape":[2],"data_offsets":[32,48]},
"zero":{"dtype":"F64","shape":[1],"data_offsets":[48,56]},
"signed":{"dtype":"I64","shape":[1],"data_offsets":[56,64]},
"unsigned":{"dtype":"U64","shape":[1],"data_offsets":[64,72]}}'
pack "$T/p.safetensors" "$head" "$huge$huge$tiny$tiny$inf64$one64$zero64\
\0\0\0\0\0\0\40\0\377\377\377\377\377\377\377\377"
pack "$T/q.safetensors" "$head" "$huger$huge$tiny$zero64$inf64$two64$zero64\
\1\0\0\0\0\0\40\0\376\377\377\377\377\377\377\377"
ok 'the edges of double precision' prints 'tensor max_abs rel_frobenius cosine
huge 1e+200 0.707106781 0.948683298
tiny 1e-200 0.707106781 0.707106781
infinite 1 1 1
zero 0 0 NaN
signed 1 1.11022302e-16 1
unsigned 1 5.42101086e-20 1' \
    'ckpt-diff -a $T/p.safetensors $T/q.safetensors | cut -f2,5- | tr "\t" " "'

ok 'runs of different length are an error' exits 2 'ckpt-diff $T/run $T/two' 'two ends where .*run has step 10$'
ok 'runs with different steps are an error' exits 2 'ckpt-cat -s 0,10 $T/run >$T/few && ckpt-diff $T/run $T/few' \
    'run has step 5 where .*few has step 10$'
ok '-s with no common start is an error' exits 2 'ckpt-cat -s 5,10 $T/run >$T/few && ckpt-diff -s 0:5 $T/run $T/two &&
    ckpt-diff -s 0,5,10 $T/few $T/two' 'different steps'
ok 'nothing in common is trouble' exits 2 'ckpt-diff $M $T/x.safetensors' 'no tensor is in both checkpoints'
ok 'nothing in common: all rows are printed' prints "$(($(ckpt-ls $M | wc -l) + 3))" \
    'ckpt-diff $M $T/x.safetensors 2>$T/e | wc -l; grep -q both $T/e'
ok 'checkpoints without tensors have nothing in common' exits 2 'ckpt-diff -t "!*" $M $M' 'no tensor is in both'
ok 'a pattern that matches nothing is trouble' exits 2 'ckpt-diff -t none $M $M' '-t "none": no tensor has'
pack "$T/step7.st" '{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' "$one"
pack "$T/step9.st" '{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
"d":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}' "$one$one"
ok 'the step of a tensor that only the second file has' prints '9 d' \
    'ckpt-diff $T/step7.st $T/step9.st | sed 1d | cut -f1,2 | tr "\t" " "'
ok 'the step of a tensor that only the first file has' prints '9 d' \
    'ckpt-diff $T/step9.st $T/step7.st | sed 1d | cut -f1,2 | tr "\t" " "'

# ----------------------------------------------------------------- series

# rows COMMAND: step, tensor and rel_frobenius.
rows() {
	sh -c "$1" >"$T/.x"
	[ $? -eq 1 ] && sed 1d "$T/.x" | cut -f1,2,6
}
# A run whose steps are 0, 20, 40, and files of these.
cp tests/files/modadd/run.ckpt "$T/mod"
for i in 0 20 40; do
	ckpt-cat -s $i "$T/mod" >"$T/mod$i"
done
pair() {
	rows "ckpt-diff -t '*linear1.weight' $T/mod$1 $T/mod$2" | sed "s/^$1	/$2	/"
}
{ pair 0 20; pair 20 40; } >"$T/previous"
{ pair 0 20; pair 0 40; } >"$T/first"
as_file() {
	[ -s "$1" ] && rows "$2" | diff "$1" -
}
for from in '$T/mod' '<$T/mod' '- <$T/mod'; do
	ok "a series: each with the previous one: $from" as_file "$T/previous" "ckpt-diff -t '*linear1.weight' $from"
	ok "--to-previous: $from" as_file "$T/previous" "ckpt-diff --to-previous -t '*linear1.weight' $from"
	ok "--from-first: $from" as_file "$T/first" "ckpt-diff --from-first -t '*linear1.weight' $from"
done
ok '--from-first of several files' as_file "$T/first" 'ckpt-diff --from-first -t "*linear1.weight" $T/mod0 $T/mod20 $T/mod40'
pair 0 40 >"$T/want"
ok 'two steps of a run' as_file "$T/want" "ckpt-diff -s 0,last -t '*linear1.weight' $T/mod"
ok 'two steps of a pipe' as_file "$T/want" "cat $T/mod | ckpt-diff -s 0,last -t '*linear1.weight'"
ok 'the whole of two steps' alike 'ckpt-diff -a $T/mod0 $T/mod40 | cut -f2-; :' 'ckpt-diff -a -s 0,40 $T/mod | cut -f2-; :'
ok 'equal steps' quiet 0 'ckpt-diff $T/run'
ok 'a tensor that is new' prints '9 d -/F32' \
    'ckpt-diff --to-previous $T/step7.st $T/step9.st | sed 1d | cut -f1-3 | tr "\t" " "'
ok 'a tensor that is missing' prints '7 d F32/-' 'for i in 7 9; do ckpt-cat $T/step$i.st >$T/n$i; done
    ckpt-diff --to-previous $T/n9 $T/n7 | sed 1d | cut -f1-3 | tr "\t" " "'
ok 'ties in a series' quiet 0 'ckpt-diff --to-previous tests/files/ties/untied.safetensors tests/files/ties/gpt.pt 2>/dev/null'
ok 'one checkpoint is an error' exits 2 'ckpt-diff $T/mod0' 'one checkpoint has nothing to be compared with'
ok 'three files are a usage error' exits 2 'ckpt-diff $M $M $M' 'two files are compared, or with --from-first'
ok '--from-first with --to-previous is a usage error' exits 2 'ckpt-diff --from-first --to-previous $M' 'do not go together'

# ---------------------------------------------------------------- sorting

sorted() {
	rows "ckpt-diff --sort $1 $T/mod" | cut -f"$2" >"$T/got" && [ -s "$T/got" ] && sort $3 "$T/got" | diff "$T/got" -
}
ok '--sort rel_frobenius: the largest first' sorted rel_frobenius 3 -gr
ok '--sort tensor' sorted tensor 2
ok '--sort step' sorted step 1 -n
ok '--sort max_abs: NaN first' prints 'max_abs NaN NaN NaN 1' \
    'ckpt-diff --sort max_abs $T/x.safetensors $T/z.safetensors | cut -f5 | xargs'
ok '--sort cosine: the smallest first' sh -c \
    'ckpt-diff --sort cosine $T/mod | sed 1d | cut -f7 >$T/got; [ -s $T/got ] && sort -g $T/got | diff $T/got -'
ok '--sort prints the same rows' alike 'ckpt-diff $T/mod | sort' 'ckpt-diff --sort dtype $T/mod | sort'
ok '--sort of no column is a usage error' exits 2 'ckpt-diff --sort cosin $M $M' 'no column "cosin"; did you mean "cosine"'

# ----------------------------------------------------------------- errors

ok 'standard input twice is a usage error' exits 2 'ckpt-diff - -' 'once'
ok 'a missing file is an error' exits 2 'ckpt-diff $M $T/none' 'none: No such file'
head -c 2000 "$T/run" >"$T/cut"
ok 'truncated input is an error' exits 2 'ckpt-diff $T/run $T/cut' 'cut'
ok 'a full disk is an error' exits 2 'ckpt-diff $T/x.safetensors $T/z.safetensors >/dev/full' 'No space'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-diff
done_testing
