# ckpt-avg.t - ckpt-avg: means, running means, errors
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh
ckpt-cat -s 20 "$T/run" >"$T/m"
ckpt-cat -F safetensors "$T/m" >"$T/m.st"

ok 'the mean of one checkpoint is that checkpoint' same 'ckpt-avg $T/a' 'cat $T/a'
ok 'the mean of one checkpoint keeps its step and keys' alike 'ckpt-avg $T/b | ckpt-ls -m | grep -v via' 'ckpt-ls -m $T/b | grep -v via'
ok 'the mean of one checkpoint keeps integer tensors' same 'ckpt-avg $M' 'cat $M'
ok 'the running mean of one checkpoint' same 'ckpt-avg -r $T/b' 'cat $T/b'
ok 'the mean of two equals interpolation at 0.5' same 'ckpt-avg $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok '--across of two equals interpolation at 0.5' same 'ckpt-avg --across $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok 'a weighted mean equals interpolation' same 'ckpt-avg -w 1,3 $T/a $T/b' 'ckpt-interp -a .75 $T/a $T/b'
ok 'a weighted mean with --across equals interpolation' same 'ckpt-avg -x -w 1,3 $T/a $T/b' 'ckpt-interp -a .75 $T/a $T/b'
ok '--across averages runs step by step' same 'ckpt-avg -x $T/run $T/run $T/run' 'cat $T/run'
ok 'the running mean ends at the mean' sh -c 'ckpt-avg -r $T/run | ckpt-cat -s last >$T/r;
    ckpt-avg $T/run | ckpt-diff $T/r -'
ok 'the running mean has all steps' prints '0 20 40' 'ckpt-avg -r $T/run | ckpt-ls | sed 1d | cut -f1 | uniq | xargs'
ok 'an exponential moving average with decay 0 is the run' same 'ckpt-avg -e 0 $T/run' 'cat $T/run'
ok 'an exponential moving average with decay 1 stays at the first step' same 'ckpt-avg -e 1 $T/run | ckpt-cat -s last' 'cat $T/a'
ok 'threads and pipes do not change the output' alike 'ckpt-avg -j1 -r $T/run' 'ckpt-avg -j2 -r $T/run' \
    'cat $T/run | ckpt-avg -r'
ok 'provenance through a pipe equals that through files' alike \
    'ckpt-avg -e .5 $T/run >$T/x; ckpt-avg -w 0,1,2 $T/x' 'ckpt-avg -e .5 $T/run | ckpt-avg -w 0,1,2'
ok_numpy 'numpy agrees' numpy_agrees 1e-6 "avg 1,1,1 $T/a.st $T/m.st $T/b.st" 'ckpt-avg $T/run'
ok_numpy 'numpy agrees: weighted' numpy_agrees 1e-6 "avg .5,2,1 $T/a.st $T/m.st $T/b.st" 'ckpt-avg -w .5,2,1 $T/run'
ok_numpy 'numpy agrees: ema' numpy_agrees 1e-6 "ema .7 $T/a.st $T/m.st $T/b.st" \
    'ckpt-avg -e .7 $T/run | ckpt-cat -s last'

head='{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
pack "$T/step1" "$head" "\1\0\0\0\0\0\0\0$one"
pack "$T/step2" "$head" "\2\0\0\0\0\0\0\0$one"
ok 'the step is that of the last checkpoint' prints 40 'ckpt-avg $T/run | ckpt-ls | sed 1d | cut -f1 | uniq'
ok 'the step is that of the last one selected' prints 20 'ckpt-avg -s 0,20 $T/run | ckpt-ls | sed 1d | cut -f1 | uniq'
ok '--across: the step is that of the last run' prints 40 'ckpt-avg -x $T/a $T/b | ckpt-ls | sed 1d | cut -f1 | uniq'
ok 'the step in a file of another format' prints 40 \
    'ckpt-avg -o $T/mean.safetensors $T/run; ckpt-ls $T/mean.safetensors | sed 1d | cut -f1 | uniq'
ok 'a stream without checkpoints has no mean' exits 1 'ckpt-avg -o $T/none tests/files/v1/good-empty.ckpt' \
    '^ckpt-avg: no checkpoint in the input$'
ok 'differing integers are taken from the first checkpoint, with a warning' exits 0 \
    'ckpt-avg $T/step1 $T/step2 >$T/z' '^ckpt-avg: n: I64 that differ are taken from the first$'
ok 'the integers are those of the first checkpoint' same 'cat $T/z' 'cat $T/step1'

nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ]
}
ok 'different tensor names are refused' nothing 1 'cp $M $T/step7.st; ckpt-avg $T/a $T/step7.st' 'step 7: .*: not in the first checkpoint'
ok 'missing tensors are refused' nothing 1 'ckpt-cat -t "!*decoder*" $T/b >$T/less; ckpt-avg $T/a $T/less' \
    'decoder.weight: not in checkpoint 2'
ok 'different shapes are refused' nothing 1 'cp tests/files/modadd/narrow.ckpt $T/narrow;
    ckpt-avg $T/a $T/narrow' 'narrow: step 0: model.encoder.weight: F32 12x8, but F32 12x16 in the first checkpoint, of [^ ]*/a$'
ok '--across: different steps are refused' nothing 1 'ckpt-cat -s 0,40 $T/run >$T/two; ckpt-avg -x $T/run $T/two' 'has step 20 where'
ok 'more weights than checkpoints are refused' nothing 1 'ckpt-avg -w 1,2,3 $T/a $T/b' '3 weights for 2'
ok 'fewer weights than checkpoints are refused' nothing 1 'ckpt-avg -w 1 $T/a $T/b' '1 weights, and more'
ok 'weights that add to 0 are refused' nothing 1 'ckpt-avg -w 1,-1 $T/a $T/b' 'add to 0'
ok '-r with -x is a usage error' exits 2 'ckpt-avg -r -x $T/a' 'do not go together'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-avg
done_testing
