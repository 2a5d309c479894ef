# format-npy.t - NumPy arrays: reading, errors, writing
. tests/lib.sh
F=tests/files/npy

# The tensors of a file, as the columns of good.tsv after the first.
cat >"$T/tensors" <<'E2'
ckpt-ls --hash "$@" | cut -f 2,3,4,6 | sed 1d
E2
tensors="sh $T/tensors"

as_expected() {
	awk -F'\t' -v OFS='\t' -v f="${1##*/}" '$1 == f { print $2, $3, $4, $5 }' \
	    $F/good.tsv >"$T/want"
	[ -s "$T/want" ] && $tensors "$1" | diff "$T/want" -
}
for f in $(cut -f 1 $F/good.tsv | uniq); do
	ok "$f: the values of numpy" as_expected $F/$f
done
ok 'a header written by Python 2' alike "$tensors $F/c.npy | cut -f 2-" "$tensors $F/python-2.npy | cut -f 2-"
for f in stored deflated; do
	ok "$f.npz through a pipe" alike "$tensors $F/$f.npz" "cat $F/$f.npz | $tensors"
done
ok 'an array through a pipe' alike "$tensors $F/fortran.npy | cut -f 2-" \
    "cat $F/fortran.npy | $tensors | cut -f 2-"
ok 'Fortran order and C order have equal spectra' alike "ckpt-svd $F/c.npy | cut -f 3-" \
    "ckpt-svd $F/fortran.npy | cut -f 3-"

# -------------------------------------------------------- listed, not loaded
names='cut -f 2-4 | sed 1d | tr "\t" " "'
ok 'arrays of other types are listed as NumPy calls them' prints 'first F32 2x3x4
text <U3 2
bytes |S2 1
object |O 3
void |V2 2
time <M8[D] 1
long <f16 3
fields structured 2
last F32 3x4' "ckpt-ls $F/odd.npz | $names"
ok 'arrays of ml_dtypes are void to NumPy' prints 'w F32 2x3x4
bf16 <V2 2x3x4
f8 <V1 2x3x4' "ckpt-ls $F/ml-dtypes.npz | $names"
for f in odd ml-dtypes; do
	case $f in
	odd) only='-t first -t last' ;;
	*) only='-t w' ;;
	esac
	ok "$f.npz: the others are read, from a file and a pipe" alike "ckpt-ls --hash $only $F/$f.npz" \
	    "ckpt-cat $only $F/$f.npz | ckpt-ls --hash" "cat $F/$f.npz | ckpt-cat $only | ckpt-ls --hash"
done
ok 'one that is asked for is named' exits 1 "ckpt-cat $F/odd.npz" "text: dtype <U3 cannot be read: leave it out with -t '!text'"
ok 'what is not selected may even be damaged' alike "ckpt-ls --hash $F/stored.npz" \
    "ckpt-ls --hash -t '!d' $F/bad-member-magic.npz"

# --------------------------------------------------------------- refusing
refused() {
	exits 1 "timeout 10 ckpt-verify $F/bad-$1" "bad-$1: .*$2"
}
while read -r file why; do
	ok "refused: $file" refused "$file" "$why"
done <<'E2'
after.npy wanted the end
bomb.npz wanted 96 bytes of elements, the member has 16777216
central-size.npz an impossible size
code.npy wanted '\('
crc.npz bad CRC
cut-data.npy cut short .* wanted 96 bytes, got 95
cut-head.npy cut short
cut.npz cut short: a zip
deep.npy wanted a dimension
digits.npy wanted a smaller number
extra.npy bytes after the array
fields.npy bad-fields: dtype structured cannot be read
half.npz cut short: a zip
head-huge.npy a header of 4294967295 bytes
head-long.npy cut short
head-nul.npy NUL in the header
magic.npy not a checkpoint
member-cut.npz wanted 96 bytes of elements, the member has 92
member-extra.npz wanted 96 bytes of elements, the member has 100
member-magic.npz d: not a NumPy array
member-name.npz left out: readme.txt .a member without the suffix .npy
member-twice.npz two members a.npy
negative.npy wanted a dimension
no-shape.npy wanted descr, fortran_order and shape
not-dict.npy wanted '\{'
objects.npy bad-objects: dtype .O cannot be read
order.npy bad-order: dtype =f4 cannot be read
other-key.npy wanted one descr
overflow.npy dimensions overflow
rank.npy more than 32 dimensions
twice.npy wanted one descr
version.npy version 9.0
void.npy bad-void: dtype .V2 cannot be read
E2
truncated() {
	for at in $(seq 0 20 $(($(wc -c <$F/stored.npz) - 1))); do
		head -c "$at" $F/stored.npz >"$T/cut.npz"
		exits 1 "ckpt-verify $T/cut.npz" || { echo "cut at $at"; return 1; }
	done
}
ok 'truncated files are refused' truncated

# ---------------------------------------------------------------- writing
S=tests/files/safetensors/good
ok 'npz round trip' alike "ckpt-ls --hash $S/multi-layer.safetensors" \
    "ckpt-cat -F npz $S/multi-layer.safetensors | ckpt-ls --hash"
ok 'equal commands write equal files' alike \
    "ckpt-cat -F npz $S/multi-layer.safetensors" \
    "TZ=Asia/Tokyo ckpt-cat -j3 -F npz <$S/multi-layer.safetensors"
awk -F"\t" -v OFS="\t" '$1 == "stored.npz" { print $2, $3, $4, $5 }' $F/good.tsv >"$T/want"
ok 'a tie is another array' prints 'decoder|head|w' \
    "ckpt-cat -s 5 -F npz tests/files/v1/good-via.ckpt | ckpt-ls --hash | sed 1d | sort -k 2 |
    awk '{ hash[\$6] = 1; print \$2 } END { exit length(hash) != 1 }' | paste -sd '|'"
ok 'a tie is renamed' prints 'decoder|head|v' \
    "ckpt-cat -s 5 --rename w=v -F npz tests/files/v1/good-via.ckpt | ckpt-ls | sed 1d | cut -f2 | sort | paste -sd '|'"
aligned() {
	ckpt-cat -F npz $S/multi-layer.safetensors >"$T/aligned.npz" &&
	    grep -aobP '\x93NUMPY' "$T/aligned.npz" | cut -d: -f1 >"$T/at" && [ -s "$T/at" ] &&
	    awk '$1 % 64 { print; bad = 1 } END { exit bad }' "$T/at"
}
ok 'arrays are aligned to 64 bytes' aligned
if command -v unzip >/dev/null; then
	ok 'unzip accepts the npz written' sh -c "ckpt-cat -F npz -o $T/u.npz $S/multi-layer.safetensors && unzip -tq $T/u.npz"
else
	skip 'unzip accepts the npz written' 'no unzip'
fi
ok '-o writes a valid npz' sh -c "ckpt-cat -F npz -o $T/a.npz $F/stored.npz && ckpt-verify $T/a.npz"
ok 'a dtype that NumPy lacks is refused' exits 1 "ckpt-cat -F npz -o $T/b.npz $S/all-dtypes.safetensors" \
    'NumPy has no type .*--dtype'
ok 'a refused dtype leaves no file' test ! -e "$T/b.npz"
ok 'a full disk is an error' exits 1 "ckpt-cat -F npz $F/stored.npz >/dev/full" 'No space left'
python=$(python_with numpy)
if [ "$python" ] && command -v xxhsum >/dev/null; then
	ok 'numpy reads the npz written' sh -c "ckpt-cat -F npz $F/stored.npz >$T/c.npz &&
	    $python tests/reference/npy-reference.py $T/c.npz | diff - $T/want"
else
	skip 'numpy reads the npz written' 'no numpy or no xxhsum'
fi
done_testing
