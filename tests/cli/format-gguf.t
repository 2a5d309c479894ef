# format-gguf.t - GGUF: reading, errors
. tests/lib.sh
F=tests/files/gguf

tensors() {
	ckpt-ls --hash "$@" | cut -f 2- | sed 1d | sort
}
same() {
	tensors "$F/$1.gguf" >"$T/got" && tensors "$F/$1.safetensors" | diff - "$T/got"
}
ok 'every type has the values of the gguf package' same types
ok 'ternary and 4-bit types with tables, too' same nonlinear
ok 'the same through a pipe' alike "ckpt-ls --hash $F/types.gguf" "ckpt-ls --hash <$F/types.gguf" \
    "cat $F/types.gguf | ckpt-cat | ckpt-ls --hash"
ok 'metadata keys' prints 'general.architecture test
general.name all types
test.count 7
test.negative -3
test.single 0.100000001
test.yes true' "ckpt-ls -m $F/types.gguf | sed 1d | cut -f 2- | tr '\t' ' '"
for f in version-2 aligned-64 scalar empty nested; do
	ok "$f" ckpt-verify $F/$f.gguf
done
ok 'dimensions are listed with the fastest last' prints '2x3' "ckpt-ls $F/version-2.gguf | sed 1d | cut -f 4"
ok 'a type that cannot be dequantized is listed' prints 'Q1_0 18' \
    "ckpt-ls $F/other-type.gguf | sed 1d | cut -f 3,5 | tr '\t' ' '"

ok 'unknown types are listed by number' prints 'a F32 2x3 24
q GGML_TYPE_99 7 0
b F32 2x3 24
z GGML_TYPE_1000 2 0' "ckpt-ls $F/unknown-type.gguf | sed 1d | cut -f 2- | tr '\t' ' '"
ok 'unknown types do not refuse the others' alike "ckpt-ls --hash -t a -t b $F/unknown-type.gguf" \
    "ckpt-cat -t '![qz]' $F/unknown-type.gguf | ckpt-ls --hash" \
    "cat $F/unknown-type.gguf | ckpt-cat -t a -t b | ckpt-ls --hash"
ok 'what is not selected may have any size' prints 'a' "ckpt-cat -t a $F/odd-row.gguf | ckpt-ls | sed 1d | cut -f 2"
ok 'a text of 80 KB is not changed' prints '72000' "ckpt-cat $F/long-text.gguf.gz | ckpt-ls -m |
    awk -F'\t' '\$2 == \"tokenizer.huggingface.json\" { gsub(/\\\\n/, \"\"); print length(\$3) }'"
ok 'a text with a NUL is named' exits 1 "ckpt-verify $F/value-nul.gguf" 'left out: a.b .metadata with a NUL'
ok 'shards in a folder' prints 'w v' "ckpt-ls $F/split | sed 1d | cut -f 2 | paste -sd ' '"
ok 'a shard without the others says so' exits 1 "ckpt-ls $F/split/m-00001-of-00003.gguf" '1 of 3 shards'
ok 'two of three shards, too' exits 1 "ckpt-ls $F/split/m-0000[12]*" '2 of 3 shards, without .*-00003-.*: give all of them'
ok 'all shards by name' exits 0 "ckpt-verify $F/split && ckpt-ls $F/split/*"

refused() {
	exits 1 "timeout 10 ckpt-verify $F/bad-$1.gguf" "bad-$1.gguf: .*$2"
}
while read -r file why; do
	ok "refused: $file" refused "$file" "$why"
done <<'E2'
alignment-0 wanted a power of 2
alignment-huge wanted a power of 2
alignment-odd wanted a power of 2
alignment-type wanted a power of 2
array-deep arrays more than 4 deep
array-huge array of 2305843009213693952 numbers
array-type unknown type 99
array-wraps array of 4611686018427387905 numbers
big-endian big-endian
cut-data cut short .* wanted 24 bytes, got 23
cut-head cut short in the header
dims-pad dimensions overflow
dims-wrap dimensions overflow
dims-wrap-0 too large
key-long a key of 1099511627776 bytes
key-nul NUL in a key
key-twice key general.name twice
keys-huge a key of
magic not a checkpoint
name-control control character
name-empty a name of 0 bytes
name-nul NUL in the name of a tensor
name-twice w twice
offset at byte 4096 of the data, wanted 0
overlap at byte 0 of the data, wanted 32
rank 5 dimensions
row blocks of 32
sizes-wrap cut short: wanted 36028797018963968 bytes
tensors-huge wanted
text-long cut short in a.b
type w: dtype GGML_TYPE_99 cannot be read
type-removed w: dtype GGML_TYPE_4 cannot be read
type-unreadable dtype Q1_0 cannot be read
value-latin1 left out: a.b .metadata that is not UTF-8
value-type unknown type 13
version-1 version 1
version-4 version 4
E2
truncated() {
	for at in $(seq 0 23 $(($(wc -c <$F/types.gguf) - 33))); do
		head -c "$at" $F/types.gguf >"$T/cut.gguf"
		exits 1 "ckpt-verify $T/cut.gguf" || { echo "cut at $at"; return 1; }
	done
}
ok 'truncated files are refused' truncated

# ---------------------------------------------------------------- writing

# The gguf package read the written-*.gguf as written.tsv says.
written() {
	sh -c "$2" >"$T/written.gguf" && cmp "$T/written.gguf" "$F/written-$1.gguf" || return 1
	awk -F'\t' -v OFS='\t' -v f="written-$1.gguf" '$1 == f && NF == 5 { print $2, $3, $4, $5 }' \
	    $F/written.tsv >"$T/want"
	[ -s "$T/want" ] && ckpt-ls --hash "$F/written-$1.gguf" | sed 1d | cut -f2-4,6 | diff "$T/want" -
}
ok 'written: types and metadata' written types "ckpt-cat -t '[fi]*' -F gguf $F/types.gguf"
ok 'written: ties are tensors' written ties 'ckpt-cat -s 5 -d BF16 -F gguf tests/files/v1/good-via.ckpt'
python=$(python_with gguf)
if [ "$python" ] && command -v xxhsum >/dev/null; then
	ok 'the gguf package reads them' sh -c \
	    "$python tests/reference/gguf-reference.py $F/written-*.gguf | diff - $F/written.tsv"
else
	skip 'the gguf package reads them' 'no python3 with gguf, or no xxhsum'
fi
S=tests/files/safetensors/good
for f in $S/multi-layer $S/valid-empty-and-scalar $S/valid-no-tensors; do
	ok "written: round trip of ${f##*/}, also through a pipe" alike "ckpt-ls --hash $f.safetensors" \
	    "ckpt-cat -o $T/a.gguf $f.safetensors && ckpt-verify $T/a.gguf && ckpt-ls --hash $T/a.gguf" \
	    "ckpt-cat -F GGUF <$f.safetensors | cat | ckpt-ls --hash"
done
ok 'step and keys are kept' alike \
    "ckpt-ls -m $F/types.gguf" "ckpt-cat $F/types.gguf | ckpt-cat -F gguf | ckpt-ls -m"
ok 'the step is kept' prints 5 \
    "ckpt-cat -s 5 -F gguf tests/files/v1/good-via.ckpt | ckpt-ls | sed 1d | cut -f1 | uniq"
header='{"__metadata__":{"a.low":"-5000000000","a.high":"18446744073709551615","a.real":"0.1","a.large":"1e+300","a.text":"07"}}'
printf "\\$(printf %o ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" >"$T/numbers.safetensors"
ok 'numbers that need 64 bits' alike "ckpt-ls -m $T/numbers.safetensors" \
    "ckpt-cat -F gguf $T/numbers.safetensors | ckpt-ls -m"
ok 'a dtype that GGUF lacks is refused' exits 1 \
    "ckpt-cat -o $T/b.gguf tests/files/v1/good-dtypes.ckpt" "F8_E4M3: GGUF has no type F8_E4M3: cast it with --dtype, or leave it out with -t '!F8_E4M3'"
ok 'a long name is refused' exits 1 \
    "ckpt-cat --rename conv1=$(printf '%060d' 0) -o $T/b.gguf tests/files/spec/mnist-cnn-part.safetensors" \
    'a name of 67 bytes, GGUF has at most 63: see --rename'
ok 'a refused tensor leaves no file' test ! -e "$T/b.gguf"
ok 'a full disk is an error' exits 1 "ckpt-cat -F gguf $S/multi-layer.safetensors >/dev/full" 'No space left'
done_testing
