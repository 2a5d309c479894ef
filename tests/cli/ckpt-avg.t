# ckpt-avg.t - the mean of checkpoints
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh
ckpt-cat -s 20 "$T/run" >"$T/m"
ckpt-cat -F safetensors "$T/m" >"$T/m.st"

ok 'the mean of one is that one' same 'ckpt-avg $T/a' 'cat $T/a'
ok 'with its step and keys' alike 'ckpt-avg $T/b | ckpt-ls -m | grep -v via' 'ckpt-ls -m $T/b | grep -v via'
ok 'of a model with counters too' same 'ckpt-avg $M' 'cat $M'
ok 'running, of one' same 'ckpt-avg -r $T/b' 'cat $T/b'
ok 'the mean of two is half way' same 'ckpt-avg $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok 'across, too' same 'ckpt-avg --across $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok 'weighted' same 'ckpt-avg -w 1,3 $T/a $T/b' 'ckpt-interp -a .75 $T/a $T/b'
ok 'weighted across' same 'ckpt-avg -x -w 1,3 $T/a $T/b' 'ckpt-interp -a .75 $T/a $T/b'
ok 'runs, step by step' same 'ckpt-avg -x $T/run $T/run $T/run' 'cat $T/run'
ok 'the mean so far ends with the mean' sh -c 'ckpt-avg -r $T/run | ckpt-cat -s last >$T/r;
    ckpt-avg $T/run | ckpt-diff $T/r -'
ok 'and has all steps' prints '0 20 40' 'ckpt-avg -r $T/run | ckpt-ls | sed 1d | cut -f1 | uniq | xargs'
ok 'an ema that forgets all is the run' same 'ckpt-avg -e 0 $T/run' 'cat $T/run'
ok 'one that keeps all, its start' same 'ckpt-avg -e 1 $T/run | ckpt-cat -s last' 'cat $T/a'
ok 'threads and pipes give the same bytes' alike 'ckpt-avg -j1 -r $T/run' 'ckpt-avg -j2 -r $T/run' \
    'cat $T/run | ckpt-avg -r'
ok 'a chain through a pipe is one through files' alike \
    'ckpt-avg -e .5 $T/run >$T/x; ckpt-avg -w 0,1,2 $T/x' 'ckpt-avg -e .5 $T/run | ckpt-avg -w 0,1,2'
ok_numpy 'numpy agrees' numpy_says 1e-6 "avg 1,1,1 $T/a.st $T/m.st $T/b.st" 'ckpt-avg $T/run'
ok_numpy 'numpy agrees: weighted' numpy_says 1e-6 "avg .5,2,1 $T/a.st $T/m.st $T/b.st" 'ckpt-avg -w .5,2,1 $T/run'
ok_numpy 'numpy agrees: ema' numpy_says 1e-6 "ema .7 $T/a.st $T/m.st $T/b.st" \
    'ckpt-avg -e .7 $T/run | ckpt-cat -s last'

head='{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
pack "$T/x" "$head" "\1\0\0\0\0\0\0\0$one"
pack "$T/y" "$head" "\2\0\0\0\0\0\0\0$one"
ok 'integers that differ come from the first, with a warning' exits 0 \
    'ckpt-avg $T/x $T/y >$T/z' '^ckpt-avg: n: I64 that differ are taken from the first$'
ok 'and do' same 'cat $T/z' 'cat $T/x'

nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ]
}
ok 'other names' nothing 1 'ckpt-avg $T/a $M' 'step 1: .*: not in the first checkpoint'
ok 'fewer names' nothing 1 'ckpt-cat -t "!*decoder*" $T/b >$T/less; ckpt-avg $T/a $T/less' \
    'decoder.weight: not in checkpoint 2'
ok 'other shapes' nothing 1 'train-modadd -q -p 11 --width 8 --heads 2 --hidden 32 --steps 0 >$T/narrow;
    ckpt-avg $T/a $T/narrow' 'type and shape are not what they were'
ok 'across, other steps' nothing 1 'ckpt-cat -s 0,40 $T/run >$T/two; ckpt-avg -x $T/run $T/two' 'has step 20 where'
ok 'too many weights' nothing 1 'ckpt-avg -w 1,2,3 $T/a $T/b' '3 weights for 2'
ok 'too few' nothing 1 'ckpt-avg -w 1 $T/a $T/b' '1 weights, and more'
ok 'weights of no sum' nothing 1 'ckpt-avg -w 1,-1 $T/a $T/b' 'add to 0'
ok 'contradicting options' exits 2 'ckpt-avg -r -x $T/a' 'do not go together'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-avg
done_testing
