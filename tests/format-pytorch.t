# PyTorch checkpoints: zip, the legacy stream and tar; reading and refusing
. tests/lib.sh
F=tests/files/torch
export F

# tensors FILE: as torch-reference.py prints them, ties as the tensors they are.
cat >"$T/tensors" <<'E2'
{
	ckpt-ls --hash "$1" && ckpt-ls -m "$1"
} | awk -F'\t' -v OFS='\t' -v file="${1##*/}" '
	$2 == "tie" { split($3, p, " "); print file, p[1], rest[p[2]]; next }
	$1 != "step" && NF == 6 { rest[$2] = $3 OFS $4 OFS $6; print file, $2, rest[$2] }' |
    sort
E2
tensors="sh $T/tensors"

as_expected() {
	awk -F'\t' -v f="${1##*/}" '$1 == f' $F/good.tsv >"$T/want"
	[ -s "$T/want" ] && $tensors "$1" | diff "$T/want" -
}

while read -r f; do
	ok "$f: tensors are PyTorch's, from a file" as_expected "$F/good/$f"
done <<E2
$(ls $F/good)
E2

# --------------------------------------------------------------- refusing

# refused FILE PATTERN: from a file and from a pipe, quickly and in little
# memory. What a file's length gives away shows later in a pipe.
refused() {
	limit='ulimit -t 10; ulimit -v 2000000;'
	[ -z "${SANITIZE-}" ] || limit='ulimit -t 20;'
	exits 1 "$limit ckpt-cat $F/bad/$1.pt >/dev/null" "$2" &&
	    exits 1 "$limit cat $F/bad/$1.pt | ckpt-cat >/dev/null" "${3-$2}"
}

# Pickles that lie, in either container.
while read -r name pattern; do
	ok "$name: ${pattern%%|*}" refused "legacy-$name" "$pattern"
	ok "$name, zip: ${pattern%%|*}" refused "$name" "$pattern"
done <<'E2'
append-to-dict byte [0-9]*: items set in what is no list
build-of-text BUILD of what has no state
calls-of-calls w: a parameter of a parameter
conjugated w: its conj bit is set, which is not read
cycle a: contains itself
cycle-list a.0: contains itself
deep more than 1000 containers deep
few-arguments w: a tensor with too few arguments
frame-past-end STOP inside a frame
id-not-tuple a persistent id that is no storage
imports no tensors, unless stranger.module makes them
long-cut cut short in
long-negative a string of 4294967295 bytes
mark-missing no mark on the stack
mark-popped nothing on the stack
memo-bomb entries that are shared too often
memo-empty memo has no 7
memo-index-huge opcode 0x30 \(POP\) is not read
name-control control character in a name
name-long a name of more than 1024 bytes
name-not-utf8 name is not UTF-8
name-nul NUL in the name of an entry
name-too-long nnnn...: a name of more than 1023 bytes
names-collide a.b twice
offset-negative w: wanted an offset, a size and as many strides
offset-outside w: reaches outside its storage 0 of 24 bytes
opcode-ext opcode 0x82 \(EXT1\) is not read
opcode-get opcode 0x67 \(GET\) is not read
opcode-inst opcode 0x69 \(INST\) is not read
opcode-obj opcode 0x6f \(OBJ\) is not read
opcode-unknown opcode 0xff \(unknown\) is not read
parameter-of-text w: a parameter of what is no tensor
protocol-9 not a pickle of protocol 2 to 5
quantised w: a tensor made by torch._utils._rebuild_qtensor
rank-40 w: 40 dimensions, at most 32 are read
reduce-no-tuple arguments that are no tuple
reduce-of-text a call of what cannot be called
runs-code would run code where it is loaded: os.system
runs-code-4 would run code where it is loaded: posix.system
set-in-list items set in what is no dictionary
set-in-number items set in what is no dictionary
set-in-tensor w: items set in a tensor
setitems-odd SETITEMS of an odd number of objects
size-negative w: wanted an offset, a size
size-overflow w: the shape's product is too large
size-text w: wanted an offset, a size
size-wraps-to-zero w: the shape's product is too large
sparse w: torch._utils._rebuild_sparse_tensor is not read
stack-empty nothing on the stack
stack-left 1 objects left on the stack
storage-alone w: a storage without a tensor
storage-huge storage 0: 4611686018427387904 elements are too many
storage-key a storage without a class, a key in digits
storage-negative a storage without a class, a key in digits and a count
storage-two-sizes storage 0: 24 bytes, then 28
stride-missing w: wanted an offset, a size and as many strides
stride-negative w: wanted an offset, a size
stride-outside w: reaches outside its storage 0 of 24 bytes
stride-wraps w: wanted an offset, a size
tensor-of-stranger w: a tensor made by stranger.tensor, which is not read
text-cut cut short in
text-huge a string of 18446744073709551615 bytes
unknown-storage storage 0: unknown class torch.FooStorage
view-outside storage 0: a view of it reaches outside
E2

while read -r name pattern; do
	ok "$name: ${pattern%%|*}" refused "$name" "$pattern"
done <<'E2'
legacy-count-huge storage 0: 1152921504606846976 elements, wanted 6
legacy-count-more storage 0: 7 elements, wanted 6
legacy-count-negative storage 0: 18446744073709551610 elements, wanted 6
legacy-cut-magic magic number: cut short at byte 14
legacy-cut-storage cut short in w: wanted 24 bytes, got 19
legacy-cut-tree checkpoint: cut short at byte 121
legacy-keys-invented a storage 1 that the checkpoint does not name
legacy-keys-omitted w: its storage 0 is not there
legacy-keys-text list of storages: wanted a list
legacy-keys-twice storage 0 twice
legacy-trailing bytes after the last storage
legacy-version version 1002 of PyTorch's stream, wanted 1001
E2

# A cut at any byte is a cut: never fine, never other tensors.
cuts() {
	size=$(wc -c <"$1")
	for i in $(seq 1 $(((size - 1) / ${2:-40}))); do
		head -c $((i * ${2:-40})) "$1" >"$T/cut"
		exits 1 "ckpt-cat $T/cut >/dev/null" 'cut short|not a checkpoint' ||
		    { echo "at byte $((i * ${2:-40}))"; return 1; }
	done
}
ok 'a legacy stream, cut in many places' cuts $F/good/legacy-shared.pt

# -------------------------------------------------- the published ones

# same_as_torch FILE...: the same tensors, bit for bit, as PyTorch reads.
torch=$(python_with torch)
same_as_torch() {
	for f; do
		"$torch" tests/torch-reference.py "$f" >"$T/want" || return 1
		$tensors "$f" | diff "$T/want" - || { echo "$f"; return 1; }
	done
}

data=${DATA:-../shared/data}
if [ -n "$torch" ] && [ -d "$data/ckpt-pytorch-zip" ]; then
	for f in "$data"/ckpt-pytorch-*/*.p* "$data"/ckpt-pytorch-*/*.th \
	    "$data"/ckpt-pytorch-*/fixtures/*; do
		ok "${f##*/}: as PyTorch reads it" same_as_torch "$f"
	done
else
	skip 'published checkpoints' 'needs torch and DATA'
fi
done_testing
