# ckpt-merge.t - ckpt-merge: task arithmetic, TIES, DARE, errors
. tests/lib.sh
. tests/cli/algebra.sh
. tests/cli/spectra.sh

# One network, trained further in three ways.
for seed in 1 2 3; do
	cp tests/files/modadd/tuned$seed.ckpt "$T/run$seed" || exit 1
	ckpt-cat -s last "$T/run$seed" >"$T/$seed"
	ckpt-cat -F safetensors "$T/$seed" >"$T/$seed.st"
done
three='$T/1 $T/2 $T/3'

ok 'models equal to the base give the base' same 'ckpt-merge $T/b $T/b $T/b' 'cat $T/b'
ok '--ties: a model equal to the base gives the base' same 'ckpt-merge --ties $T/b $T/b' 'cat $T/b'
ok '--dare: a model equal to the base gives the base' same 'ckpt-merge --dare .9 $T/b $T/b' 'cat $T/b'
ok '--ties keeps integer tensors' same 'ckpt-merge --ties $M $M' 'cat $M'
ok '--ties keeps NaN of the base' same 'ckpt-merge --ties $T/faults.safetensors $T/faults.safetensors' 'cat $T/faults.safetensors'
ok 'lambda 0 gives the base' same "ckpt-merge -l 0 \$T/b $three" 'cat $T/b'
ok 'lambda 0 keeps the step and keys of the base' alike "ckpt-merge -l 0 \$T/b $three | ckpt-ls -m | grep -v via" \
    'ckpt-ls -m $T/b | grep -v via'
ok '--keep 0 gives the base' same "ckpt-merge -k 0 \$T/b $three" 'cat $T/b'
close() {
	sh -c "$1" | ckpt-diff -e 1e-6 "$2" -
}
ok 'one model gives that model' close 'ckpt-merge $T/b $T/1' "$T/1"
ok '--ties --keep 1: one model gives that model' close 'ckpt-merge --ties --keep 1 $T/b $T/1' "$T/1"
ok '--dare 0: one model gives that model' close 'ckpt-merge --dare 0 $T/b $T/1' "$T/1"
ok '--ties --keep 1: two equal models give that model' close 'ckpt-merge --ties -k 1 $T/b $T/1 $T/1' "$T/1"
ckpt-avg -x "$T/1" "$T/2" "$T/3" >"$T/mean"
ok 'weights of one third give the mean' close "ckpt-merge -w .33333333333,.33333333333,.33333333333 \$T/b $three" "$T/mean"
ok 'weights 1 and -1 of one model give the base' close 'ckpt-merge -w 1,-1 $T/b $T/1 $T/1' "$T/b"

ok_numpy 'numpy agrees: task arithmetic' numpy_agrees 1e-6 "task .4 1,2,-.5 $T/b.st $T/1.st $T/2.st $T/3.st" \
    "ckpt-merge -l .4 -w 1,2,-.5 \$T/b $three"
ok_numpy 'numpy agrees: TIES' numpy_agrees 1e-6 "ties 1 .2 $T/b.st $T/1.st $T/2.st $T/3.st" \
    'ckpt-merge --ties $T/b.st $T/1.st $T/2.st $T/3.st'
ok_numpy 'numpy agrees: TIES, layerwise' numpy_agrees 1e-6 "tieslayers .7 .35 $T/b.st $T/1.st $T/2.st $T/3.st" \
    "ckpt-merge --ties -l .7 -k .35 -L \$T/b $three"
ok_numpy 'numpy agrees: DARE' numpy_agrees 1e-6 "dare .9 12345678901234 $T/b.st $T/1.st $T/2.st $T/3.st" \
    "ckpt-merge --dare .9 --seed 12345678901234 \$T/b $three"
ok_numpy 'numpy agrees: DARE and election' numpy_agrees 1e-6 "dareties .5 0 $T/b.st $T/1.st $T/2.st $T/3.st" \
    "ckpt-merge --ties --dare .5 -k 1 \$T/b $three"
ckpt-cat "$M" >"$T/m"
ckpt-cat -F safetensors "$T/m" >"$T/m.st"
ckpt-perturb --include-last "$T/m" | ckpt-cat -F safetensors >"$T/m1.st"
ckpt-perturb --include-last --seed 1 "$T/m" | ckpt-cat -F safetensors >"$T/m2.st"
ok_numpy 'numpy agrees: TIES of a network with convolutions' numpy_agrees 1e-6 "ties 1 .1 $T/m.st $T/m1.st $T/m2.st" \
    'ckpt-merge --ties -k .1 $T/m.st $T/m1.st $T/m2.st'

# Computed by hand: a base of zeros and three models.
pack4() {
	pack "$1" '{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}' "$2"
}
zero='\0\0\0\0' two='\0\0\0\100' minus='\0\0\200\277' four='\0\0\200\100'
pack4 "$T/p0" "$zero$zero$zero$zero"
pack4 "$T/p1" "$two$one$minus$four"
pack4 "$T/p2" "$minus$minus$minus$zero"
pack4 "$T/p3" "$four$zero$two$two"
pack4 "$T/want" "\0\0\100\100$zero$zero\0\0\100\100"
ok 'TIES elects the sign of the larger sum; a tie changes nothing' same 'ckpt-merge --ties -k 1 $T/p0 $T/p1 $T/p2 $T/p3' 'cat $T/want'
pack4 "$T/want" "$two$zero$zero$four"
ok '--keep 0.5 keeps half of the elements' same 'ckpt-merge -k .5 $T/p0 $T/p1' 'cat $T/want'
inf4() {
	pack4 "$1" "$inf$inf$2$one"
}
inf4 "$T/i0" "$zero" && inf4 "$T/i1" "$one" && inf4 "$T/i2" "$two"
inf4 "$T/want" '\0\0\100\100'
ok 'an infinity in base and models is no change' same 'ckpt-merge $T/i0 $T/i1 $T/i2' 'cat $T/want'
pack4 "$T/n1" "$nan$one$one$one"
ok 'NaN in a model stays NaN' sh -c 'ckpt-merge --ties -k 1 $T/p0 $T/n1 $T/p1 $T/p2 >$T/n &&
    ckpt-diff $T/n $T/p0 | grep -qi nan'

ok '--dare 0.5 doubles the squared norm of the task vector' prints yes 'ckpt-merge --dare .5 $T/b $T/1 >$T/x
    for i in x 1; do ckpt-diff -t "*linear1.weight" $T/b $T/$i | tail -1; done | cut -f6 | xargs |
    awk "{ r = \$1 / \$2; print (r > 1.2 && r < 1.7) ? \"yes\" : r }"'
ok '--seed changes the dropped elements' exits 1 'ckpt-merge --dare .5 $T/b $T/1 >$T/0; ckpt-merge --dare .5 --seed 1 $T/b $T/1 | ckpt-diff $T/0 -'
ok 'dropped elements do not depend on other tensors' same 'ckpt-merge --dare .5 $T/b $T/1 | ckpt-cat -t "*linear*"' \
    'ckpt-merge -t "*linear*" --dare .5 $T/b $T/1'
ok 'each model has its own random numbers' exits 1 \
    'ckpt-merge --dare .5 -l .5 $T/b $T/1 $T/1 | ckpt-diff $T/0 -'
for how in '' --ties '--ties -L' '--dare .8'; do
	export how
	ok "merge $how: runs are merged step by step" same 'ckpt-merge $how $T/run1 $T/run2 $T/run3 | ckpt-cat -s last' \
	    'for i in 1 2 3; do ckpt-cat -s last $T/run$i >$T/l$i; done; ckpt-merge $how $T/l1 $T/l2 $T/l3'
	ok "merge $how: threads and pipes do not change the output" alike 'ckpt-merge $how -j1 $T/run1 $T/run2' \
	    'ckpt-merge $how -j2 $T/run1 $T/run2' 'cat $T/run1 | ckpt-merge $how - $T/run2' \
	    'cat $T/run2 | ckpt-merge $how $T/run1 -'
done
ok 'provenance through a pipe equals that through files' alike \
    'ckpt-merge --ties $T/b $T/1 $T/2 >$T/x; ckpt-merge -l .5 $T/b $T/x' \
    'ckpt-merge --ties $T/b $T/1 $T/2 | ckpt-merge -l .5 $T/b -'

head='{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}'
pack "$T/x" "$head" "\1\0\0\0\0\0\0\0$one"
pack "$T/y" "$head" "\2\0\0\0\0\0\0\0$two"
ok 'differing integers are taken from the base, with a warning' exits 0 \
    'ckpt-merge --ties $T/x $T/y >$T/z' '^ckpt-merge: n: I64 that differ are taken from the first$'
ok 'the integers are those of the base' same 'ckpt-cat -t n $T/z' 'ckpt-cat -t n $T/x'

nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ] &&
	exits "$1" "$2 -o $T/never" "$3" && [ ! -e "$T/never" ]
}
ok 'different tensor names are refused' nothing 1 'ckpt-merge $T/b $M' 'model.encoder.weight: in .* and not in'
ok 'different shapes are refused' nothing 1 \
    'cp tests/files/modadd/narrow.ckpt $T/narrow; ckpt-merge $T/b $T/1 $T/narrow' \
    '^ckpt-[a-z]*: model.encoder.weight: shape 12x16 in [^ ]*, 12x8 in [^ ]*narrow$'
ok 'different steps are refused' nothing 1 'ckpt-merge $T/run $T/run1' 'step'
ok 'a base without models is a usage error' exits 2 'ckpt-merge $T/b' 'at least one model'
ok 'more weights than models are a usage error' exits 2 'ckpt-merge -w 1,2 $T/b $T/1' '2 weights for 1'
ok '--ties with a weight of 0 is a usage error' exits 2 'ckpt-merge --ties -w 1,0 $T/b $T/1 $T/2' 'above 0, not 0'
ok '--dare 1 is a usage error' exits 2 'ckpt-merge --dare 1 $T/b $T/1' 'less than 1'
ok '--keep above 1 is a usage error' exits 2 'ckpt-merge -k 1.1 $T/b $T/1' '0 to 1'
ok 'a negative seed is a usage error' exits 2 'ckpt-merge --seed -1 $T/b $T/1' 'seed wants a whole number, 0 or more'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-merge
done_testing
