# ckpt-verify.t - ckpt-verify: valid, truncated and corrupted streams
. tests/lib.sh
V=tests/files/v1
M=tests/files/spec/mnist-cnn-part.safetensors

silent_success() {
	exits 0 "$1" && [ ! -s "$T/.out" ] && [ ! -s "$T/.err" ]
}
ckpt-cat $M >"$T/good"
ok 'a valid file' silent_success "ckpt-verify $T/good"
ok 'a valid stream from a pipe' silent_success "cat $T/good | ckpt-verify"
ok 'a valid safetensors file' silent_success "ckpt-verify $M"
ok 'two concatenated streams' silent_success "cat $T/good $T/good | ckpt-verify -"
ok 'empty input is an error' exits 1 'ckpt-verify </dev/null' 'standard input: empty input'
ok 'a directory without checkpoints is an error' exits 1 "mkdir $T/empty; ckpt-verify $T/empty" 'a folder without'
head -c 3000 "$T/good" >"$T/cut"
ok 'a truncated stream is an error' exits 1 "ckpt-verify $T/cut" 'cut short'
every_file() {
	exits 1 "ckpt-verify $T/cut $T/good $T/none" && [ "$(wc -l <"$T/.err")" -eq 2 ] &&
	    grep -q 'none: No such' "$T/.err"
}
ok 'all operands are checked after an error' every_file

# Flips a bit of every 997th byte. Some bits of a zstd frame have no meaning: the
# tensors must not change then.
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
ok 'flipped bits of a compressed stream are detected' flips "$V/good-split.ckpt"
ok 'flipped bits of an uncompressed stream are detected' flips "$V/good-split.plain"
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-verify
done_testing
