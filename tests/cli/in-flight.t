# in-flight.t - what was read whole is printed: before the next checkpoint
# arrives, and before an error, whatever -j
. tests/lib.sh

A=tests/files/modadd/series.ckpt
export A

# ------------------------------------------------------------ a slow pipe

# The bytes of three checkpoints in parts, compressed and plain.
ckpt-cat -s 0:20 -t '*weight' $A >"$T/run" || exit 1
ckpt-cat -u "$T/run" >"$T/plain"
ckpt-cat -s last "$T/run" >"$T/last"
tensors=$(ckpt-ls -s 0 "$T/run" | sed 1d | wc -l)
# records FILE: where records begin, in a plain stream, or in a compressed one
# of small tensors
records() {
	if [ "$(head -c 6 "$1")" = ckpt/1 ]; then
		grep -abo 'ckpt/1 [a-z]' "$1" | sed 's/:.*//'
	else
		grep -abo 'ckpt/1H' "$1" | awk -F: '{ print $1 - 8 }'
	fi
}
cut_parts() {
	set -- "$1" $(records "$1" | awk -v n=$((tensors + 2)) 'NR % n == 1')
	[ $# -eq 5 ] || { echo "offsets: $*"; return 1; }
	head -c "$3" "$1" >"$T/part0"
	head -c "$4" "$1" | tail -c +$(($3 + 1)) >"$T/part10"
	head -c "$5" "$1" | tail -c +$(($4 + 1)) >"$T/part20"
	tail -c +$(($5 + 1)) "$1" >"$T/rest"
}
# in_time COMMAND: the rows of each checkpoint arrive before the next one is sent
in_time() {
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	: >"$T/out"
	sh -c "$1" <"$T/fifo" >"$T/out" &
	exec 3>"$T/fifo"
	late=0
	for s in 0 10 20; do
		cat "$T/part$s" >&3
		[ $late -ne 0 ] || wait_for grep -q "^$s	" "$T/out" || late=1
	done
	cat "$T/rest" >&3
	exec 3>&-
	wait $!
	[ $late -eq 0 ] && sh -c "$1" <"$T/run" | cmp - "$T/out"
}
ok 'a plain stream in parts' cut_parts "$T/plain"
ok 'rows of a plain stream' in_time 'ckpt-erank -j8'
for i in 0 10 20; do
	zstd -qc <"$T/part$i" >"$T/frames" && mv "$T/frames" "$T/part$i"
done
zstd -qc <"$T/rest" >"$T/frames" && mv "$T/frames" "$T/rest"
ok 'rows of a stream compressed by zstd alone' in_time 'ckpt-erank -j8'
ok 'a compressed stream in parts' cut_parts "$T/run"
for c in ckpt-ls 'ckpt-svd -k1 -j1' 'ckpt-svd -k1 -j8' 'ckpt-erank -j8' 'ckpt-esd -j8' \
    'ckpt-align -S -j8' 'ckpt-sva -S -j8 --ref $T/last' 'ckpt-sva -S -j8 --with $T/run -' \
    'ckpt-diff -a - $T/run' \
    'ckpt-cat | ckpt-ls' 'ckpt-cat -d BF16 | ckpt-ls' 'ckpt-svd -f -j8 | ckpt-ls' \
    'ckpt-prune -j8 --keep-top 0.5 | ckpt-ls' 'ckpt-prune -m 0.5 | ckpt-ls' \
    'ckpt-perturb -j8 | ckpt-perturb -j8 | ckpt-ls' 'ckpt-avg -r | ckpt-ls' \
    'ckpt-avg -x - $T/run | ckpt-ls' 'ckpt-interp -n 2 - $T/run | ckpt-ls' \
    'ckpt-merge - $T/run | ckpt-ls'; do
	ok "rows of a step before the next: $c" in_time "$c"
done

# A file for each checkpoint is complete before the next one is sent.
step_files() {
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	mkdir "$T/steps"
	ckpt-cat -o "$T/steps/step{step}.npz" <"$T/fifo" &
	exec 3>"$T/fifo"
	late=0
	for s in 0 10 20; do
		cat "$T/part$s" >&3
		[ $late -ne 0 ] || wait_for [ -e "$T/steps/step$s.npz" ] || late=1
	done
	cat "$T/rest" >&3
	exec 3>&-
	wait $! && [ $late -eq 0 ] && ckpt-diff "$T/steps" "$T/run"
}
ok 'a file for each step, before the next step' step_files

# ------------------------------------------------------------- interrupted

# killed SIGNAL COMMAND: a program that is killed after two checkpoints keeps them
# in FILE.part, and leaves FILE as it was
killed() {
	rm -f "$T/fifo" "$T/d/o.part"
	mkfifo "$T/fifo"
	echo before >"$T/d/o"
	# a shell ignores SIGINT for what it runs in the background
	env --default-signal=INT $2 -o "$T/d/o" <"$T/fifo" &
	pid=$!
	exec 3>"$T/fifo"
	cat "$T/part0" "$T/part10" >&3
	wait_for keeps '0 10'
	head -c 3000 "$T/part20" >&3
	kill -"$1" $pid
	exec 3>&-
	wait $pid
	status=$?
	# maybe also what was read of the third
	[ "$(kept | cut -d ' ' -f 1-2)" = '0 10' ] && [ $status -gt 128 ] &&
	[ "$(cat "$T/d/o")" = before ] ||
	    { echo "status $status, kept: $(kept)"; return 1; }
}
mkdir "$T/d"
# kept: the steps in FILE.part
kept() {
	case $(head -c 4 "$T/d/o.part" 2>"$T/ignored") in
	step) sed 1d "$T/d/o.part" ;;
	?*) ckpt-ls "$T/d/o.part" 2>"$T/ignored" | sed 1d ;;
	esac | cut -f 1 | uniq | xargs
}
keeps() { [ "$(kept)" = "$1" ]; }
for s in TERM INT HUP KILL; do
	ok "SIG$s: whole checkpoints are kept" killed $s ckpt-cat
	ok "SIG$s: rows of whole checkpoints are kept" killed $s 'ckpt-erank -j8'
done
# cut_keeps COMMAND: the same after an error
cut_keeps() {
	rm -f "$T/d/o.part"
	echo before >"$T/d/o"
	exits 1 "cat $T/part0 $T/part10 | $1 -o $T/d/o" 'cut short' &&
	keeps '0 10' && [ "$(cat "$T/d/o")" = before ]
}
ok 'an error: whole checkpoints are kept' cut_keeps 'ckpt-perturb -l'
ok 'an error: rows are kept' cut_keeps 'ckpt-svd -j8'
# nothing_kept COMMAND: without a whole checkpoint nothing is kept
nothing_kept() {
	rm -f "$T/d/o.part" "$T/d/o"
	exits 1 "head -c 1000 $T/part0 | $1 -o $T/d/o" cut && [ -z "$(ls "$T/d")" ]
}
ok 'without a whole checkpoint nothing is kept' nothing_kept ckpt-cat
ok 'without rows nothing is kept' nothing_kept ckpt-svd
ok 'an incomplete file of another format is removed' nothing_kept 'ckpt-cat -F safetensors'
# The second of two programs that write one file takes another temporary name.
two_writers() {
	rm -f "$T/fifo" "$T/d/o" "$T/d/o.part"
	mkfifo "$T/fifo"
	ckpt-cat -o "$T/d/o" <"$T/fifo" &
	exec 3>"$T/fifo"
	cat "$T/part0" >&3
	wait_for [ -s "$T/d/o.part" ]
	ckpt-ls -o "$T/d/o" "$T/last" && ckpt-ls "$T/last" | cmp - "$T/d/o"
	same=$?
	cat "$T/part10" "$T/part20" "$T/rest" >&3
	exec 3>&-
	wait
	[ $same -eq 0 ] && [ "$(ckpt-ls "$T/d/o")" = "$(ckpt-ls "$T/run")" ] && [ "$(ls "$T/d")" = o ]
}
ok 'two programs that write one file do not mix' two_writers

# ------------------------------------------------------------ a cut stream

# Twenty checkpoints, cut at the end of each record, and within some.
ckpt-cat -s 0 -t '*linear?.weight' $A >"$T/from"
ckpt-cat -s last -t '*linear?.weight' $A >"$T/to"
ckpt-interp -n 20 "$T/from" "$T/to" >"$T/twenty"
ckpt-interp -u -n 20 "$T/from" "$T/to" >"$T/twenty.plain"
# rows FILE: lines of a table, or of that of the tensors of a stream
rows() {
	case $(head -c 4 "$1") in
	step) wc -l <"$1" ;;
	*) ckpt-ls "$1" 2>"$T/ignored" | wc -l ;;
	esac
}
# equal_tables FILE WHOLE COMMAND: of a damaged stream all -j give the same output,
# the beginning of that of the whole stream with all whole checkpoints, and one
# message.
equal_tables() {
	each=$((($(rows "$T/all") - 1) / 20))
	for j in 1 2 8; do
		sh -c "$3 -j$j" <"$1" >"$T/rows$j" 2>"$T/message$j"
		[ $? -eq 1 ] || { echo "status $?: $3"; return 1; }
	done
	got=$(rows "$T/rows1")
	head -c "$(wc -c <"$T/rows1")" "$T/all" | cmp - "$T/rows1" &&
	cmp "$T/rows1" "$T/rows2" && cmp "$T/rows1" "$T/rows8" &&
	cmp "$T/message1" "$T/message2" && cmp "$T/message1" "$T/message8" &&
	[ "$(wc -l <"$T/message1")" -eq 1 ] &&
	{ [ "$2" -eq 0 ] || [ "$got" -gt $(($2 * each)) ]; } ||
	    { echo "$2 whole checkpoints, $got rows"; return 1; }
}
# cut_everywhere FILE OFFSETS COMMAND
cut_everywhere() {
	sh -c "$3" <"$1" >"$T/all" || return 1
	cuts=0
	for at in $2; do
		head -c $at "$1" >"$T/cut"
		whole=$(records "$1" | awk -v at=$at '$1 <= at { n++ } END { print int((n - 1) / 4) }')
		equal_tables "$T/cut" "$whole" "$3" || { echo "$3 at $at"; return 1; }
		cuts=$((cuts + 1))
	done
	[ $cuts -gt 5 ] || { echo "$cuts cuts"; return 1; }
}
# damage FILE COMMAND: a byte in the second tensor of checkpoint 11
damage() {
	sh -c "$2" <"$1" >"$T/all" || return 1
	cp "$1" "$T/damaged"
	printf '\125' | dd of="$T/damaged" bs=1 conv=notrunc 2>"$T/ignored" \
	    seek=$(($(records "$1" | sed -n 43p) + 700))
	equal_tables "$T/damaged" 10 "$2"
}
ends=$(records "$T/twenty" | sed 1d)
ok 'cut at each record' cut_everywhere "$T/twenty" "$ends" 'ckpt-svd'
ok 'cut at each record: plain' cut_everywhere "$T/twenty.plain" \
    "$(records "$T/twenty.plain" | awk 'NR % 7 == 1')" 'ckpt-svd'
for c in ckpt-erank ckpt-esd 'ckpt-align -S' 'ckpt-sva -S --ref $T/to' 'ckpt-prune -l --keep-top .5' \
    'ckpt-perturb -l' 'ckpt-svd -f' ckpt-ls; do
	ok "cut in and between records: $c" cut_everywhere "$T/twenty" \
	    "$(echo "$ends" | awk 'NR % 27 == 5 { print $1; print $1 + 3; print $1 + 30 }')" "$c"
done
for c in 'ckpt-svd' 'ckpt-align -S' 'ckpt-prune -l --keep-top .5'; do
	ok "a wrong checksum: $c" damage "$T/twenty" "$c"
	ok "a wrong hash: $c" damage "$T/twenty.plain" "$c"
done
done_testing
