# format-hdf5.t - HDF5: reading, errors
. tests/lib.sh
F=tests/files/hdf5
if ckpt-ls $F/types.h5 2>&1 >/dev/null | grep -q 'built without libhdf5'; then
	ok 'refused in one line' exits 1 "ckpt-ls $F/types.h5" 'HDF5: built without libhdf5$'
	done_testing
	exit
fi

same() {
	ckpt-ls --hash "$F/$1.h5" | cut -f 2-4,6 | sed 1d | sort >"$T/got"
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
ok 'a hard link is a tie, other links are skipped' prints 'a.w
tie also a.w' "ckpt-ls $F/links.h5 | cut -f 2 | sed 1d; ckpt-ls -m $F/links.h5 | sed 1d |
    cut -f 2- | tr '\t' ' '"
ok 'a dataset that cannot be read may be excluded' exits 0 "ckpt-cat -o /dev/null -t '!w' $F/bad-filter.h5"

refused() {
	exits 1 "timeout 20 ckpt-verify $F/bad-$1.h5" "bad-$1.h5: .*$2"
}
while read -r file why; do
	ok "refused: $file" refused "$file" "$why"
done <<'E2'
cut cannot be opened: cut short
data /w: HDF5: damaged
deep groups more than 64 deep
external its values are in another file
filter filter 32000 .lzf. is not available
huge 9007199254740992 bytes, limit
long a path of 4008 bytes
name control character in a name
overflow w: dimensions overflow
twice a.b twice
virtual a virtual dataset
E2

# Whatever libhdf5 does with a corrupted byte, there is at most one message.
flips() {
	size=$(wc -c <$F/links.h5)
	for at in $(seq 0 23 $((size - 1))); do
		cp $F/links.h5 "$T/flip.h5"
		printf '\377' | dd of="$T/flip.h5" bs=1 seek="$at" conv=notrunc 2>/dev/null
		timeout 20 ckpt-verify "$T/flip.h5" 2>"$T/err"
		[ $? -le 1 ] && [ "$(wc -l <"$T/err")" -le 1 ] || { echo "byte $at"; return 1; }
	done
}
ok 'corrupted bytes never crash the reader' flips
done_testing
