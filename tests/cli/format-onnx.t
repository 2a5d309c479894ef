# format-onnx.t - ONNX: reading, errors
. tests/lib.sh
F=tests/files/onnx

same() {
	ckpt-ls --hash "$F/$1.onnx" | cut -f 2-4,6 | sed 1d | sort >"$T/got"
	awk -F"\t" -v OFS="\t" -v f="$1" '$1 == f { print $2, $3, $4, $5 }' $F/good.tsv |
	    sort | diff - "$T/got"
}
for f in typed raw external shapes dims-packed name-last values-one-by-one unknown-fields meta-same \
    meta-many; do
	ok "$f: the values of the onnx package" same $f
done
ok 'through a pipe' alike "ckpt-ls --hash $F/raw.onnx" "cat $F/raw.onnx | ckpt-ls --hash" \
    "cat $F/raw.onnx | ckpt-cat | ckpt-ls --hash"
ok 'metadata of any number is copied' alike "ckpt-ls -m $F/meta-many.onnx" \
    "ckpt-cat $F/meta-many.onnx | ckpt-ls -m | grep -v via"
ok 'metadata keys' prints '0 onnx.producer_name test
0 onnx.producer_version 1
0 onnx.author someone' "ckpt-ls -m $F/raw.onnx | grep -v 'ir_version' | sed 1d | tr '\t' ' '"
ok 'tensors of strings are listed' prints 'words STRING
scalar F32' "ckpt-ls $F/words.onnx | cut -f 2,3 | sed 1d | tr '\t' ' '"
ok 'tensors of strings are not converted' exits 1 "ckpt-cat $F/words.onnx" 'words: dtype STRING cannot be read'
ok 'external data needs a file name' exits 1 "cat $F/external.onnx | ckpt-verify" \
    'x: its values are in "weights.bin", but the folder is unknown'

cp $F/*away* $F/weights.bin "$T"
ln -s weights.bin "$T/link.bin"
mkfifo "$T/pipe.bin"
refused() {
	exits 1 "timeout 10 ckpt-verify $1" "${1##*/}: .*$2"
}
while read -r file why; do
	case $file in
	away-*) ok "refused: $file" refused "$T/bad-$file.onnx" "$why" ;;
	*) ok "refused: $file" refused "$F/bad-$file.onnx" "$why" ;;
	esac
done <<'E2'
away-above "../onnx/weights.bin", wanted the name of a file
away-dots "..", wanted the name of a file
away-huge wanted 24 bytes at byte 18446744073709551615 of weights.bin, which has 56
away-huger wanted a number as offset, got "99999999999999999999"
away-length wanted 24 bytes of values, got 20
away-link link.bin: Too many levels of symbolic links
away-missing not-there.bin: No such file
away-negative wanted a number as offset, got "-24"
away-none "", wanted the name of a file
away-past wanted 24 bytes at byte 40 of weights.bin, which has 56
away-pipe pipe.bin is not a regular file
away-root "/etc/passwd", wanted the name of a file
cut cut short
cut-head cut short
dims-cut a dimension cut short
dims-negative a negative dimension
dims-wrap dimensions overflow
field-0 a bad field number
floats-short wanted 6 values
graph-huge cut short
graph-wraps field 7 exceeds its message
kind-3 field 1 of unknown wire type 3
kind-7 field 1 of unknown wire type 7
long wanted 24 bytes of values, got 25
name-control control character
name-empty a name of 0 bytes
name-long a name of 5000 bytes
name-nul NUL in a string
name-out field 8 exceeds its message
name-twice w twice
no-graph a model without a graph
no-values no values of type F32
number-long a varint of more than ten bytes
numbers-cut wanted 3 values
numbers-long wanted 3 values
numbers-short wanted 3 values
other-values no values of type F32
rank more than 32 dimensions
segment a tensor in segments
short wanted 24 bytes of values, got 23
tensor-out field 5 exceeds its message
two-graphs two graphs
two-values values in two fields
type unknown data type 99
type-none unknown data type 0
values-then-shape field 1 after its values
E2
truncated() {
	for at in $(seq 0 7 $(($(wc -c <$F/shapes.onnx) - 1))); do
		head -c "$at" $F/shapes.onnx >"$T/cut.onnx"
		exits 1 "ckpt-verify $T/cut.onnx" || { echo "cut at $at"; return 1; }
	done
}
ok 'truncated files are refused' truncated
done_testing
