# ckpt-5.t - examples of the manual pages ckpt(5) and libckpt(3)
. tests/lib.sh

# example PAGE REGEX: prints the literal block whose first line matches.
example() {
	sed 's/\\&//; s/\\e/\\/g' "man/$1" | awk -v first="$2" '
		/^\.Ed/ { on = 0 }
		$0 ~ first { on = 1 }
		on { print }'
}

V=tests/files/v1
example ckpt.5 '^import sys' >"$T/this.py"
example ckpt.5 '^/\* snip' >"$T/snip.c"
example libckpt.3 '^/\* largest' >"$T/largest.c"

# The block shows spaces as _ and describes 64 bytes in words.
as_shown() {
	example ckpt.5 '^ckpt/1_begin' | sed 's/^(.*)//' | tr _ ' ' >"$T/shown"
	f=$V/good-example.plain
	{ head -c 256 $f; tail -c +321 $f; } | diff - "$T/shown"
}
ok 'the stream shown in ckpt(5) is good-example.plain' as_shown

python=$(python_with numpy)
reads() {
	zstd -dcq $V/good-$1.ckpt | "$python" "$T/this.py" >"$T/py" || return 1
	printf '%s\n' "$2" | diff - "$T/py"
}
same_names() {
	for v in split values dtypes name-1023 unknown zero scalar two-segments; do
		"$python" "$T/this.py" <$V/good-$v.plain | sed 's/ [A-Z0-9_]* ([0-9, ]*).*//' >"$T/py" || return 1
		ckpt-ls $V/good-$v.plain | sed 1d | cut -f2 | diff - "$T/py" || return 1
	done
}
written() {
	for v in split body-16k dtypes values xor; do
		# -u writes neither split nor xor, which the Python reader does not decode
		ckpt-cat -u $V/good-$v.ckpt | "$python" "$T/this.py" >"$T/a" &&
		ckpt-cat $V/good-$v.plain | zstd -dcq | "$python" "$T/this.py" |
		    diff "$T/a" - || return 1
	done
}
if [ -n "$python" ]; then
	ok 'the Python reader of ckpt(5) reads good-example' reads example 'w F32 (2, 3) 0.0 1.0 -1.0'
	ok 'the Python reader finds the tensors that ckpt-ls lists' same_names
	ok 'the Python reader reads what ckpt-cat writes' written
else
	skip 'the Python reader of ckpt(5) reads good-example' 'no numpy'
	skip 'the Python reader finds the tensors that ckpt-ls lists' 'no numpy'
	skip 'the Python reader reads what ckpt-cat writes' 'no numpy'
fi

compiles() {
	${CC:-cc} -std=c11 -Wall -Wextra -Werror ${SANITIZE:+-fsanitize=$SANITIZE} -Ilibckpt \
	    -o "$T/$1" "$T/$1.c" "$B/libckpt.a" \
	    -lzstd -lxxhash -lunistring -lopenblas -llapacke -lm -pthread
}
ok 'the C filter of ckpt(5) compiles without warnings' compiles snip
filters() {
	"$T/snip" <$V/good-dtypes.ckpt >"$T/out.ckpt" && ckpt-verify "$T/out.ckpt" &&
	"$T/snip" <$V/good-xor.ckpt | ckpt-verify
}
ok 'output of the C filter passes ckpt-verify' filters
ok 'the C filter changes the tensors it names' prints 'w	F32	2x3' \
    "$T/snip <$V/good-example.ckpt | ckpt-ls | sed 1d | cut -f2-4"
ok 'the C filter fails on truncated input' exits 1 "head -c 300 $V/good-example.ckpt | $T/snip" 'cut'

ok 'the C program of libckpt(3) compiles without warnings' compiles largest
ok 'the C program prints the largest magnitude of each tensor' prints '100 w 3' \
    "$T/largest $V/good-example.plain"
ok 'the C program fails on truncated input' exits 1 "head -c 300 $V/good-example.ckpt | $T/largest" 'cut'

all_documented() {
	awk '$1 == ".Fn" || $1 == ".Fo" { print $2 } /^\.Sh DESCRIPTION/ { exit }' \
	    man/libckpt.3 | sort >"$T/a"
	grep -oh 'ckpt_[a-z_]*(' libckpt/ckpt.h libckpt/formats.h | tr -d '(' |
	    sort -u >"$T/b"
	grep '^ckpt_' "$T/a" | diff - "$T/b" && grep '^spec_' "$T/a" | while read -r f; do
		grep -q "[	 *]$f(" libckpt/spec.h libckpt/esd.h || exit 1
	done
}
ok 'libckpt(3) has every function of ckpt.h and formats.h' all_documented
done_testing
