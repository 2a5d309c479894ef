# ckpt-merge - what models learned, added to their base
. tests/lib.sh
. tests/algebra.sh
. tests/spectra.sh
ckpt-cat -s 20 "$T/run" >"$T/m"
ckpt-cat -F safetensors "$T/m" >"$T/m.st"

ok 'one model is that one' same 'ckpt-merge $T/a $T/b' 'ckpt-interp -a 1 $T/a $T/b'
ok 'with no weight it is the base' same 'ckpt-merge -w 0 $T/a $T/b' 'cat $T/a'
ok 'with half, half way' same 'ckpt-merge --scale .5 $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok 'likewise by its weight' same 'ckpt-merge -w .5 $T/a $T/b' 'ckpt-interp -a .5 $T/a $T/b'
ok 'ties of one that keeps all is that one' sh -c 'ckpt-merge -m ties -k 1 $T/a $T/b >$T/x; ckpt-diff -e 1e-6 $T/x $T/b'
ok 'dare that keeps all is the sum' same 'ckpt-merge -m dare -k 1 $T/a $T/m $T/b' 'ckpt-merge $T/a $T/m $T/b'
ok 'ties of two equal ones is one' same 'ckpt-merge -m ties $T/a $T/b $T/b' 'ckpt-merge -m ties $T/a $T/b'
ok 'ties keeps a part of each tensor' prints 204 "ckpt-merge -m ties -k 0.2 $T/a $T/b >$T/x
    ckpt-cat -F npz $T/x >/dev/null; ckpt-merge -m ties -k 0.2 $T/a $T/b | ckpt-cat -F safetensors >$T/x.st
    perl -e 'local \$/; for (@ARGV) { open F, q(<), \$_; binmode F; my \$b = <F>; my \$n = unpack q(Q<), \$b;
        my \$h = substr \$b, 8, \$n; \$h =~ /linear1.weight[^}]*offsets\W*(\d+),(\d+)/ or die;
        push @x, [unpack q(f<*), substr(\$b, 8 + \$n + \$1, \$2 - \$1)] }
        print scalar grep { \$x[0][\$_] != \$x[1][\$_] } 0 .. \$#{\$x[0]}' $T/a.st $T/x.st | awk '{ print \$1 * 2 }'"
ok 'runs, step by step' same 'ckpt-merge $T/run $T/run' 'cat $T/run'
ok 'threads and pipes give the same bytes' alike 'ckpt-merge -j1 -m ties $T/a $T/m $T/b' \
    'ckpt-merge -j2 -m ties $T/a $T/m $T/b' 'cat $T/b | ckpt-merge -m ties $T/a $T/m -'
ok 'another seed drops others' sh -c '! ckpt-merge -m dare $T/a $T/b | ckpt-diff - $T/b >/dev/null &&
    ckpt-merge -m dare --seed 1 $T/a $T/b >$T/x; ! ckpt-merge -m dare $T/a $T/b | ckpt-diff -q - $T/x >/dev/null'
ok_numpy 'numpy agrees: sum' numpy_says 1e-6 "sum 1 .5,2 $T/a.st $T/m.st $T/b.st" 'ckpt-merge -w .5,2 $T/a $T/m $T/b'
ok_numpy 'numpy agrees: ties' numpy_says 1e-6 "ties .3 1,1.5 $T/a.st $T/m.st $T/b.st" \
    'ckpt-merge -m ties -k .3 -w 1,1.5 $T/a $T/m $T/b'
ok_numpy 'numpy agrees: dare' numpy_says 1e-6 "dare .4 1,-1 $T/a.st $T/m.st $T/b.st" \
    'ckpt-merge -m dare -k .4 -w 1,-1 --seed 3 $T/a $T/m $T/b'

nothing() {
	exits "$1" "$2" "$3" && [ ! -s "$T/.out" ]
}
ok 'other shapes' nothing 1 'ckpt-merge $T/a $M >$T/.out' '^ckpt-merge: '
ok 'no model' nothing 2 'ckpt-merge $T/a >$T/.out' 'wanted a base and models'
ok 'another method' nothing 2 'ckpt-merge -m mean $T/a $T/b >$T/.out' 'sum, ties or dare'
ok 'too many weights' nothing 2 'ckpt-merge -w 1,2 $T/a $T/b >$T/.out' '2 for 1 models'
ok 'no part' nothing 2 'ckpt-merge -m ties -k 0 $T/a $T/b >$T/.out' 'wants a part'
ok 'a part of a sum' nothing 2 'ckpt-merge -k .5 $T/a $T/b >$T/.out' 'of ties and dare'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-merge
done_testing
