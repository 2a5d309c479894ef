# ckpt-interp.t - ckpt-interp: paths, provenance, errors
. tests/lib.sh
. tests/cli/algebra.sh

ok 'alpha 0 is the first checkpoint, bit for bit' same 'ckpt-interp -a 0 $T/a $T/b' 'cat $T/a'
ok 'alpha 1 is the second checkpoint, bit for bit' same 'ckpt-interp -a 1 $T/a $T/b' 'cat $T/b'
ok '--slerp: alpha 1 is the second checkpoint' same 'ckpt-interp --slerp -a 1 $T/a $T/b' 'cat $T/b'
ok 'alpha 1 with different dtypes is the second checkpoint' same 'ckpt-cat -d F16 $T/b >$T/h; ckpt-cat -d BF16 $T/a | ckpt-interp -a 1 $T/h -' \
    'ckpt-cat -d BF16 $T/a | ckpt-cat -d F16'
ok 'a path has 11 points with their alpha in a key' prints '0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1' \
    'ckpt-interp $T/a $T/b | ckpt-ls -m | awk -F"\t" "\$2 == \"path.alpha\" { print \$3 }" | xargs'
ok 'each point of a path equals a single interpolation' alike 'ckpt-interp -n 5 $T/a $T/b | ckpt-ls --hash' \
    'for a in 0 .25 .5 .75 1; do ckpt-interp -a $a $T/a $T/b; done | ckpt-ls --hash'
ok 'equal steps of a path raise no warning' prints '' \
    'ckpt-interp $T/a $T/b | ckpt-erank 2>&1 >/dev/null'
ok 'keys of the first checkpoint are kept' sh -c \
    'ckpt-interp -a .5 $T/a $T/b | ckpt-ls -m | grep -q "modadd.width	16"'
ok 'both checkpoints are parents in the provenance' prints '1:- 2:1 3:- 4:3 5:2,4' \
    'ckpt-interp -n 2 $T/a $T/b | ckpt-ls -m | grep via | cut -f3 | sed "s/ train.*//; s/ ckpt.*//; s/ /:/" |
    tail -n 5 | xargs'
ok 'runs are interpolated step by step' alike \
    'ckpt-interp -a .3,.6 $T/run $T/run | ckpt-ls | cut -f1 | uniq -c' \
    'cat $T/run $T/run | ckpt-ls 2>/dev/null | sort -sn | cut -f1 | uniq -c'
ok 'a run interpolated with itself' same 'ckpt-interp -a .5 $T/run $T/run' 'cat $T/run'
ok 'several pairs of files' alike \
    'ckpt-interp -n 3 $T/a $T/b $T/b $T/a | ckpt-ls --hash' \
    '{ ckpt-interp -n 3 $T/a $T/b; ckpt-interp -n 3 $T/b $T/a; } | ckpt-ls --hash'
ok 'pairs are numbered' prints '1 1 2 2' 'ckpt-interp -n 2 $T/a $T/b $T/b $T/a | ckpt-ls -m |
    awk -F"\t" "\$2 == \"path.pair\" { print \$3 }" | xargs'
ok 'threads and pipes do not change the output' alike 'ckpt-interp -j1 $T/run $T/run' \
    'ckpt-interp -j2 $T/run $T/run' 'cat $T/run | ckpt-interp $T/run -' \
    'cat $T/run | ckpt-interp -j5 - $T/run'
ok 'provenance through a pipe equals that through files' alike \
    'ckpt-interp -a .5 $T/a $T/b >$T/x; ckpt-interp -a .5 $T/b $T/x' \
    'ckpt-interp -a .5 $T/a $T/b | ckpt-interp -a .5 $T/b -'
ok '--slerp preserves the norm' near 1e-6 /dev/stdin \
    "ckpt-cat -t '*in_proj_weight' \$T/run -s 40 | ckpt-interp --slerp -a .5 - \$T/neg | ckpt-erank | cut -f1-4,10" <<E2
$(ckpt-cat -s 40 -t '*in_proj_weight' "$T/run" >"$T/neg"; ckpt-erank "$T/neg" | cut -f1-4,10)
E2
# a quarter turn of vectors whose squares are out of range
. tests/cli/spectra.sh
head='{"a":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},"b":{"dtype":"F64","shape":[1,2],"data_offsets":[16,32]}}'
pack "$T/x" "$head" "$huge$zero64$tiny$zero64"
pack "$T/y" "$head" "$zero64$huge$zero64$tiny"
ok '--slerp of 1e200 and 1e-200' prints '1e+200 1e-200' \
    'ckpt-interp --slerp -a .5 $T/x $T/y | ckpt-svd | sed 1d | cut -f6 | xargs'
for a in .25 .5 1.5; do
	ok_numpy "numpy agrees: $a" numpy_agrees 1e-6 "interp $a $T/a.st $T/b.st" "ckpt-interp -a $a $T/a $T/b"
	ok_numpy "numpy agrees: --slerp $a" numpy_agrees 1e-6 "slerp $a $T/a.st $T/b.st" \
	    "ckpt-interp --slerp -a $a $T/a $T/b"
done

# Integers.
head='{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
pack "$T/x" "$head" "\1\0\0\0\0\0\0\0$one"
pack "$T/y" "$head" "\2\0\0\0\0\0\0\0$one"
ok 'differing integers are taken from the first checkpoint, with a warning' exits 0 \
    'ckpt-interp -a 1 $T/x $T/y >$T/z' '^ckpt-interp: n: I64 that differ are taken from the first$'
ok 'the integers are those of the first checkpoint' same 'cat $T/z' 'cat $T/x'

# nothing STATUS COMMAND PATTERN: fails with one line and writes no output.
nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ] &&
	exits "$1" "$2 -o $T/never" "$3" && [ ! -e "$T/never" ]
}
ok 'different tensor names are refused' nothing 1 'ckpt-interp $T/a $M' 'model.encoder.weight: in .* and not in'
ok 'missing tensors are refused' nothing 1 'ckpt-cat -t "!*decoder*" $T/b >$T/less; ckpt-interp $T/less $T/b' \
    'decoder.*: in .*b and not in .*less'
ok 'different shapes are refused' nothing 1 \
    'cp tests/files/modadd/narrow.ckpt $T/narrow; ckpt-interp $T/a $T/narrow' \
    '^ckpt-[a-z]*: model.encoder.weight: shape 12x16 in [^ ]*, 12x8 in [^ ]*narrow$'
ok 'different steps are refused' nothing 1 'ckpt-cat -s 0,40 $T/run >$T/two; ckpt-interp $T/run $T/two' \
    'run has step 20 where .*two has step 40'
ok 'missing steps are refused' nothing 1 'ckpt-cat -s 0,20 $T/run >$T/two; ckpt-interp $T/two $T/run' \
    'two ends where .*run has step 40'
ok 'after an error a piped stream has no end record' sh -c \
    'cat $T/two | ckpt-interp - $T/run 2>/dev/null | ckpt-verify 2>&1 | grep -q "cut short"'
ok 'one operand is a usage error' exits 2 'ckpt-interp $T/a' 'pairs'
ok '-n 1 is a usage error' exits 2 'ckpt-interp -n 1 $T/a $T/b' '2 or more'
ok 'an alpha that is not a number is a usage error' exits 2 'ckpt-interp -a 0,x $T/a $T/b' 'not a number: "x"'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-interp
done_testing
