# ckpt-barrier.t - ckpt-barrier: tables, commands, pairs
. tests/lib.sh
S=tests/files/safetensors/good/multi-layer.safetensors

# A known curve: loss = alpha (1 - alpha) + 3 alpha, error = alpha^2.
toy='ckpt-ls -m | awk -F"\t" -v OFS="\t" "BEGIN { print \"step\", \"alpha\", \"split\", \"loss\", \"error\", \"n\" }
    \$2 == \"path.alpha\" { for (i = 1; i <= 2; i++)
        print \$1, \$3, i == 1 ? \"train\" : \"val\", i * \$3 * (1 - \$3) + 3 * \$3, \$3 * \$3, 9 }"'
export toy
# rows COMMAND: prints the rows of a table, with spaces for tabs
rows() {
	sh -c "$1" | sed 1d | tr '\t' ' '
}
is() {
	rows "$1" >"$T/got"
	printf '%s\n' "$2" | diff - "$T/got"
}
head=$(ckpt-barrier -e "$toy" $S $S | head -n 1)
ok 'columns' test "$head" = "$(printf 'pair\tstep\tsplit\tmetric\talpha_max\tbarrier')"
ok 'the barrier of a known curve' is "ckpt-barrier -e '$toy' $S $S" '1 0 train loss 0.5 0.25
1 0 train error 0.9 -0.09
1 0 val loss 0.5 0.5
1 0 val error 0.9 -0.09'
ok '-a sets the points' is "ckpt-barrier -a 0,0.2,1 -e '$toy' $S $S | grep loss | sed 1i0" \
    '1 0 train loss 0.2 0.16
1 0 val loss 0.2 0.32'
ok '--curve prints the curve and its chord' is "ckpt-barrier --curve -n 3 -e '$toy' $S $S | grep 'train.loss' | sed 1i0" \
    '1 0 train loss 0 0 0
1 0 train loss 0.5 1.75 1.5
1 0 train loss 1 3 3'
printf '%s\t%s\n%s %s\n' $S $S $S $S >"$T/pairs"
ok 'pairs from a list file' alike "ckpt-barrier -e '$toy' $S $S $S $S $S $S" \
    "ckpt-barrier --pairs $T/pairs -e '$toy' $S $S" "ckpt-barrier --pairs - -e '$toy' $S $S <$T/pairs"
ckpt-interp $S $S | sh -c "$toy" >"$T/table"
ok 'the barrier from an existing table' alike "ckpt-barrier -e '$toy' $S $S" "ckpt-barrier $T/table" \
    "ckpt-barrier <$T/table" "{ echo '# via'; tr '\t' ' ' <$T/table; } | ckpt-barrier -"
awk -F'\t' -v OFS='\t' 'NR > 1 && $1 == 0 && $2 == 0.5 { $4 = "nan" } { print }' "$T/table" >"$T/nan"
ok 'a NaN loss gives a NaN barrier' is "ckpt-barrier $T/nan | grep loss | sed 1i0" \
    '1 0 train loss 0.5 NaN
1 0 val loss 0.5 NaN'
ok 'two runs are compared step by step' is "ckpt-cat $S >$T/a; ckpt-cat $T/a $S >$T/run;
    ckpt-barrier -n 3 -e '$toy' $T/run $T/run | grep train.loss | sed 1i0" '1 0 train loss 0.5 0.25
2 1 train loss 0.5 0.25'

ok 'a failing command is an error' exits 1 "ckpt-barrier -e 'cat >/dev/null; exit 7' $S $S" '^ckpt-barrier: .*exit status 7$'
ok 'a killed command is an error' exits 1 "ckpt-barrier -e 'kill -9 \$\$' $S $S" ': Killed$'
ok 'a nonexistent command is an error' exits 1 "ckpt-barrier -e /nowhere/none $S $S 2>&1 | tail -n 1 >&2;
    ckpt-barrier -e /nowhere/none $S $S 2>/dev/null" 'exit status 127$'
ok 'a command that prints nothing is an error' exits 1 "ckpt-barrier -e 'cat >/dev/null' $S $S" 'printed no table'
ok 'a table with other columns is refused' exits 1 "ckpt-barrier -e 'cat >/dev/null; echo x y' $S $S" 'wanted a table with columns alpha'
ok 'a path without alpha 0 and 1 is refused' exits 1 "grep -v '^0.1[^.]' $T/table | ckpt-barrier" 'alpha 0 to 0.9'
ok 'a truncated row is refused' exits 1 "head -c 150 $T/table | ckpt-barrier" 'wanted 6 columns|wanted a number|from alpha 0'
ok 'a field that is not a number is refused' exits 1 "sed 's/0.25/many/' $T/table | ckpt-barrier" 'got "many"'
ok 'checkpoints with different tensors are refused' exits 1 "ckpt-barrier -e '$toy' $S tests/files/spec/mnist-cnn-part.safetensors" '^ckpt-interp: '
ok 'one operand is a usage error' exits 2 "ckpt-barrier -e true $S" 'pairs'
ok 'two operands without -e are a usage error' exits 2 "ckpt-barrier $S $S" '-e is needed'
ok 'input and output larger than a pipe buffer' is "ckpt-barrier -n 301 \
    -e 'tee /dev/null | ckpt-cat | $toy' $S $S | cut -f 1-5 | grep train.loss | sed 1i0" '1 0 train loss 0.5'

python=$(python_with numpy)
if [ "$python" ]; then
	"$python" - "$T" <<'E2'
import sys, numpy as np
T = sys.argv[1] + '/'
e = np.eye(4, dtype='f4') * 4
p = e[[1, 2, 3, 0]]
np.savez(T + 'a.npz', **{'l0.weight': e, 'l0.bias': np.ones(4, 'f4'), 'l1.weight': e})
np.savez(T + 'b.npz', **{'l0.weight': p, 'l0.bias': np.ones(4, 'f4'), 'l1.weight': p.T})
np.savez(T + 'data.npz', x=np.eye(4, dtype='f4'), y=np.arange(4))
E2
	ok 'a barrier between two permuted networks' is "
	    ckpt-barrier -e '$python examples/eval.py $T/data.npz' $T/a.npz $T/b.npz | cut -f 1-5" '1 0 val loss 0.5
1 0 val error 0.1'
	ok 'permuted networks have zero loss at the ends and a barrier between' prints '1 1 1' "
	    ckpt-barrier --curve -e '$python examples/eval.py $T/data.npz' $T/a.npz $T/b.npz |
	        awk -F'\t' '\$4 == \"loss\" { v[\$5] = \$6 } END { print (v[0] < 0.01), (v[1] < 0.01), (v[0.5] > 0.01) }'"
else
	skip 'an evaluator in Python' 'no numpy'
fi
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-barrier
done_testing
