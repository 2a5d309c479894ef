# format-pytorch-odd.t - PyTorch: objects, arrays, odd kinds, order, repacked zips
. tests/lib.sh
F=tests/files/torch/odd
export F

# listed FILE: tensors, types, shapes and hashes, in order.
listed() {
	ckpt-ls --hash "$1" 2>/dev/null | cut -f 2-4,6 | sed 1d
}
as_wanted() {
	awk -F'\t' -v OFS='\t' -v f="$1" '$1 == f { print $2, $3, $4, $5 }' $F/want.tsv >"$T/want"
	[ -s "$T/want" ] && listed "$F/$1" | diff "$T/want" -
}
same_pipe() {
	listed "$F/$1" >"$T/want"
	[ -s "$T/want" ] && cat "$F/$1" | ckpt-ls --hash 2>/dev/null | cut -f 2-4,6 | sed 1d |
	    diff "$T/want" -
}
for f in $(cut -f 1 $F/want.tsv | uniq); do
	ok "$f: the tensors of PyTorch, in their order" as_wanted "$f"
	[ -d "$F/$f" ] || ok "$f: the same from a pipe" same_pipe "$f"
done

# ------------------------------------------------------- listed, not loaded

ok 'a tensor that can only be listed fails if it is asked for' exits 1 \
    "ckpt-cat $F/listed.pt >/dev/null" \
    "listed.pt: step 0: complex32: dtype complex32 cannot be read: leave it out with -t '!complex32'"
ok 'it fails for a program that needs its values' exits 1 "ckpt-erank -t meta $F/listed.pt" \
    'meta: its elements are not real numbers'
ok 'the others can be read' prints 'w storage last' \
    "ckpt-cat -t w -t storage -t last $F/listed.pt | ckpt-ls | sed 1d | cut -f 2 | paste -sd ' '"
ok 'and all without the odd ones' prints 3 "ckpt-cat -t '!c*' -t '!meta' -t '!*ed' -t '!quant' \
    $F/listed.pt | ckpt-ls | sed 1d | wc -l"
names_each() {
	! ckpt-verify $F/listed.pt 2>"$T/err" && [ "$(wc -l <"$T/err")" -eq 8 ] &&
	    grep -q 'coo: dtype sparse_coo cannot be read' "$T/err"
}
ok 'ckpt-verify names each' names_each
perl -pe 's/K\x02K\x0c\x86/K\x03K\x0c\x86/' $F/legacy-layers.pt >"$T/faulty.pt"
ok 'a faulty tensor is an error' exits 1 "ckpt-ls $T/faulty.pt" 'fc11.weight: reaches outside its storage'
ok 'but not if it is not selected' prints 11 \
    "ckpt-cat -t '!fc11*' $T/faulty.pt | ckpt-ls | sed 1d | wc -l"

# -------------------------------------------------------------- left out

reported() {
	exits 0 "ckpt-ls $F/unused.pt" 'unused.pt: step 0: 1 tensor left out: storage 1 \(not part of a tensor here\)'
}
ok 'a storage without a name is reported' reported
ok 'ckpt-verify fails because of it' exits 1 "ckpt-verify $F/unused.pt" '1 tensor left out'
ok 'a native stream says so' prints '1 storage 1 (not part of a tensor here)' \
    "ckpt-cat $F/unused.pt 2>/dev/null | ckpt-ls -m 2>/dev/null | awk -F'\t' '\$2 == \"left_out\" { print \$3 }'"
ok 'so does a copy of it' exits 1 "ckpt-cat $F/unused.pt 2>/dev/null | ckpt-cat 2>/dev/null | ckpt-verify" \
    'standard input: step 0: 1 tensor left out: storage 1'
ok 'a file of nothing else is refused' exits 1 "ckpt-ls $F/nothing.pt" \
    'nothing.pt: step 0: no tensors; 1 left out, first: storage 0 \(not part of a tensor here\)'
left_out="awk -F'\t' '\$2 == \"torch.left_out\" { print \$3 }'"
ok 'optimizers and generators are named' prints 'state.optimizers, rng, optimizer_0, all.0' \
    "ckpt-ls -m $F/composer.pt | $left_out"
ok 'also those of a distributed checkpoint' prints 'optimizer_0, state' \
    "ckpt-ls -m $F/distributed | $left_out"
ok 'it can be read without what can only be listed' prints 2 \
    "ckpt-cat -t '!odd' $F/distributed | ckpt-ls | sed 1d | wc -l"
ok '--all reads them' prints 'state.optimizers.AdamW.state.0.exp_avg' \
    "ckpt-ls --all $F/composer.pt | cut -f 2 | grep exp_avg\$ | head -n 1"
ok 'buffers that are not persistent are counted' prints '1 buffer that is not persistent' \
    "ckpt-ls -m $F/net.pt | $left_out"
ok '--all reads them too' prints hidden "ckpt-ls --all $F/net.pt | cut -f 2 | grep hidden"
ok 'constants of an exported program are named' prints constants \
    "ckpt-ls -m $F/export.pt2 | $left_out"
ok '--all reads these as well' prints c "ckpt-ls --all $F/export.pt2 | cut -f 2 | sed -n '\$p'"

# ---------------------------------------------------------- steps, objects

ok 'the step may be a tensor' prints '700 700' \
    "for f in step legacy-step; do ckpt-ls $F/\$f.pt | awk 'NR == 2 { print \$1 }'; done | paste -sd ' '"
ok 'or a number of NumPy' prints 3 "ckpt-ls $F/composer.pt | awk 'NR == 2 { print \$1 }'"
ok 'numbers of NumPy and of attributes are keys' prints 'torch.half 1.5
torch.long -3
torch.ema.decay 0.5
torch.args.lr 0.1' "for f in arrays objects; do ckpt-ls -m $F/\$f.pt; done |
    awk '/half|long|decay|lr/ { print \$2, \$3 }'"

# ----------------------------------------------------------------- order

for f in layers text-order pickle-last legacy-layers; do
	ok "$f: the last layer is that of the network" prints fc11.weight \
	    "ckpt-ls $F/$f.pt | sed -n '\$p' | cut -f 2"
done
ok 'a folder as a first member does not hide a checkpoint' prints 'pytorch' \
    "ckpt-ls $F/text-order.pt >/dev/null && echo pytorch"
done_testing
