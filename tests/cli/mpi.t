# mpi.t - data-parallel training by two processes: make check MPI=1
. tests/lib.sh

case $B in *-mpi) ;; *) skip_all 'not built with MPI=1' ;; esac

two='mpirun --allow-run-as-root --oversubscribe -n 2 -q'

# both NAME COMMAND: run by one process as NAME.1.*, by two as NAME.2.*
both() {
	$2 -o "$T/$1.1.ckpt" --log "$T/$1.1.tsv"
	ok "$1: two processes" sh -c \
	    "$two $2 -o '$T/$1.2.ckpt' --log '$T/$1.2.tsv'"
	cut -f1-6 "$T/$1.1.tsv" >"$T/$1.cut"
	ok "$1: the losses of one process" near 1e-5 "$T/$1.cut" \
	    "cut -f1-6 '$T/$1.2.tsv'"
}

modadd='train-modadd -q -j 1 -p 11 --frac 0.8 --batch 32 --steps 20 --save 5'
both modadd "$modadd"
ok 'and the same checkpoints' sh -c \
    'ckpt-ls "$T/modadd.1.ckpt" >"$T/a"; ckpt-ls "$T/modadd.2.ckpt" | cmp - "$T/a"'
# the gradient of key biases is only rounding errors, which Adam amplifies
ok 'and the same weights' sh -c "ckpt-diff -t '*weight' '$T/modadd.1.ckpt' '$T/modadd.2.ckpt' | \
    awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[\$i] = i; next }
        \$c[\"rel_frobenius\"] > 1e-4 { bad = 1 }
        END { exit bad || NR < 10 }'"
# with gradient clipping and accumulation
both lm "train-lm -q -j 1 -d tests/files/text/plain.txt --vocab 300 \
    --layers 2 --width 32 --heads 2 --hidden 32 --context 16 \
    --batch 24 --micro 6 --lr 1e-2 --warmup 3 --steps 20 --save 5"
ok 'an error in the setup ends both processes' exits 1 "$two $modadd --init /dev/null"
done_testing
