# vectors.t - the programs against every file of tests/files/v1
. tests/lib.sh

V=tests/files/v1
rows() {
	sed 1d $V/manifest.tsv
}

# each COMMAND...: run it on every vector, in little memory and time, and keep
# in $T/got: FILE STATUS LINES LINE, of standard error.
each() {
	for f in $(rows | cut -f1); do
		(
			$(within 600000)
			OPENBLAS_NUM_THREADS=1 exec timeout 10 "$@" -j 1 $V/"$f"
		) >/dev/null 2>"$T/.err" </dev/null
		status=$?
		lines=0
		first=
		while IFS= read -r line; do
			[ $lines -gt 0 ] || first=$line
			lines=$((lines + 1))
		done <"$T/.err"
		printf '%s\t%s\t%s\t%s\n' "$f" $status $lines "$first"
	done >"$T/got"
}

# as_said COLUMN KIND: the files of that kind ended as this column says. Those
# that must fail did so with one line; with that of the manifest when all of
# the file was read.
as_said() {
	awk -F'\t' -v column="$1" -v kind="$2" '
		FNR == NR { want[$1] = $column; error[$1] = $7; next }
		index($1, kind "-") != 1 { next }
		{ n++ }
		$2 != want[$1] || ($2 && $3 != 1) ||
		    (column == 2 && $2 && $4 !~ error[$1]) {
			print $1 ": status " $2 ", expected " want[$1] ": " $4
			fail = 1
		}
		END { exit fail || !n }' $V/manifest.tsv "$T/got"
}

each ckpt-verify
for kind in good cut bad unsupported limit; do
	ok "ckpt-verify: $kind files" as_said 2 $kind
done
each ckpt-ls
for kind in good cut bad unsupported limit; do
	ok "ckpt-ls: $kind files" as_said 3 $kind
done

counted() {
	rows | while IFS='	' read -r file verify ls tensors rest; do
		[ "$verify" = 1 ] || [ "$(ckpt-ls $V/"$file" | sed 1d | wc -l)" -eq "$tensors" ] ||
		    { echo "$file: not $tensors tensors"; echo; }
	done >"$T/wrong"
	cat "$T/wrong"
	[ ! -s "$T/wrong" ]
}
ok 'ckpt-ls lists as many tensors as there are' counted

joined() {
	cat $V/good-*.$1 | tee "$T/joined" | ckpt-verify &&
	ckpt-ls "$T/joined" | sed 1d >"$T/a" &&
	for f in $V/good-*.$1; do ckpt-ls "$f" | sed 1d; done | diff "$T/a" -
}
ok 'all plain files joined' joined plain
ok 'all wrapped files joined' joined ckpt

# Of each plain vector: the wrapped one holds the same bytes and the same
# tensors, in a file and in a pipe; and so does what ckpt-cat makes of it.
pairs() {
	for p in $V/good-*.plain; do
		c=${p%.plain}.ckpt
		"$@" "$p" "$c" || { echo "$p"; return 1; }
	done
}
decoded() {
	zstd -dcq "$2" | cmp - "$1"
}
listed() {
	ckpt-ls --hash "$1" >"$T/a" && ckpt-ls --hash "$2" | cmp - "$T/a" &&
	ckpt-ls --hash <"$1" | cmp - "$T/a" && cat "$2" | ckpt-ls --hash | cmp - "$T/a"
}
copied() {
	[ "$1" != "$V/good-keys-4096.plain" ] || return 0
	ckpt-ls --hash "$1" >"$T/a" &&
	ckpt-cat -u "$2" >"$T/u" && ckpt-verify "$T/u" && ckpt-ls --hash "$T/u" | cmp - "$T/a" &&
	ckpt-cat "$1" >"$T/z" && ckpt-verify "$T/z" && ckpt-ls --hash "$T/z" | cmp - "$T/a"
}
ok 'zstd -dc prints the plain layer' pairs decoded
ok 'ckpt-ls lists plain and wrapped, file and pipe alike' pairs listed
ok 'ckpt-cat leaves the tensors as they are' pairs copied
ok 'ckpt-cat does not write what readers refuse' \
    exits 1 "ckpt-cat $V/good-keys-4096.plain >$T/a" '4096 keys'

remade() {
	for f in $V/*; do
		f=${f##*/}
		case $f in
		good-*.ckpt)	# another zstd may compress in another way
			zstd -dcq --memory=128MB "$T/made/$f" >"$T/a" &&
			zstd -dcq --memory=128MB $V/"$f" | cmp - "$T/a" ;;
		*.ckpt)	;;
		*)	cmp $V/"$f" "$T/made/$f" ;;
		esac || { echo "$f"; return 1; }
	done
}
if python3 tests/reference/vectors.py "$T/made" 2>"$T/why"; then
	ok 'vectors.py makes the same files again' remade
elif ! command -v python3 >/dev/null || grep -q 'OSError' "$T/why"; then
	skip 'vectors.py makes the same files again' 'no python3, or no libraries for it'
else
	ok 'vectors.py makes the same files again' false
fi
done_testing
