# vectors.t - the programs on every file of tests/files/v1
. tests/lib.sh

V=tests/files/v1
rows() {
	sed 1d $V/manifest.tsv
}

# each COMMAND...: runs it on every vector, with limits of memory and time;
# writes to $T/got: FILE, STATUS, number of LINES and last LINE of standard error.
each() {
	for f in $(rows | cut -f1); do
		(
			$(memory_limit 600000)
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

# as_listed COLUMN KIND: files of this kind have the status of this column of the
# manifest. An error is one line; if the whole file was read, that of the manifest.
as_listed() {
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
	ok "ckpt-verify: $kind files" as_listed 2 $kind
done
each ckpt-ls
for kind in good cut bad unsupported limit; do
	ok "ckpt-ls: $kind files" as_listed 3 $kind
done

counted() {
	rows | while IFS='	' read -r file verify ls tensors rest; do
		[ "$verify" = 1 ] || [ "$(ckpt-ls $V/"$file" | sed 1d | cut -f3 | grep -vc '^=')" -eq "$tensors" ] ||
		    { echo "$file: not $tensors tensors"; echo; }
	done >"$T/wrong"
	cat "$T/wrong"
	[ ! -s "$T/wrong" ]
}
ok 'ckpt-ls lists the number of tensors of the manifest' counted

joined() {
	cat $V/good-*.$1 | tee "$T/joined" | ckpt-verify &&
	ckpt-ls "$T/joined" | sed 1d >"$T/a" &&
	for f in $V/good-*.$1; do ckpt-ls "$f" | sed 1d; done | diff "$T/a" -
}
ok 'all uncompressed files concatenated' joined plain
ok 'all compressed files concatenated' joined ckpt

# Each pair of a plain and a compressed vector has the same bytes and the same
# tensors, from a file and a pipe, also after ckpt-cat.
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
	ckpt-ls --hash "$1" >"$T/a" &&
	ckpt-cat -u "$2" >"$T/u" && ckpt-verify "$T/u" && ckpt-ls --hash "$T/u" | cmp - "$T/a" &&
	ckpt-cat "$1" >"$T/z" && ckpt-verify "$T/z" && ckpt-ls --hash "$T/z" | cmp - "$T/a"
}
ok 'zstd -dc prints the uncompressed stream' pairs decoded
ok 'ckpt-ls lists compressed and uncompressed, file and pipe alike' pairs listed
ok 'ckpt-cat does not change tensors' pairs copied
ok 'ckpt-cat copies as many keys as a header can have' alike \
    "ckpt-ls -m $V/good-keys-4096.plain" "ckpt-cat $V/good-keys-4096.plain | ckpt-ls -m | grep -v '	via	'"

remade() {
	for f in $V/*; do
		f=${f##*/}
		case $f in
		good-*.ckpt)	# another version of zstd may compress differently
			zstd -dcq --memory=128MB "$T/made/$f" >"$T/a" &&
			zstd -dcq --memory=128MB $V/"$f" | cmp - "$T/a" ;;
		*.ckpt)	;;
		*)	cmp $V/"$f" "$T/made/$f" ;;
		esac || { echo "$f"; return 1; }
	done
}
if python3 tests/reference/vectors.py "$T/made" 2>"$T/why"; then
	ok 'vectors.py reproduces the files' remade
elif ! command -v python3 >/dev/null || grep -q 'OSError' "$T/why"; then
	skip 'vectors.py reproduces the files' 'no python3, or no libraries for it'
else
	ok 'vectors.py reproduces the files' false
fi
done_testing
