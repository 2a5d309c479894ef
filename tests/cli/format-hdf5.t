# format-hdf5.t - HDF5: reading, errors
. tests/lib.sh
F=tests/files/hdf5
if ckpt-ls $F/types.h5 2>&1 >/dev/null | grep -q 'built without libhdf5'; then
	ok 'refused in one line' exits 1 "ckpt-ls $F/types.h5" 'HDF5: built without libhdf5$'
	done_testing
	exit
fi

same() {
	ckpt-ls --hash "$F/$1.h5" | awk -F'\t' '$6 != "" && $3 !~ /^=/' | cut -f 2-4,6 | sed 1d | sort >"$T/got"
	awk -F"\t" -v OFS="\t" -v f="$1" '$1 == f { print $2, $3, $4, $5 }' $F/good.tsv |
	    sort | diff - "$T/got"
}
for f in types shapes links keras; do
	ok "$f: the values of h5py" same $f
done
gzip -c $F/types.h5 >"$T/types.h5.gz"
tar -cf "$T/types.tar" -C $F types.h5
ok 'from a pipe, compressed, in a tar' alike "ckpt-ls --hash $F/types.h5" "ckpt-ls --hash <$F/types.h5" \
    "cat $F/types.h5 | ckpt-ls --hash" "ckpt-ls --hash $T/types.h5.gz" "ckpt-ls --hash $T/types.tar"
ok 'with a user block' alike "ckpt-ls --hash $F/types.h5" \
    "(head -c 1024 /dev/zero; cat $F/types.h5) >$T/user.h5; ckpt-ls --hash $T/user.h5"
ok 'layers in the order of Keras, without the optimizer' prints \
    'dense_2.dense_2.kernel:0 dense_2.dense_2.bias:0 dense_10.dense_10.kernel:0 dense_10.dense_10.bias:0 alpha.alpha.kernel:0 alpha.alpha.bias:0' \
    "ckpt-ls $F/keras.h5 | cut -f 2 | sed 1d | paste -sd' '"
ok '--all includes the optimizer' prints '7 model_weights.dense_2.dense_2.kernel:0 optimizer_weights.Adam.m' \
    "ckpt-ls --all $F/keras.h5 | sed 1d | cut -f 2 | sed -n '1p;\$p' |
        { echo 7; cat; } | paste -sd' '"
ok 'metadata keys' prints 'hdf5.backend tensorflow
hdf5.keras_version 2.4.0' "ckpt-ls -m $F/keras.h5 | sed 1d | cut -f 2- | tr '\t' ' '"
ok 'a hard link is a tie, soft links are skipped' prints 'a.w
also
tie also a.w
left_out 1 far (link to another file)' "ckpt-ls $F/links.h5 | cut -f 2 | sed 1d; ckpt-ls -m $F/links.h5 | sed 1d |
    cut -f 2- | tr '\t' ' '"
ok 'a dataset that cannot be read may be excluded' exits 0 "ckpt-cat -o /dev/null -t '!w' $F/bad-filter.h5"

ok 'a link to another file is named' exits 1 "ckpt-verify $F/links.h5" '1 tensor left out: far .link to another file'
ok 'bfloat16 as Keras writes it, and 8-bit floats' same opaque
ok 'datasets that are not numbers are listed as what they are' prints 'bits bitfield 4
compound compound 2
enum enum 2
float128 float128 2
int4 int4 2
list array 2
lzf F32/lzf 4x6
other opaque 3
reference reference 
text string 
texts string 2
vlen vlen 2
w F32 2x3' "ckpt-ls $F/odd.h5 | sed 1d | cut -f 2-4 | tr '\t' ' '"
ok 'they do not refuse the others' alike "ckpt-ls --hash -t w $F/odd.h5" \
    "ckpt-cat -t w $F/odd.h5 | ckpt-ls --hash" "cat $F/odd.h5 | ckpt-cat -t w | ckpt-ls --hash"
ok 'ckpt-verify names each of them' exits 1 "ckpt-verify $F/odd.h5 2>&1 | grep -c 'cannot be read' >&2; exit 1" '^12$'
ok 'arrays in attributes are counted' exits 0 "ckpt-ls -t w $F/odd.h5" \
    '2 tensors left out, first: @sizes .array in an attribute'
K=tests/files/keras
ok 'bfloat16 of Keras' prints 'layers.dense.vars.0 BF16 4x3
layers.dense.vars.1 BF16 3
layers.dense_1.vars.0 BF16 3x2
layers.dense_1.vars.1 BF16 2' "ckpt-ls $K/bfloat16.weights.h5 | sed 1d | cut -f 2-4 | tr '\t' ' '"
ok 'shards of Keras are one checkpoint: by their index, by their folder' alike "ckpt-ls --hash $K/whole.weights.h5" \
    "ckpt-ls --hash $K/sharded/m.weights.json" "ckpt-ls --hash $K/sharded"
mkdir "$T/keras"
cp $K/sharded/* "$T/keras"
rm "$T/keras/m_00001.weights.h5"
ok 'a shard of Keras that is missing is named' exits 1 "ckpt-ls $T/keras" 'm_00001.weights.h5: .*No such file'
ok 'what is not selected may have any shape' exits 0 "ckpt-ls -t '!w' $F/bad-overflow.h5"
ok 'creation order where it is tracked, else numbers as numbers' prints 'fc2 fc10 fc1 | a.fc1 a.fc2 a.fc10' \
    "ckpt-ls $F/tracked.h5 | sed 1d | cut -f 2 | paste -sd' ' | tr '\n' ' '; printf '| ';
    ckpt-ls $F/untracked.h5 | sed 1d | cut -f 2 | paste -sd' '"
ok 'the configuration of a model is metadata, of any length' prints 6015 \
    "ckpt-cat $F/tracked.h5 | ckpt-ls -m | awk -F'\t' '\$2 == \"hdf5.model_config\" { print length(\$3) }'"

refused() {
	exits 1 "timeout 20 ckpt-verify $F/bad-$1.h5" "bad-$1.h5: .*$2"
}
while read -r file why; do
	ok "refused: $file" refused "$file" "$why"
done <<'E2'
cut cannot be opened: cut short
data /w: HDF5: damaged
deep groups more than 64 deep
external w: dtype F32/external cannot be read
filter w: dtype F32/lzf cannot be read
huge 9007199254740992 bytes, limit
long a path of 4008 bytes
name control character in a name
overflow w: dimensions overflow
twice a.b twice
virtual w: dtype F32/virtual cannot be read
E2

# Whatever libhdf5 does with a corrupted byte, there is at most one error, and one
# line about links.
flips() {
	size=$(wc -c <$F/links.h5)
	for at in $(seq 0 23 $((size - 1))); do
		cp $F/links.h5 "$T/flip.h5"
		printf '\377' | dd of="$T/flip.h5" bs=1 seek="$at" conv=notrunc 2>/dev/null
		timeout 20 ckpt-verify "$T/flip.h5" 2>"$T/err"
		[ $? -le 1 ] && [ "$(wc -l <"$T/err")" -le 2 ] || { echo "byte $at"; return 1; }
	done
}
ok 'corrupted bytes never crash the reader' flips
done_testing
