# mpi.t - one run by two processes: make check MPI=1
. tests/lib.sh

two='mpirun --allow-run-as-root --oversubscribe -n 2 -q'
args='-q -j 1 -p 11 --frac 0.8 --batch 32 --steps 20 --save 5'

if ldd "$B/train-modadd" | grep -q libmpi; then
	train-modadd $args -o "$T/one.ckpt" --log "$T/one.tsv"
	ok 'two processes' sh -c \
	    "$two train-modadd $args -o '$T/two.ckpt' --log '$T/two.tsv'"
	cut -f1-6 "$T/one.tsv" >"$T/one.cut"
	ok 'have the losses of one' near 1e-5 "$T/one.cut" \
	    'cut -f1-6 "$T/two.tsv"'
	ok 'and its checkpoints' sh -c \
	    'ckpt-ls "$T/one.ckpt" >"$T/a"; ckpt-ls "$T/two.ckpt" | cmp - "$T/a"'
	# biases of keys have no gradient but rounding, which Adam enlarges
	ok 'its weights' sh -c "ckpt-diff -t '*weight' '$T/one.ckpt' '$T/two.ckpt' | \
	    awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[\$i] = i; next }
	        \$c[\"rel_frobenius\"] > 1e-4 { bad = 1 }
	        END { exit bad || NR < 10 }'"
	lm="-q -j 1 -d $PWD/tests/files/text/plain.txt --vocab 300 --layers 2
	    --width 32 --heads 2 --hidden 32 --context 16 --batch 24 --micro 6
	    --lr 1e-2 --warmup 3 --steps 20 --save 5"
	lm=$(echo $lm)
	train-lm $lm -o "$T/lm.ckpt" --log "$T/lm.tsv"
	ok 'a language model, its gradients clipped, by two' sh -c \
	    "$two train-lm $lm -o '$T/lm2.ckpt' --log '$T/lm2.tsv'"
	cut -f1-6 "$T/lm.tsv" >"$T/lm.cut"
	ok 'has the losses of one too' near 1e-5 "$T/lm.cut" \
	    'cut -f1-6 "$T/lm2.tsv"'
	ok 'a failure ends both' exits 1 \
	    "$two train-modadd $args --init /dev/null"
else
	skip 'two processes' 'not built with MPI=1'
fi
done_testing
