. tests/lib.sh
V=tests/files/v1
M=tests/files/spec/mnist-cnn-part.safetensors

said_nothing() {
	exits 0 "$1" && [ ! -s "$T/.out" ] && [ ! -s "$T/.err" ]
}
ckpt-cat $M >"$T/good"
ok 'a good file' said_nothing "ckpt-verify $T/good"
ok 'a good pipe' said_nothing "cat $T/good | ckpt-verify"
ok 'a good foreign file' said_nothing "ckpt-verify $M"
ok 'two streams joined' said_nothing "cat $T/good $T/good | ckpt-verify -"
ok 'empty input' exits 1 'ckpt-verify </dev/null' 'standard input: empty input'
ok 'a directory' exits 1 "ckpt-verify $T" 'a folder without'
head -c 3000 "$T/good" >"$T/cut"
ok 'a cut' exits 1 "ckpt-verify $T/cut" 'cut short'
every_file() {
	exits 1 "ckpt-verify $T/cut $T/good $T/none" && [ "$(wc -l <"$T/.err")" -eq 2 ] &&
	    grep -q 'none: No such' "$T/.err"
}
ok 'one fault does not hide the next file' every_file

# A bit of every 997th byte turned. A few bits of a zstd frame mean nothing: then
# what is read must be the same.
flips() {
	size=$(($(wc -c <"$1")))
	at=5
	while [ $at -lt $size ]; do
		byte=$(od -An -tu1 -j $at -N 1 "$1")
		cp "$1" "$T/flip"
		printf "$(printf '\\%03o' $((byte ^ 1 << at % 8)))" |
		    dd of="$T/flip" bs=1 seek=$at conv=notrunc 2>/dev/null
		exits 1 "ckpt-verify -j1 $T/flip" >"$T/why" ||
		    alike "ckpt-cat -u $1" "ckpt-cat -u $T/flip" >>"$T/why" 2>&1 ||
		    { echo "byte $at:"; cat "$T/why"; return 1; }
		at=$((at + 997))
	done
}
ok 'no turned bit is missed' flips "$V/good-split.ckpt"
ok 'nor in the plain layer' flips "$V/good-split.plain"
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-verify
done_testing
