# train-faults.t - training that is killed, fills the disk or diverges
. tests/lib.sh
needs train-mlp train-modadd train-vgg

mkdir "$T/c"
perl -e 'for $i (0 .. 39) { print pack("C3073", $i % 10,
    map { $i % 10 * 20 + $_ * $i % 50 } 1 .. 3072) }' >"$T/c/data_batch_1.bin"

# networks so small that a run takes seconds
vgg="train-vgg -q --width 16 --batch 12 --lr 0.005 -d $T/c --epochs 4"
small="train-mlp -q --width 16 --batch 4 --lr 0.001 -d $T/c -u"
mlp="$small --epochs 20"
resumed="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state"

# as_whole RUN: the files of r are those of an uninterrupted run
as_whole() {
	$1 -o "$T/a.ckpt" --log "$T/a.tsv" || return 1
	cmp "$T/a.ckpt" "$T/r.ckpt" && ! ls "$T" | grep 'ckpt\.' &&
	    cut -f 1-6 "$T/a.tsv" >"$T/x" && cut -f 1-6 "$T/r.tsv" | cmp "$T/x" -
}

# ------------------------------------------------------------- killed
killed() {
	rm -f "$T"/r.*
	kills=0
	for ms in 200 300 500 700 900 1200; do
		again=
		[ -e "$T/r.state" ] && again="--resume $T/r.state"
		$1 $resumed $again &
		sleep "$(awk "BEGIN { print $ms / 1000 }")"
		kill -9 $! 2>/dev/null && kills=$((kills + 1))
		wait $!
	done 2>/dev/null
	[ $kills -gt 0 ] || { echo 'never killed'; return 1; }
	again=
	[ -e "$T/r.state" ] && again="--resume $T/r.state"
	$1 $resumed $again && as_whole "$1"
}
ok 'killed repeatedly and resumed: the same bytes' killed "$vgg"

has_step_10() {
	[ "$(ckpt-ls "$T/i.ckpt.part" 2>"$T/e" | grep -c '^10	')" -gt 3 ]
}
# interrupted SIGNAL: without --state too, the checkpoints so far remain
interrupted() {
	rm -f "$T"/i.*
	$small --steps 100000 --save 10 -o "$T/i.ckpt" &
	pid=$!
	wait_for has_step_10
	kill -"$1" $pid
	wait $pid
	[ $? -gt 128 ] && [ ! -e "$T/i.ckpt" ] &&
	[ "$(ckpt-cat -s 0:10 "$T/i.ckpt.part" 2>"$T/e" | ckpt-erank 2>"$T/e" | cut -f 1 | uniq | xargs)" = 'step 0 10' ]
}
for s in TERM KILL; do
	ok "SIG$s without --state: checkpoints are kept" interrupted $s
done
rm -f "$T"/i.*

# ------------------------------------------------------------- a full disk
ok 'a full disk for the stream' exits 1 "$vgg -o /dev/full" '/dev/full: No space left'
ok 'a full disk for the log' exits 1 "$vgg --log /dev/full >/dev/null" '/dev/full: No space left'
# 900 KB: enough for a state and part of the stream
rm -f "$T"/r.*
ok 'a disk that fills up during training' exits 1 \
    "trap '' XFSZ; ulimit -f 1800; $mlp $resumed" 'r.ckpt.part: File too large'
ok 'a full disk keeps the state and the stream so far' sh -c \
    "ckpt-verify $T/r.state && [ \$(ckpt-ls $T/r.ckpt.part 2>/dev/null | wc -l) -gt 20 ]"
ok 'resumed after a full disk' sh -c "$mlp $resumed --resume $T/r.state"
ok 'resumed after a full disk: the same bytes in all files' as_whole "$mlp"
rm -f "$T"/r.*
ok 'a full disk for the state' exits 1 \
    "trap '' XFSZ; ulimit -f 100; $mlp --state $T/r.state >/dev/null" 'r.state.*: File too large'
ok 'a full disk leaves no partial state' sh -c "! ls $T | grep r.state"

# ------------------------------------------------------------- NaN
nan="train-mlp -q --width 16 --batch 4 --lr 1e30 -d $T/c --epochs 3"
ok 'a NaN loss is reported once' sh -c "$nan -o $T/n.ckpt --log $T/n.tsv 2>$T/e &&
    [ \$(wc -l <$T/e) -eq 1 ] && grep -q 'step [0-9]*: the loss is NaN' $T/e"
ok 'a NaN loss is in the log' sh -c "tail -n 1 $T/n.tsv | cut -f 4 | grep -i nan"
ok 'checkpoints before a NaN loss are valid' prints '1' \
    "ckpt-verify $T/n.ckpt && ckpt-erank -s 0 -t '*.0.weight' $T/n.ckpt | awk 'NR > 1 && \$6 > 0' | wc -l"

# -------------------------------------------- terminals and named pipes
ok 'progress and time left are shown on a terminal' sh -c \
    "script -qec 'train-vgg --width 16 --batch 12 -d $T/c --epochs 9 -o $T/t.ckpt' /dev/null </dev/null |
    grep -q 'of 27 step, [0-9]* %, [0-9.]* step/s, [0-9]*:[0-9]* left'"

# A named pipe is written to, where a file would be replaced.
named_pipe() {
	mkfifo "$T/pipe" && { timeout 20 cat "$T/pipe" >"$T/piped" & } &&
	    train-modadd -q -p 5 --steps 20 --save 10 --state "$T/p.state" -o "$T/pipe" &&
	    wait && [ -p "$T/pipe" ] && [ ! -e "$T/pipe.part" ] && ckpt-verify -q "$T/piped" &&
	    [ "$(ckpt-ls "$T/piped" | cut -f 1 | sort -un | tail -n 1)" = 20 ]
}
ok 'a named pipe is not replaced' named_pipe
done_testing
