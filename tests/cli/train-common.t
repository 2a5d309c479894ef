# train-common.t - common to the trainers: branches, masks, noise, evaluation
. tests/lib.sh
needs train-mlp train-vgg

mkdir "$T/c"
perl -e 'for $i (0 .. 39) { print pack("C3073", $i % 10,
    map { $i % 10 * 20 + $_ * $i % 50 } 1 .. 3072) }' >"$T/c/data_batch_1.bin"
short="train-vgg -q --width 16 --batch 12 --lr 0.005 -d $T/c --save 1"
run="$short --epochs 3"
hashes() { ckpt-ls --hash -s last "$@" | cut -f 2-; }
weights() { hashes -t '*.conv.weight' -t '*.fc.weight' "$@"; }
same_weights() { weights "$1" >"$T/.1" && [ -s "$T/.1" ] && weights "$2" | cmp - "$T/.1"; }

# ------------------------------------------------------------ branches
ok 'a run with --keep-states' sh -c "$run -o $T/trunk.ckpt --state $T/s --keep-states 3"
ok 'the first states and the last are kept' prints 's s.0 s.1 s.2' "cd $T && ls s s.* | paste -sd ' '"
ok 'a branch with the same seed equals the run' alike "ckpt-cat -s 2: $T/trunk.ckpt | ckpt-ls --hash" \
    "$run --branch $T/s.2 | ckpt-ls --hash"
ok 'a branch with another seed' sh -c "$run --branch $T/s.2 --seed 3 -o $T/b3.ckpt"
ok 'the branch has as many steps as the run' prints 9 "ckpt-ls -s last $T/b3.ckpt | tail -n 1 | cut -f 1"
ok 'the branch has different weights' exits 1 "ckpt-diff -q -s last $T/b3.ckpt $T/trunk.ckpt"
ok 'a branch with other settings is refused' exits 1 "$run --branch $T/s.2 --lr 0.01" \
    's.2: made with train.lr 0.005, not 0.01'
ok '--branch from a checkpoint without state is refused' exits 1 "$run --branch $T/trunk.ckpt" 'sgd.momentum.* is missing'
ok '--branch with --init is a usage error' exits 2 "$run --branch $T/s.2 --init $T/s.2" '--init excludes'
ok '--keep-states without --state is a usage error' exits 2 "$run --keep-states 3" '--keep-states wants --state'

# -------------------------------------------------------------- options
while read -r option value wants; do
	ok "--$option $value is a usage error" exits 2 "$short --steps 1 --$option $value" \
	    "^train-vgg: --$option wants $wants, not \"$value\"$"
done <<'E2'
steps -1 a whole number, 0 or more
steps 1.5 a whole number, 0 or more
epochs -1 a whole number, 0 or more
batch -1 a whole number, 0 or more
seed -1 a whole number, 0 or more
subset -1 a whole number, 0 or more
eval-count -1 a whole number, 0 or more
width 0 a whole number from 1 to 2147483647
width 3000000000 a whole number from 1 to 2147483647
lr -1 a number, 0 or more
lr nan a number, 0 or more
lr inf a number, 0 or more
warmup -1 a number, 0 or more
weight-decay -1 a number, 0 or more
momentum 1 0 or more and less than 1
lr-drops 1,x whole numbers as 82,123
perturb inf SIGMA or SIGMA@STEP
perturb 1@ SIGMA or SIGMA@STEP
E2

# --------------------------------------------------------------- masks
ckpt-prune -s last --magnitude 0.1 --mask "$T/trunk.ckpt" >"$T/mask.ckpt"
masked="$run --branch $T/s.2 --mask $T/mask.ckpt"
ok 'training with --mask' sh -c "$masked -o $T/m.ckpt"
ckpt-prune --apply "$T/mask.ckpt" "$T/m.ckpt" >"$T/m2.ckpt"
ok 'masked weights stay zero' same_weights "$T/m.ckpt" "$T/m2.ckpt"
ok 'other weights are trained' exits 1 "ckpt-diff -q -s last $T/m.ckpt $T/trunk.ckpt"
ok 'the first checkpoint is masked' alike \
    "ckpt-cat -s 2 $T/m.ckpt | ckpt-ls --hash -t '*.weight'" \
    "ckpt-cat -s 2 $T/m.ckpt | ckpt-prune --apply $T/mask.ckpt | ckpt-ls --hash -t '*.weight'"
ok 'a masked branch, stopped and resumed: the same bytes' sh -c "
    $masked --epochs 2 -o $T/mr.ckpt --state $T/ms &&
    $masked -o $T/mr.ckpt --state $T/ms --resume $T/ms &&
    cmp $T/m.ckpt $T/mr.ckpt"
ok 'resuming without the mask is refused' exits 1 "$run --resume $T/ms --state $T/ms -o $T/mr.ckpt" 'train.mask'
ok 'weights as a mask are refused' exits 1 "$run --mask $T/trunk.ckpt" 'trunk.ckpt: .*: wanted a mask, of type BOOL'
ok 'an empty mask is refused' exits 1 "ckpt-cat -t '!*' $T/mask.ckpt | $run --mask -" 'no mask in it'
ok 'a mask of several checkpoints is refused' exits 1 "cat $T/mask.ckpt $T/mask.ckpt | $run --mask -" 'one checkpoint, got several'
ok 'a mask of another network is refused' exits 1 "train-mlp -q --width 4 -d $T/c --steps 0 | ckpt-prune -l -m .5 -M | $run --mask -" \
    'no such weight in the network'
ok 'a mask of another width is refused' exits 1 "train-vgg -q --width 32 -d $T/c --steps 0 | ckpt-prune -l -m .5 -M | $run --mask -" \
    'the mask has shape [0-9x]*, the weight has [0-9x]* in the network$'

# --------------------------------------------------------------- noise
still="$run --init $T/trunk.ckpt --lr 0 --weight-decay 0 --seed 4"
ok 'training with --perturb' sh -c "$still --epochs 1 --perturb 0.5 -o $T/p.ckpt &&
    ckpt-perturb -s last --sigma 0.5 --seed 4 $T/trunk.ckpt >$T/q.ckpt"
ok '--perturb equals ckpt-perturb, bit for bit' same_weights "$T/p.ckpt" "$T/q.ckpt"
ok '--perturb at a later step' sh -c "$still --perturb 0.5@4 -o $T/p4.ckpt &&
    ckpt-cat -s 4 $T/p4.ckpt >$T/p4"
ok '--perturb at a step applies after its checkpoint' same_weights "$T/p4" "$T/trunk.ckpt"
ok '--perturb at a step equals ckpt-perturb' same_weights "$T/p4.ckpt" "$T/q.ckpt"
$run --perturb 0.5@4 -o "$T/pa.ckpt"
for at in 3 4 5; do
	ok "stopped at $at and resumed: the same bytes" sh -c "
	    $short --perturb 0.5@4 --steps $at -o $T/pb.ckpt --state $T/ps &&
	    $run --perturb 0.5@4 -o $T/pb.ckpt --state $T/ps --resume $T/ps &&
	    cmp $T/pa.ckpt $T/pb.ckpt"
done
ok 'an invalid --perturb is a usage error' exits 2 "$run --perturb much" '--perturb wants SIGMA or SIGMA@STEP'

# ---------------------------------------------------------- evaluation
ckpt-cat -s last "$T/trunk.ckpt" >"$T/last.ckpt"
eval="train-vgg --eval -d $T/c $T/last.ckpt"
ok '--eval-on one split' prints 'val 4' "$eval --eval-on val | sed 1d | cut -f 3,6 | tr '\t' ' '"
ok '--eval-on both splits' prints 'train 5
val 4' "$eval --eval-on val,train --eval-count 5 | sed 1d | cut -f 3,6 | tr '\t' ' '"
ok '--eval-on another split is a usage error' exits 2 "$eval --eval-on test" '--eval-on wants train, val or both'
ok '--eval-on applies to the log' prints 'val' "$run --epochs 1 --eval-on val --log $T/l -o $T/x && cut -f 3 $T/l | sed 1d | uniq"
# a mask of ones changes no weight, but batch norm statistics are recomputed
ckpt-prune -s last --magnitude 1 --mask "$T/trunk.ckpt" >"$T/ones.ckpt"
train-vgg -q --width 16 --batch 12 -d "$T/c" --steps 0 --mask "$T/ones.ckpt" --init "$T/trunk.ckpt" >"$T/fresh.ckpt"
train-vgg --eval -d "$T/c" "$T/fresh.ckpt" | cut -f 3- >"$T/want"
ok '--recompute-norm measures batch norm statistics' alike "cat $T/want" "$eval --recompute-norm | cut -f 3-"
ok '--recompute-norm changes the loss' exits 1 "$eval | cut -f 3- | cmp - $T/want"
ok '--norm-count limits the examples' exits 1 "$eval --recompute-norm --norm-count 7 | cut -f 3- | cmp - $T/want"
done_testing
