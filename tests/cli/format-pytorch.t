# format-pytorch.t - PyTorch zip, legacy, tar, distributed: reading, errors
. tests/lib.sh
F=tests/files/torch
export F

# tensors FILE [NAME]: lists them as torch-reference.py does, ties as tensors.
cat >"$T/tensors" <<'E2'
ckpt-ls --hash "$1" | awk -F'\t' -v OFS='\t' -v file="${2-${1##*/}}" '
	{ dtype[$2] = $3 ~ /^=/ ? dtype[substr($3, 2)] : $3 }
	$1 != "step" { print file, $2, dtype[$2], $4, $6 }' | sort
E2
tensors="sh $T/tensors"

# as_expected FILE [NAME]
as_expected() {
	awk -F'\t' -v f="${2-${1##*/}}" '$1 == f' $F/good.tsv >"$T/want"
	[ -s "$T/want" ] && $tensors "$@" | diff "$T/want" -
}

for f in $F/good/*; do
	ok "${f##*/}: the tensors of PyTorch" as_expected "$f"
	ok "${f##*/}: the same from a pipe" alike "ckpt-ls --hash $f" "cat $f | ckpt-ls --hash"
done

for f in $F/folder/*; do
	ok "${f##*/}: a distributed checkpoint" as_expected "$f/.metadata" "${f##*/}.pt"
done
ok 'a distributed checkpoint is opened by its .metadata' alike "ckpt-ls --hash $F/folder/whole/.metadata" \
    "cd $F/folder/whole && ckpt-ls --hash .metadata"

ok 'the step comes from the checkpoint' prints 1056 \
    "ckpt-ls $F/good/lightning.pt | awk 'NR == 2 { print \$1 }'"
ok 'numbers and strings become keys, omissions are reported' prints \
    'torch.epoch 3
torch.global_step 1056
torch.pytorch-lightning_version 1.9.0
torch.hyper_parameters.lr 0.001
torch.hyper_parameters.width 3
torch.left_out loops, callbacks, optimizer_states, lr_schedulers' \
    "ckpt-ls -m $F/good/lightning.pt | awk -F'\t' 'NR > 1 { print \$2, \$3 }'"
ok 'a list becomes one key' prints '[0.9,0.999]
["cat","a \\"dog\\""]' \
    "ckpt-ls -m $F/good/nested.pt | awk -F'\t' '/betas|classes/ { print \$3 }'"
ok 'tied names survive conversion to a native stream' prints 'head embed
view embed' \
    "ckpt-cat $F/good/shared.pt | ckpt-ls -m | awk -F'\t' '\$2 == \"tie\" { print \$3 }'"
ok 'unselected storages are skipped' alike \
    "ckpt-cat -t bfloat16 $F/good/dtypes.pt" "ckpt-cat -t bfloat16 - <$F/good/dtypes.pt"

# --------------------------------------------------------------- refusing

# refused FILE PATTERN: from a file and from a pipe, with limits of time and
# memory. A pipe has no length that would show an error earlier.
refused() {
	limit="ulimit -t 20; $(memory_limit 2000000);"
	exits 1 "$limit ckpt-cat $F/bad/$1.pt >/dev/null" "$2" &&
	    exits 1 "$limit cat $F/bad/$1.pt | ckpt-cat >/dev/null" "${3-$2}"
}

# Invalid pickles, in both containers.
while read -r name pattern; do
	ok "$name: ${pattern%%|*}" refused "legacy-$name" "$pattern"
	ok "$name, zip: ${pattern%%|*}" refused "$name" "$pattern"
done <<'E2'
append-to-dict byte [0-9]*: items set in what is not a list
build-of-text BUILD of what has no attributes
calls-of-calls w: parameters nested too deeply
conjugated w: dtype conj cannot be read
cycle a: contains itself
cycle-list a.0: contains itself
deep more than 1000 containers deep
expand-huge w: 4398046511104 bytes, limit
few-arguments w: a tensor with too few arguments
frame-past-end STOP inside a frame
id-not-tuple a persistent id that is not a storage
imports no tensors, unless stranger.module makes them
long-cut cut short in
long-negative a string of 4294967295 bytes
mark-missing no mark on the stack
mark-popped the stack is empty
memo-bomb entries that are shared too often
memo-empty memo has no 7
memo-index-huge opcode 0x30 \(POP\) is not supported
name-control control character in a name
name-long a name of more than 1024 bytes
name-not-utf8 name is not UTF-8
name-nul NUL in the name of an entry
name-too-long nnnn...: a name of more than 1023 bytes
names-collide a.b twice
offset-negative w: wanted an offset, a size and as many strides
offset-outside w: reaches outside its storage 0 of 24 bytes
opcode-ext opcode 0x82 \(EXT1\) is not supported
opcode-get opcode 0x67 \(GET\) is not supported
opcode-inst opcode 0x69 \(INST\) is not supported
opcode-obj opcode 0x6f \(OBJ\) is not supported
opcode-unknown opcode 0xff \(unknown\) is not supported
parameter-of-text w: a parameter of what is not a tensor
protocol-9 not a pickle of protocol 2 to 5
quantized (bytes after the last storage|storage 0: 24 bytes, wanted 6|w: dtype qint8 cannot be read)
rank-40 w: 40 dimensions, at most 32 are supported
reduce-no-tuple arguments that are not a tuple
reduce-of-text a call of what is not callable
runs-code would run code when unpickled: os.system
runs-code-4 would run code when unpickled: posix.system
set-in-list items set in what is not a dictionary
set-in-number items set in what is not a dictionary
set-in-tensor w: items set in a tensor
setitems-odd SETITEMS of an odd number of objects
size-negative w: wanted an offset, a size
size-overflow w: dimensions overflow
size-text w: wanted an offset, a size
size-wraps-to-zero w: dimensions overflow
sparse w: dtype sparse cannot be read
stack-empty the stack is empty
stack-left 1 objects left on the stack
storage-huge storage 0: 4611686018427387904 elements are too many
storage-key a storage without a class, a key in digits
storage-negative a storage without a class, a key in digits and a count
storage-two-sizes storage 0: 24 bytes, then 28
stride-missing w: wanted an offset, a size and as many strides
stride-negative w: wanted an offset, a size
stride-outside w: reaches outside its storage 0 of 24 bytes
stride-wraps w: wanted an offset, a size
tensor-of-stranger w: dtype stranger.tensor cannot be read
text-cut cut short in
text-huge a string of 18446744073709551615 bytes
unknown-storage storage 0: unknown class torch.FooStorage|w: dtype FooStorage cannot be read
view-outside storage 0: a view of it reaches outside
E2

while read -r name pattern; do
	ok "$name: ${pattern%%|*}" refused "$name" "$pattern"
done <<'E2'
legacy-count-huge storage 0: 1152921504606846976 elements, wanted 6
legacy-count-more storage 0: 7 elements, wanted 6
legacy-count-negative storage 0: 18446744073709551610 elements, wanted 6
legacy-cut-magic magic number: cut short at byte 14
legacy-cut-storage cut short in (storage 0|w: wanted 24 bytes, got 19)
legacy-cut-tree checkpoint: cut short at byte 121
legacy-keys-invented a storage 1 that the checkpoint does not refer to
legacy-keys-omitted w: its storage 0 is missing
legacy-keys-text list of storages: wanted a list
legacy-keys-twice storage 0 twice
legacy-trailing bytes after the last storage
tar-count tensors: cut short at byte 87
tar-count-negative tensors: wanted a count
tar-cut tensors: Truncated
tar-device storages: not a regular file
tar-hard-link storages: not a regular file
tar-id-none pickle: tensor "" is missing
tar-id-storage pickle: tensor "" is missing
tar-link storages: not a regular file
tar-no-storages cut short: no member storages
tar-number-missing pickle: tensor "1" is missing
tar-number-twice tensors: number 1 twice
tar-order a member storages, wanted tensors
tar-outside storage 10: 24 bytes of torch.FloatStorage, wanted 28 of F32
tar-rank tensors: 1073741824 dimensions, at most 32 are supported
tar-size-negative w: wanted an offset, a size
tar-storage-count storage 10: 4611686018427387904 elements
tar-storage-cut cut short in storages
tar-storage-other w: its storage 10 is missing
tar-storage-twice storage 10 twice
tar-storage-type 24 bytes of torch.IntStorage, wanted 24 of F32
tar-stride-wraps w: reaches outside its storage 10
tar-twice two members pickle
zip-bit-flip a/data/0: ZIP bad CRC
zip-bomb storage 0: 1048576 bytes, wanted 24
zip-comment zip: bytes after the end record, or a comment cut short
zip-count-64 zip: no zip64 end record
zip-count-less zip: more entries than the directory counts
zip-count-more zip: more entries than the directory can hold
zip-directory-outside zip: the directory does not precede the end record
zip-disks zip: spans several disks
zip-method-other zip: a/data/0: local header and central directory disagree
zip-method-unknown zip: a/data/0: neither stored nor deflated
zip-name-nul zip: a member without a name, or NUL in it
zip-offset zip: a/data/0: no local header at its offset
zip-offset-outside zip: a/data/0: not before the central directory
zip-offset-wide zip: a/data/0: a zip64 number is missing
zip-overlap zip: members overlap
zip-size-other zip: a/data/0: local header and central directory disagree
zip-size-wide zip: a/data/0: a zip64 number is missing
zip-stored-two-sizes zip: a/data/0: an impossible size
zip-sum-other zip: a/data/0: local header and central directory disagree
zip-trailing zip: bytes after the end record, or a comment cut short
zip-cut cut short: a zip without its central directory
zip-cut-middle cut short: a zip without its central directory
zip-declares-huge zip: a/data/0: not before the central directory
zip-declares-more zip: a/data/0: not before the central directory
zip-encrypted a/data.pkl: encrypted
zip-local-name zip: a/data/0: another name in its local header
zip-no-pickle a zip without data.pkl
zip-order-middle byteorder: wanted "little" or "big"
zip-pickle-no-stop data.pkl: cut short at byte 115
zip-pickle-tail data.pkl: bytes after the pickle
zip-pickle-twice two members a/data.pkl
zip-storage-elsewhere w: its storage 0 is missing
zip-storage-long storage 0: 28 bytes, wanted 24
zip-storage-missing w: its storage 0 is missing
zip-storage-short storage 0: 20 bytes, wanted 24
zip-storage-twice two members a/data/0
zip-two-pickles two pickles: a/data.pkl and b/data.pkl
legacy-version version 1002 of PyTorch's stream format, wanted 1001
E2

# Distributed checkpoints: files of chunks.
mkdir "$T/folder"
folder() {
	cp $F/folder/whole/.metadata $F/folder/whole/*.distcp "$T/folder"
	sh -c "$2"
	exits 1 "ckpt-cat $T/folder/.metadata >/dev/null" "$1"
}
D=$T/folder
export D
ok 'distributed: a missing file' folder '__0_0.distcp: No such file' 'rm $D/__0_0.distcp'
ok 'distributed: a truncated file' folder 'cut short: wanted .* of __0_0.distcp' \
    'head -c 4200 $D/__0_0.distcp >$D/x; mv $D/x $D/__0_0.distcp'
ok 'distributed: a path to another directory' folder '../00.distcp", wanted the path of a file' \
    'perl -pe "s:__0_0:../00:g" <$D/.metadata >$D/x; mv $D/x $D/.metadata'
ok 'distributed: a symbolic link' folder '__0_0.distcp: Too many levels' \
    'mv $D/__0_0.distcp $D/x; ln -s x $D/__0_0.distcp'
rm -f "$D/__0_0.distcp"

# edited FROM TO ERROR: replaces bytes in the pickle of the sharded checkpoint.
edited() {
	cp $F/folder/sharded/.metadata $F/folder/sharded/*.distcp "$D"
	perl -pi -e "s/$1/$2/g" "$D/.metadata"
	exits 1 "ckpt-cat $D/.metadata >/dev/null" "$3"
}
ok 'distributed: a chunk of another rank' edited 'K\x03\x85' 'K\x02\x85' 'both: wrong shape of its chunk'
ok 'distributed: overlapping chunks' edited 'K\x03K\x00\x86' 'K\x02K\x00\x86' 'rows: chunks overlap'
ok 'distributed: chunks with a gap' edited 'K\x02K\x03\x86' 'K\x01K\x03\x86' 'rows: its chunks have 12 elements, wanted 15'
ok 'distributed: a chunk out of bounds' edited 'K\x05K\x03\x86' 'K\x04K\x03\x86' 'rows: a chunk outside the tensor'
ok 'distributed: a storage location without a name' edited 'fqn' 'fqm' 'a chunk without a name'
ok 'distributed: chunks of different dtypes' edited 'float32' 'float16' 'rows: wrong dtype of its chunk in .*: F32, wanted F16'
ok 'distributed: not from a pipe' exits 1 "cat $F/folder/whole/.metadata | ckpt-ls" \
    'can only be read from its folder'

# A truncated file is always reported as truncated.
truncated() {
	size=$(wc -c <"$1")
	for i in $(seq 1 $(((size - 1) / ${2:-40}))); do
		head -c $((i * ${2:-40})) "$1" >"$T/cut"
		exits 1 "ckpt-cat $T/cut >/dev/null" 'cut short|not a checkpoint' ||
		    { echo "at byte $((i * ${2:-40}))"; return 1; }
	done
}
ok 'a truncated legacy stream is refused' truncated $F/good/legacy-shared.pt 11
ok 'a truncated zip is refused' truncated $F/good/shared.pt 31

# every_bad: each file in bad/ is in a table above.
every_bad() {
	for f in $F/bad/*; do
		name=${f##*/}
		name=${name%.pt}
		grep -qE "^${name#legacy-} |^$name " tests/cli/format-pytorch.t || {
			echo "$name is not tested"
			return 1
		}
	done
}
ok 'every file in bad/ is tested' every_bad

# ---------------------------------------------------------------- writing

# PyTorch read the files in written/ as written.tsv says, and in this order.
written() {
	ckpt-cat -F pytorch -s "$2" "tests/files/v1/$1" >"$T/written.pt" &&
	    cmp "$T/written.pt" "$F/written/$3" || return 1
	awk -F'\t' -v f="$3" '$1 == f' $F/written.tsv >"$T/want"
	[ -s "$T/want" ] && $tensors "$F/written/$3" | diff "$T/want" -
}
ok 'written: all dtypes' written good-dtypes.ckpt 100 dtypes.pt
ok 'written: ties share a storage' written good-via.ckpt 5 ties.pt
torch=$(python_with torch)
if [ -n "$torch" ]; then
	ok 'torch.load reads them, without other classes than tensors' "$torch" - <<'E2'
import torch
d = torch.load('tests/files/torch/written/ties.pt', weights_only=True)
assert list(d) == ['w', 'decoder', 'head']
assert d['w'].data_ptr() == d['head'].data_ptr() == d['decoder'].data_ptr()
E2
else
	skip 'torch.load reads them, without other classes than tensors' 'no torch'
fi
S=tests/files/safetensors/good
for f in multi-layer valid-empty-and-scalar valid-no-tensors; do
	ok "written: round trip of $f, also through a pipe" alike "ckpt-ls --hash $S/$f.safetensors" \
	    "ckpt-cat -o $T/a.pt $S/$f.safetensors && ckpt-verify $T/a.pt && ckpt-ls --hash $T/a.pt" \
	    "ckpt-cat -F torch $S/$f.safetensors | ckpt-ls --hash"
done
ok 'equal tensors make equal files' alike "ckpt-cat -F pt $S/multi-layer.safetensors" \
    "TZ=Asia/Tokyo ckpt-cat -j3 -F PyTorch <$S/multi-layer.safetensors"
storages_aligned() {
	ckpt-cat -o "$T/aligned.pt" $S/multi-layer.safetensors || return 1
	# the first number after each local header, from the lengths in the directory
	LC_ALL=C perl -e '
		local $/;
		my $zip = <STDIN>;
		my $n = 0;
		while ($zip =~ /PK\x03\x04.{22}(..)(..)archive/sg) {
			my $at = $-[0] + 30 + unpack("v", $1) + unpack("v", $2);
			die "at $at" if $at % 64;
			$n++;
		}
		die "$n members" if $n != 12;' <"$T/aligned.pt"
}
ok 'storages are aligned to 64 bytes' storages_aligned
if command -v unzip >/dev/null; then
	ok 'unzip accepts the file written' unzip -tq $F/written/dtypes.pt
else
	skip 'unzip accepts the file written' 'no unzip'
fi
ok 'a file holds one checkpoint' exits 1 "ckpt-cat -o $T/b.pt tests/files/v1/good-frames.ckpt" 'holds one checkpoint'
ok 'a full disk is an error' exits 1 "ckpt-cat -F pytorch $S/multi-layer.safetensors >/dev/full" 'No space left'

# ------------------------------------------------ published checkpoints

# as_torch FILE: the tensors that PyTorch reads, bit for bit.
as_torch() {
	awk -F'\t' -v f="${1##*/}" '$1 == f' "$T/all" >"$T/want"
	[ -s "$T/want" ] && $tensors "$1" | diff "$T/want" -
}

data=${DATA:-examples/data}
set -- "$data"/ckpt-pytorch-*/*.p* "$data"/ckpt-pytorch-*/*.th \
    "$data"/ckpt-pytorch-*/fixtures/*
if [ -n "$torch" ] && [ -f "$1" ]; then
	"$torch" tests/reference/torch-reference.py "$@" >"$T/all"
	for f; do
		ok "${f##*/}: the tensors of PyTorch" as_torch "$f"
	done
else
	skip 'published checkpoints' 'needs torch and DATA'
fi
done_testing
