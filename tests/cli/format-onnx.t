# format-onnx.t - ONNX: reading, errors
. tests/lib.sh
F=tests/files/onnx

same() {
	ckpt-ls --hash "$F/$1.onnx" | awk -F'\t' '$6 != ""' | cut -f 2-4,6 | sed 1d | sort >"$T/got"
	awk -F"\t" -v OFS="\t" -v f="$1" '$1 == f { print $2, $3, $4, $5 }' $F/good.tsv |
	    sort | diff - "$T/got"
}
for f in typed raw external shapes constants graphs paths/model dims-packed name-last values-one-by-one unknown-fields meta-same \
    meta-many; do
	ok "$f: the values of the onnx package" same $f
done
ok 'through a pipe' alike "ckpt-ls --hash $F/raw.onnx" "cat $F/raw.onnx | ckpt-ls --hash" \
    "cat $F/raw.onnx | ckpt-cat | ckpt-ls --hash"
ok 'metadata of any number is copied' alike "ckpt-ls -m $F/meta-many.onnx" \
    "ckpt-cat $F/meta-many.onnx | ckpt-ls -m | grep -v via"
for f in constants graphs; do
	ok "$f: through a pipe" alike "ckpt-ls $F/$f.onnx" "cat $F/$f.onnx | ckpt-ls"
done
ok 'what Constant nodes hold besides numbers is listed' prints 'text STRING 
texts STRING 2
sparse F32/sparse 2x3
pruned F32/sparse 2x3' "ckpt-ls $F/constants.onnx | sed 1d | cut -f 2-4 | grep -E '/|STR' | tr '\t' ' '"
ok 'tensors are in the order of the file: of nodes, then initializers' prints \
    'fc.weight fc.bias float zero floats int ints text texts sparse linear.coefficients linear.intercepts filled.value custom.tables.0 custom.tables.1 norm pruned' \
    "ckpt-ls $F/constants.onnx | sed 1d | cut -f 2 | paste -sd' '"
ok 'graphs of nodes that share a name, and of one without' prints \
    'if.else_branch.w if.then_branch.w if.else_branch_2.w if.then_branch_2.w d.else_branch.w d.then_branch.w' \
    "ckpt-ls -t '*h*.w' $F/graphs.onnx | sed 1d | cut -f 2 | head -n 6 | paste -sd' '"
ok 'a default of a function; graphs for training only with --all' prints 'w layer.alpha
w training.initialization.w training.algorithm.w layer.alpha' \
    "for all in '' --all; do ckpt-ls \$all $F/training.onnx | sed 1d | cut -f 2 | paste -sd' '; done"
ok 'types of later versions are listed' prints 'w F32 16
uint4 UINT4 2
int4 INT4 2
float4e2m1 FLOAT4E2M1 2
float8e8m0 F8_E8M0 4
uint2 UINT2 2
int2 INT2 2
float6e2m3 FLOAT6E2M3 2
float6e3m2 FLOAT6E3M2 2
later ONNX_TYPE_77 3' "ckpt-ls $F/new-types.onnx | sed 1d | cut -f 2,3,5 | tr '\t' ' '"
ok 'they do not refuse the others' alike "ckpt-ls --hash -t w $F/new-types.onnx" \
    "ckpt-cat -t w $F/new-types.onnx | ckpt-ls --hash" "cat $F/new-types.onnx | ckpt-cat -t w | ckpt-ls --hash"
ok 'what is not selected may even be damaged' exits 0 "ckpt-ls -t '!w' $F/bad-short.onnx"
ok 'metadata after the graph is named in a pipe' exits 1 "cat $F/raw.onnx | ckpt-verify" \
    'left out: metadata .after the graph, known only in a file'
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
mkdir "$T/linked"
cp $F/paths/model.onnx $F/paths/weights.bin "$T/linked"
ln -s "$PWD/$F/paths/data" "$T/linked/data"
ok 'a linked folder is not followed' exits 1 "ckpt-verify $T/linked/model.onnx" \
    'below: data//./weights.bin: (Not a directory|Too many levels)'
refused() {
	exits 1 "timeout 10 ckpt-verify $1" "${1##*/}: .*$2"
}
while read -r file why; do
	case $file in
	away-*) ok "refused: $file" refused "$T/bad-$file.onnx" "$why" ;;
	*) ok "refused: $file" refused "$F/bad-$file.onnx" "$why" ;;
	esac
done <<'E2'
away-above "../onnx/weights.bin", wanted the path of a file
away-folder "./", wanted the path of a file
away-around "data/../../weights.bin", wanted the path of a file
away-dots "..", wanted the path of a file
away-huge wanted 24 bytes at byte 18446744073709551615 of weights.bin, which has 56
away-huger wanted a number as offset, got "99999999999999999999"
away-length wanted 24 bytes of values, got 20
away-link link.bin: Too many levels of symbolic links
away-missing not-there.bin: No such file
away-negative wanted a number as offset, got "-24"
away-none "", wanted the path of a file
away-past wanted 24 bytes at byte 40 of weights.bin, which has 56
away-pipe pipe.bin is not a regular file
away-root "/etc/passwd", wanted the path of a file
cut cut short
cut-head cut short
deep graphs more than 33 deep
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
segment w: dtype F32/segment cannot be read
short wanted 24 bytes of values, got 23
tensor-out field 5 exceeds its message
two-graphs two graphs
two-values values in two fields
type w: dtype ONNX_TYPE_99 cannot be read
type-none w: dtype UNDEFINED cannot be read
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
