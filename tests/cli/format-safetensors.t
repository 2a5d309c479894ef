# format-safetensors.t - safetensors: reading, errors, writing
. tests/lib.sh
F=tests/files/safetensors
export F

# The tensors of a checkpoint, as the columns of good.tsv after the first.
cat >"$T/tensors" <<'E2'
ckpt-cat -u "$@" >"$T/plain" || exit 1
tr -d '\000' <"$T/plain" | awk -F'\t' '
	$1 == "name" { name = $2; shape = "" }
	$1 == "dtype" { dtype = $2 }
	$1 == "shape" { shape = $2 }
	$1 == "hash" && name != "" { print name, dtype, shape, $2; name = "" }'
E2
tensors="sh $T/tensors"

# length N: the 8 bytes before a header. st HEADER N: a file with this header and
# N zero bytes of data.
le8() {
	printf "$(printf '\\%03o\\%03o\\%03o\\%03o\\000\\000\\000\\000' $(($1 & 255)) \
	    $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}
st() {
	le8 ${#1}
	printf %s "$1"
	head -c "$2" /dev/zero
}

# ---------------------------------------------------------------- reading

as_expected() {
	awk -F'\t' -v f="${1##*/}" '$1 == f { print $2, $3, $4, $6 }' $F/good.tsv |
	    sort >"$T/want"
	$tensors "$1" >"$T/got" && sort "$T/got" | diff "$T/want" - &&
	    cat "$1" | $tensors >"$T/got" && sort "$T/got" | diff "$T/want" -
}
for f in $F/good/*; do
	ok "${f##*/}: the tensors of the reference, from a file and a pipe" as_expected "$f"
done

# order FILE: the names, in one line
order() {
	ckpt-ls "$@" | awk 'NR > 1 { printf "%s%s", s, $2; s = " " }'
}
order_is() {
	for how in "$2" "<$2" "cat $2 |"; do
		case $how in *'|') got=$(cat "$2" | order) ;; '<'*) got=$(order <"$2") ;; *) got=$(order "$2") ;; esac
		[ "$got" = "$1" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$got"; return 1; }
	done
}
whole() {
	for f in $F/good/* $F/listed.safetensors; do
		[ $(($(ckpt-ls "$f" | awk -F'\t' '$3 !~ /^=/ { n += $5 } END { print n + 8 }') +
		    $(od -An -tu4 -N4 "$f"))) -eq $(($(wc -c <"$f"))) ] || { echo "$f"; return 1; }
	done
}
ok 'every byte of a file is of its header or of a tensor that is listed' whole
ok 'names sorted as text are given with numbers as numbers' order_is \
    'fc1.weight fc2.weight fc10.weight norm1.weight norm2.weight norm10.weight' $F/good/text-order.safetensors
ok 'the order that a writer chose is kept' order_is 'out.weight fc10.weight fc2.weight norm.weight fc1.weight' \
    $F/good/chosen-order.safetensors
ok 'values in that order, from a file and through pipes' alike "ckpt-ls --hash $F/good/text-order.safetensors" \
    "ckpt-ls --hash <$F/good/text-order.safetensors" "cat $F/good/text-order.safetensors | ckpt-ls --hash" \
    "cat $F/good/text-order.safetensors | ckpt-cat | ckpt-ls --hash" \
    "cat $F/good/text-order.safetensors | TMPDIR=$T ckpt-cat -u | ckpt-ls --hash"
ok 'selected tensors in that order through a pipe' alike "ckpt-ls --hash -t 'fc*' $F/good/text-order.safetensors" \
    "cat $F/good/text-order.safetensors | ckpt-ls --hash -t 'fc*'"
ok 'a pipe in order needs no temporary file' exits 0 \
    "cat $F/good/chosen-order.safetensors | TMPDIR=/nonexistent ckpt-ls --hash"
ok 'nor does a list, nor a tensor that is not selected' exits 0 \
    "cat $F/good/text-order.safetensors | TMPDIR=/nonexistent ckpt-ls &&
    cat $F/good/text-order.safetensors | TMPDIR=/nonexistent ckpt-ls --hash -t '!*10*'"
ok 'no room for a temporary file is an error' exits 1 \
    "cat $F/good/text-order.safetensors | TMPDIR=/nonexistent ckpt-ls --hash" 'temporary file in /nonexistent: No such'
ok 'the names that save_model left out are ties' prints 'tie b.weight a.weight
tie c.weight a.weight' "ckpt-ls -m $F/good/shared.safetensors | grep '\btie\b' | cut -f 2- | tr '\t' ' ' | sort"
ok 'file and pipe are listed alike' alike "ckpt-ls $F/good/all-dtypes.safetensors" \
    "cat $F/good/all-dtypes.safetensors | ckpt-ls"
ok 'spectra of a file and of its stream are equal' alike \
    "ckpt-erank $F/good/multi-layer.safetensors" \
    "ckpt-cat $F/good/multi-layer.safetensors | ckpt-erank" \
    "cat $F/good/multi-layer.safetensors | ckpt-erank -"

mkdir "$T/step2" "$T/step10"
cp $F/good/valid-padded-header.safetensors "$T/step2/model.safetensors"
cp $F/good/valid-padded-header.safetensors "$T/step10/model.safetensors"
ok 'steps come from the path, in natural order' prints '2
10' "ckpt-ls $T/step10/model.safetensors $T/step2/model.safetensors | awk 'NR > 1 { print \$1 }'"

st '{"__metadata__":{"step":"77","lm.heads":"4","format":"np","note":"a\tb \"c\""},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 8 >"$T/step5.safetensors"
ok 'a step in the metadata takes precedence over the path' prints 77 "ckpt-ls $T/step5.safetensors | awk 'NR > 1 { print \$1 }'"
st ' 
	{ "w" : {"dtype":"F32","shape":[2],"data_offsets":[0,8]} } ' 8 >"$T/space"
ok 'whitespace around the header' prints 'w F32 2 34c96acdcadb1bbb' "$tensors $T/space"
st '{"w":{"extra":[{}],"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 8 >"$T/extra"
st '{"__metadata__":null,"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 8 >"$T/null"
ok 'null for metadata is none' prints 'w F32 2 34c96acdcadb1bbb' "$tensors $T/null"
st '{"__metadata__":{"v":"w","u":"x","w":"w","format":"w"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 8 >"$T/ties"
ok 'only a new name of a tensor is a tie' prints 'tie v w
safetensors.u x
safetensors.w w
safetensors.format w' "ckpt-ls -m $T/ties | sed 1d | cut -f 2- | tr '\t' ' '"
ok 'an unknown key of a tensor is ignored' prints 'w F32 2 34c96acdcadb1bbb' "$tensors $T/extra"
st '{"w":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[],"data_offsets":[2,3]}}' 3 >"$T/f4"
ok 'an unknown dtype is listed' prints 'w	F4	4	2
x	U8		1' "ckpt-ls $T/f4 | awk -F'\t' -v OFS='\t' 'NR > 1 { print \$2, \$3, \$4, \$5 }'"
ok 'an unknown dtype is skipped if not selected' alike "ckpt-cat -t x $T/f4" "ckpt-cat -t x - <$T/f4" "cat $T/f4 | ckpt-cat -t x"
st '{"w":{"dtype":"float4_e2m1fn-x2","shape":[],"data_offsets":[0,1]}}' 1 >"$T/name"
st '{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"x":{"dtype":[],"shape":[-1],"data_offsets":[1,3]}}' 3 >"$T/odd"
ok 'what is not selected may be of no type and shape' prints w "ckpt-cat -t '!x' $T/odd | ckpt-ls | sed 1d | cut -f 2"
ok 'a name of a type may have any letters' prints 'float4_e2m1fn-x2' "ckpt-ls $T/name | sed 1d | cut -f 3"
ok 'F4 of PyTorch is listed' prints 'a F32 4 16
q F4 3x4 6
z BF16 3 6' "ckpt-ls $F/listed.safetensors | sed 1d | cut -f 2- | tr '\t' ' '"
ok 'F4 of PyTorch does not refuse the others' alike "ckpt-ls --hash -t '!q' $F/listed.safetensors" \
    "cat $F/listed.safetensors | ckpt-cat -t '!q' | ckpt-ls --hash"
ok 'an unknown dtype is not converted' exits 1 "ckpt-cat $T/f4 >/dev/null" "w: dtype F4 cannot be read: leave it out with -t '!w'"

# --------------------------------------------------------------- refusing

# refused FILE PATTERN: from a file and from a pipe. A wrong length shows only at
# the end of a pipe.
refused() {
	exits 1 "ckpt-cat $1 >/dev/null" "$2" &&
	    exits 1 "cat $1 | ckpt-cat >/dev/null" "${3-$2}"
}
while read -r name pattern; do
	ok "$name: ${pattern%%|*}" refused "$F/bad/$name.safetensors" "$pattern"
done <<'E2'
data-cut cut short: wanted 24 bytes of tensors, got 23|cut short in a: wanted 24 bytes, got 23
dim-fraction a: dimension 0 is not a non-negative integer
dim-huge-exponent header: real number overflow
dtype-unknown a: dtype F99 cannot be read
duplicate-name a twice
header-cut cut short in the header: wanted 57 bytes, got 47
header-is-array header: wanted '\{'
header-length-100MB a header of 100000001 bytes, wanted 2 to 100000000
header-length-all-ones a header of 18446744073709551615 bytes
header-length-past-end cut short in the header: wanted 4096 bytes, got 81
header-length-zero not a checkpoint of a known format
header-not-json not a checkpoint of a known format
hole b: begins at byte 32 of the data, wanted 24: a gap
metadata-not-string __metadata__: the value of step is not a string
name-bad-utf8 header: unable to decode byte 0xff
nested-20000 a: wanted an object with dtype, shape and data_offsets
offset-negative a: wanted data_offsets of two non-negative integers
offset-past-end wanted 48 bytes of tensors, got 24|cut short in b: wanted 24 bytes, got 0
offset-reversed a: data_offsets end at 0, begin at 24
offsets-missing a: wanted data_offsets
overlap-full b: begins at byte 0 of the data, wanted 24: tensors overlap
seven-bytes not a checkpoint of a known format
shape-overflow a: dimensions overflow
shape-size-mismatch a: its shape in F32 has 32 bytes, its data_offsets are 24 apart
syoyo-header-length-past-end cut short in the header: wanted 1000 bytes, got 80
trailing-bytes wanted 24 bytes of tensors, got 25|bytes after the last tensor
E2

w='"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}'
i=0
while read -r header pattern; do
	i=$((i + 1))
	st "$header" 4 >"$T/bad$i"
	ok "bad header $i: $pattern" refused "$T/bad$i" "$pattern"
done <<E2
{$w,"__metadata__":{"a":"1","a":"2"}} __metadata__: a twice
{"__metadata__":{},"__metadata__":{},$w} __metadata__ twice
{"__metadata__":nil,$w} header: invalid token
{"__metadata__":null,"__metadata__":null,$w} __metadata__ twice
{"__metadata__":[],$w} header: wanted '\\{'
{$w,} header: wanted a name in quotes
{$w"x":1} header: wanted ',' or '\\}'
{$w}{} header: wanted the end
{"w":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}} header: duplicate object key
{"w":{"dtype":"F\\n1","shape":[],"data_offsets":[0,4]}} w: wanted a dtype
{"w":{"dtype":5,"shape":[],"data_offsets":[0,4]}} w: wanted a dtype
{"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}} w: wanted a shape
{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}} w: wanted data_offsets
{"w":{"dtype":"F32","shape":[],"data_offsets":[0,18446744073709551616]}} header: too big integer
{"w":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}} w: dimensions overflow
{"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}} w: 33 dimensions, at most 32
{"w\\u0000":{}} header: .u0000 is not allowed
{"a\\nb":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} control character in a name
{"a\\nb":5} a\\\\nb: wanted an object
{"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} a name of 0 bytes
E2
{ le8 $((${#w} + 7)); printf '{%s}\0\0\0\0\0' "$w"; printf 1234; } >"$T/nul"
ok 'NUL bytes as padding are refused' refused "$T/nul" 'NUL bytes after byte 53, wanted spaces'

# Every prefix of a small file, as a file and through a pipe.
cut_anywhere() {
	f=$F/good/valid-padded-header.safetensors
	left=$(($(wc -c <$f)))
	while [ $left -gt 0 ]; do
		left=$((left - 1))
		head -c $left $f >"$T/cut"
		refused "$T/cut" : >"$T/why" ||
		    { echo "first $left bytes:"; cat "$T/why"; return 1; }
	done
}
ok 'a file truncated at any byte is refused' cut_anywhere

# json WANT FILE...: the text as a header, and as an unused value in a valid
# header. WANT 1: both are refused; 0: the second is read; 2: neither crashes.
json() {
	want=$1
	shift
	for f; do
		{ printf '{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":'
		cat "$f"; printf '}}'; } >"$T/in"
		{ le8 $(($(wc -c <"$f"))); cat "$f"; } >"$T/text.st"
		{ le8 $(($(wc -c <"$T/in"))); cat "$T/in"; printf 1; } >"$T/value.st"
		for s in text value; do
			ckpt-ls "$T/$s.st" >"$T/out" 2>"$T/err"
			case $s$want$? in
			*1[!1] | value0[!0] | *[!01]) echo "$f as $s:"; cat "$T/err"; return 1 ;;
			esac
			[ "$(wc -l <"$T/err")" -le 1 ] || { cat "$T/err"; return 1; }
		done
	done
}
J=tests/files/json
ok 'invalid JSON is refused' json 1 $J/n_*
ok 'implementation-defined JSON is harmless' json 2 $J/i_*
# jansson refuses NUL in strings, the reader duplicate keys
good=$(ls $J/y_* | grep -vE 'duplicated_key|escaped_null_in_key')
ok 'valid JSON is accepted' json 0 $good
ok 'NUL in strings and duplicate keys are refused' json 1 \
    $J/y_object_duplicated_key.json $J/y_object_escaped_null_in_key.json
head -c 100000 /dev/zero | tr '\0' '[' >"$T/deep.json"
ok 'deeply nested JSON is refused' json 1 "$T/deep.json"

# More metadata keys than a native header can hold, and far too many.
many() {
	awk -v k="$1" 'BEGIN {
		printf "{\"__metadata__\":{"
		for (i = 0; i < k; i++) printf "%s\"k%d\":\"x\"", i ? "," : "", i
		printf "},\"w\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}"
	}' >"$T/in"
	le8 $(($(wc -c <"$T/in")))
	cat "$T/in"
	printf 1234
}
many 5000 >"$T/5000"
many 65537 >"$T/65537"
ok '5000 metadata keys' sh -c "ckpt-cat $T/5000 | ckpt-cat -F safetensors | grep -q '\"k4999\":\"x\"'"
ok '65537 metadata keys are refused' refused "$T/65537" '__metadata__: more than 65536 keys'

# A long value, with characters that the native header escapes.
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%d\\n\303\244 ", i }' >"$T/text"
st "{\"__metadata__\":{\"lm.tokens\":\"$(cat "$T/text")\"},$(
    )\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}" 8 >"$T/long.st"
ok 'metadata of 180 KB is not changed' sh -c "ckpt-cat $T/long.st | ckpt-cat -F safetensors |
    grep -qF -f $T/text && ckpt-ls -m $T/long.st | awk 'length > 180000 { n++ } END { exit n != 1 }'"

# Sizes in a header are not allocated before their data arrives.
T1='"dtype":"U8","shape":[1000000000000],"data_offsets":[0,1000000000000]'
st "{\"w\":{$T1}}" 5 >"$T/huge"
{ le8 99999999; printf '{"w":'; } >"$T/long"
ulimit=$(memory_limit 800000)
for f in huge long; do
	ok "a $f size in a header is not allocated: file" exits 1 "$ulimit; ckpt-cat $T/$f >/dev/null" 'cut short'
	ok "a $f size in a header is not allocated: pipe" exits 1 "$ulimit; cat $T/$f | ckpt-cat >/dev/null" \
	    'cut short|limit'
done

# ---------------------------------------------------------------- writing

round_trip() {
	ckpt-cat "$1" >"$T/a.ckpt" && ckpt-cat -F safetensors "$T/a.ckpt" >"$T/b.st" &&
	    ckpt-cat -F safetensors <"$1" >"$T/c.st" && ckpt-cat "$T/b.st" >"$T/d.ckpt" || return 1
	$tensors "$1" >"$T/got" || return 1
	sort "$T/got" >"$T/want"
	for c in a.ckpt b.st c.st d.ckpt; do
		$tensors "$T/$c" >"$T/got" && sort "$T/got" | diff "$T/want" - ||
		    { echo "in $c"; return 1; }
	done
	ckpt-cat -F safetensors -o "$T/e.st" "$T/d.ckpt" && cmp "$T/b.st" "$T/e.st"
}
for f in $F/good/*; do
	ok "${f##*/}: round trip" round_trip "$f"
done
cat >"$T/header" <<'E2'
head -c $((8 + $(od -An -tu4 -N4 "$1"))) "$1" | tail -c +9 | sed 's/ *$//'
E2
ok 'metadata round trip' prints \
    '{"__metadata__":{"format":"np","step":"77","lm.heads":"4","note":"a\tb \"c\""},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' \
    "ckpt-cat $T/step5.safetensors | ckpt-cat -F safetensors >$T/meta.st; sh $T/header $T/meta.st"
ok 'ties are recorded as by save_model' prints \
    '{"__metadata__":{"format":"pt","step":"5","path.alpha":"0.5","decoder":"v","head":"v"},"v":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}' \
    "ckpt-cat -s 5 --rename w=v -F safetensors tests/files/v1/good-via.ckpt >$T/tie.st; sh $T/header $T/tie.st"
ok 'the data is aligned to 8 bytes' sh -c "ckpt-cat -F safetensors $F/good/multi-layer.safetensors |
    od -An -tu8 -N8 | awk '{ exit \$1 % 8 }'"
ok 'a file holds one checkpoint only' exits 1 \
    "ckpt-cat -F safetensors $T/step2/model.safetensors $T/step10/model.safetensors >/dev/null" \
    'safetensors holds one checkpoint'
ok '-s selects the checkpoint to write' alike \
    "ckpt-cat -s 10 -F safetensors $T/step2/model.safetensors $T/step10/model.safetensors" \
    "ckpt-cat -F safetensors $T/step10/model.safetensors"
ok 'a full disk is an error' exits 1 "ckpt-cat -F safetensors $F/good/multi-layer.safetensors >/dev/full" \
    'No space left'
ok 'a missing directory for temporary files is an error' exits 1 \
    "TMPDIR=/nonexistent ckpt-cat -F safetensors $F/good/multi-layer.safetensors >/dev/null" \
    'temporary file in /nonexistent: No such file'
ok 'truncated input is an error' exits 1 \
    "cat $F/bad/data-cut.safetensors | ckpt-cat -F safetensors -o $T/none.st" 'cut short'
ok 'truncated input leaves no file' sh -c "! ls $T/none.st*"
python=$(python_with safetensors)
for f in $F/good/*; do
	what="${f##*/}: the reference reads it and would write it so"
	if [ -z "$python" ]; then
		skip "$what" 'no python3 with safetensors'
		continue
	fi
	ckpt-cat -F safetensors "$f" >"$T/out.st"
	ok "$what" "$python" tests/reference/safetensors-reference.py same "$f" "$T/out.st"
done
done_testing
