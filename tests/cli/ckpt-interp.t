# ckpt-interp.t - checkpoints on the way from one to another
. tests/lib.sh
. tests/cli/algebra.sh

ok 'the ends are those given, bit for bit' same 'ckpt-interp -a 0 $T/a $T/b' 'cat $T/a'
ok 'both' same 'ckpt-interp -a 1 $T/a $T/b' 'cat $T/b'
ok 'also on an arc' same 'ckpt-interp --slerp -a 1 $T/a $T/b' 'cat $T/b'
ok 'also in other types' same 'ckpt-cat -d F16 $T/b >$T/h; ckpt-cat -d BF16 $T/a | ckpt-interp -a 1 $T/h -' \
    'ckpt-cat -d BF16 $T/a | ckpt-cat -d F16'
ok 'a path has 11 points, marked' prints '0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1' \
    'ckpt-interp $T/a $T/b | ckpt-ls -m | awk -F"\t" "\$2 == \"path.alpha\" { print \$3 }" | xargs'
ok 'each as if it were alone' alike 'ckpt-interp -n 5 $T/a $T/b | ckpt-ls --hash' \
    'for a in 0 .25 .5 .75 1; do ckpt-interp -a $a $T/a $T/b; done | ckpt-ls --hash'
ok 'and no warning of equal steps' sh -c \
    '[ -z "$(ckpt-interp $T/a $T/b | ckpt-erank 2>&1 >/dev/null)" ]'
ok 'keys of the first stay' sh -c \
    'ckpt-interp -a .5 $T/a $T/b | ckpt-ls -m | grep -q "modadd.width	16"'
ok 'both are parents' prints '1:- 2:1 3:- 4:3 5:2,4' \
    'ckpt-interp -n 2 $T/a $T/b | ckpt-ls -m | grep via | cut -f3 | sed "s/ train.*//; s/ ckpt.*//; s/ /:/" |
    tail -n 5 | xargs'
ok 'runs, step by step' alike \
    'ckpt-interp -a .3,.6 $T/run $T/run | ckpt-ls | cut -f1 | uniq -c' \
    'cat $T/run $T/run | ckpt-ls 2>/dev/null | sort -sn | cut -f1 | uniq -c'
ok 'a run and itself' same 'ckpt-interp -a .5 $T/run $T/run' 'cat $T/run'
ok 'pairs of files' alike \
    'ckpt-interp -n 3 $T/a $T/b $T/b $T/a | ckpt-ls --hash' \
    '{ ckpt-interp -n 3 $T/a $T/b; ckpt-interp -n 3 $T/b $T/a; } | ckpt-ls --hash'
ok 'are numbered' prints '1 1 2 2' 'ckpt-interp -n 2 $T/a $T/b $T/b $T/a | ckpt-ls -m |
    awk -F"\t" "\$2 == \"path.pair\" { print \$3 }" | xargs'
ok 'threads and a pipe give the same bytes' alike 'ckpt-interp -j1 $T/run $T/run' \
    'ckpt-interp -j2 $T/run $T/run' 'cat $T/run | ckpt-interp $T/run -' \
    'cat $T/run | ckpt-interp -j5 - $T/run'
ok 'a chain through a pipe is one through files' alike \
    'ckpt-interp -a .5 $T/a $T/b >$T/x; ckpt-interp -a .5 $T/b $T/x' \
    'ckpt-interp -a .5 $T/a $T/b | ckpt-interp -a .5 $T/b -'
ok 'an arc keeps the norm' near 1e-6 /dev/stdin \
    "ckpt-cat -t '*in_proj_weight' \$T/run -s 40 | ckpt-interp --slerp -a .5 - \$T/neg | ckpt-erank | cut -f1-4,10" <<E2
$(ckpt-cat -s 40 -t '*in_proj_weight' "$T/run" >"$T/neg"; ckpt-erank "$T/neg" | cut -f1-4,10)
E2
for a in .25 .5 1.5; do
	ok_numpy "numpy agrees: $a" numpy_says 1e-6 "interp $a $T/a.st $T/b.st" "ckpt-interp -a $a $T/a $T/b"
	ok_numpy "numpy agrees: $a on an arc" numpy_says 1e-6 "slerp $a $T/a.st $T/b.st" \
	    "ckpt-interp --slerp -a $a $T/a $T/b"
done

# Integers.
. tests/cli/spectra.sh
head='{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
pack "$T/x" "$head" "\1\0\0\0\0\0\0\0$one"
pack "$T/y" "$head" "\2\0\0\0\0\0\0\0$one"
ok 'integers that differ come from the first, with a warning' exits 0 \
    'ckpt-interp -a 1 $T/x $T/y >$T/z' '^ckpt-interp: n: I64 that differ are taken from the first$'
ok 'and do' same 'cat $T/z' 'cat $T/x'

# nothing STATUS COMMAND PATTERN: a line, and no byte of output, not even -o's.
nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ] &&
	exits "$1" "$2 -o $T/never" "$3" && [ ! -e "$T/never" ]
}
ok 'other names' nothing 1 'ckpt-interp $T/a $M' 'model.encoder.weight: in .* and not in'
ok 'more names' nothing 1 'ckpt-cat -t "!*decoder*" $T/b >$T/less; ckpt-interp $T/less $T/b' \
    'decoder.*: in .*b and not in .*less'
ok 'other shapes' nothing 1 \
    'train-modadd -q -p 11 --width 8 --heads 2 --hidden 32 --steps 0 >$T/narrow; ckpt-interp $T/a $T/narrow' \
    'model.encoder.weight: its shape in'
ok 'other steps' nothing 1 'ckpt-cat -s 0,40 $T/run >$T/two; ckpt-interp $T/run $T/two' \
    'run has step 20 where .*two has step 40'
ok 'fewer steps' nothing 1 'ckpt-cat -s 0,20 $T/run >$T/two; ckpt-interp $T/two $T/run' \
    'two ends where .*run has step 40'
ok 'on a pipe what was written has no end' sh -c \
    'cat $T/two | ckpt-interp - $T/run 2>/dev/null | ckpt-verify 2>&1 | grep -q "cut short"'
ok 'not in pairs' exits 2 'ckpt-interp $T/a' 'pairs'
ok 'one point' exits 2 'ckpt-interp -n 1 $T/a $T/b' '2 or more'
ok 'no number' exits 2 'ckpt-interp -a 0,x $T/a $T/b' 'not a number: "x"'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-interp
done_testing
