# format-gguf.t - GGUF: reading, errors
. tests/lib.sh
F=tests/files/gguf

tensors() {
	ckpt-ls --hash "$@" | cut -f 2- | sed 1d | sort
}
same() {
	tensors $F/types.gguf >"$T/got" && tensors $F/types.safetensors | diff - "$T/got"
}
ok 'every type has the values of the gguf package' same
ok 'the same through a pipe' alike "ckpt-ls --hash $F/types.gguf" "ckpt-ls --hash <$F/types.gguf" \
    "cat $F/types.gguf | ckpt-cat | ckpt-ls --hash"
ok 'metadata keys' prints 'general.architecture test
general.name all types
test.count 7
test.negative -3
test.single 0.100000001
test.yes 1' "ckpt-ls -m $F/types.gguf | sed 1d | cut -f 2- | tr '\t' ' '"
for f in version-2 aligned-64 scalar empty nested; do
	ok "$f" ckpt-verify $F/$f.gguf
done
ok 'dimensions are listed with the fastest last' prints '2x3' "ckpt-ls $F/version-2.gguf | sed 1d | cut -f 4"
ok 'a type that cannot be dequantized is listed' prints 'IQ4_NL 18' \
    "ckpt-ls $F/other-type.gguf | sed 1d | cut -f 3,5 | tr '\t' ' '"

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
text-long of 18446744073709551615 bytes
type unknown tensor type 99
type-removed unknown tensor type 4
type-unreadable dtype IQ4_NL cannot be read
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
done_testing
