# cli.t - common to all programs: options, selection, output, errors
. tests/lib.sh
S=tests/files/spec
M=$S/mnist-cnn-part.safetensors
V=tests/files/v1
export S M V

# A run of four steps, one file per step.
mkdir "$T/run"
for i in 0 5 10 100; do
	cp $M "$T/run/step$i.safetensors"
done
R=$T/run.ckpt
export R
ckpt-cat -t 'conv1*' -t fc2.weight "$T"/run/* >"$R" || exit 1

# ---------------------------------------------------------------- options

for p in "$B"/ckpt-*; do
	p=${p##*/}
	ok "$p --help" sh -c "$p --help | grep -q '^usage: $p '"
	ok "$p --version" sh -c "$p --version | grep -qE '^$p [0-9.]+$'"
	ok "$p: an unknown option" exits 2 "$p --no-such-option" 'no-such-option'
	files=$T/none status=1
	case $p in
	ckpt-audit) status=2 ;;
	ckpt-diff) files="$T/none $T/none" status=2 ;;
	ckpt-interp | ckpt-merge) files="$T/none $T/none" ;;
	ckpt-prune) files="-T 1 $T/none" ;;
	esac
	ok "$p: no such file" exits $status "$p $files" "^$p: $T/none: No such file or directory$"
done
ok 'an unknown short option' exits 2 'ckpt-ls -Z' 'unknown option -Z'
ok 'an option without its value' exits 2 'ckpt-ls -t' 'option -t wants a value'
ok 'a flag with a value' exits 2 'ckpt-ls --json=1' 'option --json takes no value$'
while read -r wrong right; do
	ok "a misspelt option: $wrong" exits 2 "ckpt-ls $wrong" "^ckpt-ls: unknown option $wrong; did you mean \"$right\"\?$"
done <<'E2'
--tensr --tensor
--JSON --json
--hsah --hash
--quite --quiet
--meta-data --metadata
E2
ok 'an option that is like no other' exits 2 'ckpt-ls --frequency' '^ckpt-ls: unknown option --frequency; see --help$'
ok 'not a number' exits 2 'ckpt-ls -j two' '^ckpt-ls: --threads wants a whole number, not "two"$'
ok 'a number with trailing characters' exits 2 'ckpt-cat --level 3x' '3x'
ok 'zero threads' exits 2 'ckpt-ls -j 0' '1 to 1024'
ok 'an impossible level' exits 2 'ckpt-cat --level 20' '0 to 19'
ok 'an impossible delta' exits 2 'ckpt-cat --delta -1' '0 to 4095'
ok 'standard input twice' exits 2 "ckpt-ls - - <$M" 'once'
ok 'completions offer the formats to write' sh -c \
    "ckpt-cat --completion fish | grep -q -- \"-l format -s F -x -a 'ckpt .*safetensors.*pytorch\""
ok 'operands after --' exits 1 'ckpt-ls -- -q' '^ckpt-ls: -q: No such file'
ok 'options may follow operands' alike "ckpt-ls --json $M" "ckpt-ls $M --json"
ok '--help to a full disk fails' sh -c '! ckpt-ls --help >/dev/full'

# -------------------------------------------------------------- selection

# steps WANT OPTIONS: the steps that are selected, from a file and a pipe.
steps() {
	prints "$1" "ckpt-ls -t fc2.weight $2 $R | sed 1d | cut -f1 | xargs" &&
	    prints "$1" "cat $R | ckpt-ls -t fc2.weight $2 | sed 1d | cut -f1 | xargs" &&
	    prints "$1" "ckpt-ls -t fc2.weight $2 $T/run/* | sed 1d | cut -f1 | xargs"
}
ok 'all steps' steps '0 5 10 100' ''
ok 'one step' steps 5 '-s 5'
ok 'several steps, in the order of the input' steps '0 100' '-s 100,0'
ok 'a range' steps '5 10' '-s 1:10'
ok 'a range without end' steps '10 100' '--steps 10:'
ok 'a range without start' steps '0 5' '-s :5'
ok 'a range with stride' steps '0 10 100' '-s 0:100:10'
ok 'a stride counts from the start of the range' steps '5' '-s 5:99:10'
ok 'the last step' steps 100 '-s last'
ok 'the last step and another' steps '5 100' '-s last,5'
ok 'the last two steps' steps '10 100' '-s -2:'
ok 'the last steps and another' steps '0 10 100' '-s 0,-2:'
ok 'more last steps than there are' steps '0 5 10 100' '-s -9:'
for bad in x 1,,2 1: 1-2 last2 1:2:0 -1 -0: -2:3 1:2:3:4 '' 99999999999999999999; do
	[ "$bad" = 1: ] || ok "invalid steps: '$bad'" exits 2 "ckpt-ls -s '$bad' $R" '^ckpt-ls: --steps'
done
ok '-s last on a seekable standard input' prints 100 \
    "{ head -c 0; ckpt-ls -s last -t fc2.weight; } <$R | sed 1d | cut -f1"

names() {
	prints "$1" "ckpt-ls -s 5 $2 $R | sed 1d | cut -f2 | xargs"
}
all=$(ckpt-ls -s 5 "$R" | sed 1d | cut -f2 | xargs)
ok 'all tensors' test "$all" = "conv1.weight conv1.bias fc2.weight"
ok 'a glob' names "conv1.bias" '-t "*.bias"'
ok 'two globs' names "conv1.weight fc2.weight" '-t "*weight" -t "fc*"'
ok 'an excluding glob' names "conv1.weight fc2.weight" '-t "!*.bias"'
ok 'the last matching glob decides' names "conv1.weight conv1.bias" '-t "*" -t "!*.weight" -t "conv*"'
ok 'all tensors are excluded' names '' '-t "!*"'
ok 'operands in natural order' prints '0 5 10 100' \
    "ckpt-ls -t fc2.weight $T/run/step100.* $T/run/step10.* $T/run/step5.* $T/run/step0.* | sed 1d | cut -f1 | xargs"
ok 'streams are read in the order given' prints '10 0' \
    "ckpt-cat -s 10 $R >$T/b; ckpt-cat -s 0 $R >$T/a; ckpt-ls -t fc2.weight $T/b $T/a | sed 1d | cut -f1 | xargs"
ok 'standard input among files' prints '10 0' \
    "ckpt-ls -t fc2.weight - $T/a <$T/b | sed 1d | cut -f1 | xargs"
quiet() {
	exits 0 "$1" && [ ! -s "$T/.err" ]
}
for p in ckpt-ls ckpt-cat ckpt-erank; do
	ok "$p: a repeated step is a warning" exits 0 "$p $T/a $T/b $T/a" \
	    "^$p: step 0 comes more than once$"
	ok "$p: no warning if the repeated step is not selected" quiet "$p -s 10 $T/a $T/b $T/a"
done

# What a pattern or step does not match is an error, after the output.
misses() {
	exits "${4-1}" "$2" "$3" || return 1
	[ "$(sed 1d "$T/.out" | cut -f"${5-1}" | xargs)" = "$1" ] || { cat "$T/.out"; return 1; }
}
missing='no tensor has such a name'
ok 'a step that does not exist' misses '' 'ckpt-ls -s 7 -t fc2.weight $R' \
    '^ckpt-ls: -s 7: no such step among those from 0 to 100$'
ok 'one of several steps does not exist' misses '5' 'ckpt-ls -s 5,7 -t fc2.weight $R' '-s 7: no such step'
ok 'a range without steps' misses '5' 'ckpt-ls -s 11:99,5 -t fc2.weight $R' '-s 11:99: no such step'
ok 'a pattern matches nothing' misses '' 'ckpt-ls -s 5 -t CONV1.BIAS $R' \
    "^ckpt-ls: -t \"CONV1.BIAS\": $missing"
ok 'one of several patterns matches nothing' misses '0 5 10 100' 'ckpt-ls -t "fc?.*" -t "*linaer*" $R' \
    "linaer.*$missing"
while read -r wrong right; do
	ok "a misspelt tensor: $wrong" exits 1 "ckpt-ls -s 5 -t '$wrong' $R" \
	    "^ckpt-ls: -t \"$(echo "$wrong" | sed 's/[*?]/\\&/g')\": $missing; did you mean \"$right\"\?$"
done <<'E2'
conv1.wieght conv1.weight
CONV1.BIAS conv1.bias
fc.weight fc2.weight
*onv2.bais conv1.bias
weight conv1.weight
!fc3.w* fc2.weight
fc2.weights fc2.weight
E2
ok 'a tensor that is like no other' exits 1 'ckpt-ls -s 5 -t embedding $R' "$missing; ckpt-ls lists them$"
ok 'an excluding pattern matches nothing' misses 'conv1.bias fc2.weight' \
    'ckpt-ls -s 5 -t "!conv1.w*" -t "!*linaer*" $R' "!\\*linaer.*$missing" 1 2
ok 'a pattern matches in a later checkpoint only' quiet \
    'ckpt-cat -s 0 -t fc2.weight $R >$T/some; ckpt-cat -s 5 $R >$T/next; ckpt-ls -t "conv1*" $T/some $T/next'
ok 'a pattern matches in the second operand only' exits 1 'ckpt-diff -t "conv1.b*" -t fc2.weight $T/some $T/next'
ok 'patterns are not reported after another error' exits 1 'head -c 4000 $R | ckpt-cat -t x' 'cut short'
ok 'without a checkpoint no pattern is reported' misses '' 'ckpt-erank -t x -s 7 $R' 'no such step among'
no_file() {
	exits 1 "$1 -o $T/none $R" "$2" && [ ! -e "$T/none" ] && [ ! -e "$T/none.part" ]
}
for p in 'ckpt-cat' 'ckpt-cat -F safetensors' 'ckpt-avg' 'ckpt-prune -m 1' ckpt-ls ckpt-erank; do
	ok "$p -o: no pattern matches" no_file "$p -t x -s 5" "$missing"
	ok "$p -o: no step matches" no_file "$p -s 7" 'no such step'
done
ok 'a stream of nothing has no end' sh -c "ckpt-cat -t x $R 2>/dev/null | ckpt-verify 2>&1 | grep -q 'input'"
ok 'a file for some of the patterns' sh -c "! ckpt-cat -t x -t fc2.weight -o $T/some $R && ckpt-verify $T/some"
ok 'an early end of the reader is no error' sh -c \
    "{ ckpt-ls -t '*' -t x $T/run/*; echo \$? >&3; } 3>$T/status 2>$T/err | head -n 1 && grep -q . $T/status"

# ----------------------------------------------------------------- output

ok 'pipe and file give the same output' alike "ckpt-cat $R" "cat $R | ckpt-cat" "ckpt-cat - <$R"
ok 'threads do not change the output' alike "ckpt-cat -j1 --level 2 $T/run/*" \
    "ckpt-cat -j2 --level 2 $T/run/*" "ckpt-cat -j7 --level 2 $T/run/*"
ok 'equivalent spellings of options have equal provenance' alike "ckpt-cat -t 'conv*' --level 3 -s 5 $R" \
    "ckpt-cat --steps=5 --level 03 -q --tensor 'conv*' $R" \
    "ckpt-cat --level 9 -s 0 -s 5 --level 3 -t 'conv*' $R"

# to PROGRAM FILE: -o FILE writes the bytes of standard output.
to() {
	$1 "$R" >"$T/want" && $1 -o "$2" "$R" >"$T/out.txt" && [ ! -s "$T/out.txt" ] && cmp "$T/want" "$2"
}
alone() {
	[ "$(ls "$T/out" | xargs)" = "$1" ] || { ls -l "$T/out"; return 1; }
}
fifo() {
	$1 "$R" >"$T/want"
	rm -f "$T/fifo"
	mkfifo "$T/fifo"
	cat "$T/fifo" >"$T/got" &
	$1 -o "$T/fifo" "$R" && wait && cmp "$T/want" "$T/got" && [ -p "$T/fifo" ]
}
mkdir "$T/out"
for p in ckpt-cat ckpt-ls 'ckpt-cat -t fc2.weight -s 5 -F safetensors' \
    'ckpt-avg -r' 'ckpt-prune -l -m .5' 'ckpt-perturb -l'; do
	ok "$p -o a new file" to "$p" "$T/out/new"
	ok "$p -o an existing file" to "$p" "$T/out/new"
	ok "$p -o a fifo" fifo "$p"
	ok "$p -o /dev/stdout" alike "$p $R" "$p -o /dev/stdout $R | cat"
	ok "$p -o -" alike "$p $R" "$p -o - $R"
	ok "$p -o /dev/full" exits 1 "$p -o /dev/full $R" '/dev/full: No space left on device$'
	ok "$p >/dev/full" exits 1 "$p $R >/dev/full" 'standard output: No space left on device$'
	ok "$p -o a directory" exits 1 "$p -o $T/out $R" "$T/out: Is a directory$"
	ok "$p -o in a missing directory" exits 1 "$p -o $T/none/x $R" "$T/none/x: No such file"
	ok "$p: no temporary file is left" alone new
	rm "$T/out/new"
done
if [ "$(id -u)" = 0 ]; then
	skip '-o in a read-only directory' 'root may write anywhere'
else
	mkdir "$T/shut"
	chmod 555 "$T/shut"
	ok '-o in a read-only directory' exits 1 "ckpt-cat -o $T/shut/x $R" 'Permission denied'
fi
linked() {
	echo old >"$T/out/old" && chmod 640 "$T/out/old" && ln -sf old "$T/out/link" &&
	    ckpt-ls -o "$T/out/link" "$R" && [ -L "$T/out/link" ] &&
	    grep -q conv1 "$T/out/old" && [ "$(stat -c %a "$T/out/old")" = 640 ]
}
ok '-o keeps a symbolic link and the permissions' linked
rm -f "$T/out"/*

# After an error the existing file is unchanged; what was whole is in FILE.part.
kept() {
	echo old >"$T/out/kept"
	exits 1 "$1 -o $T/out/kept $T/cut" 'cut short' && [ "$(cat "$T/out/kept")" = old ] &&
	    [ "$(cd "$T/out" && echo *)" = 'kept kept.part' ]
}
head -c $(($(wc -c <"$R") - 30)) "$R" >"$T/cut"
ok 'ckpt-cat -o: an error keeps the existing file' kept ckpt-cat
ok 'ckpt-ls -o: an error keeps the existing file' kept ckpt-ls
ok 'after an error a piped stream has no end record' sh -c \
    "ckpt-cat $T/cut 2>/dev/null | ckpt-verify 2>&1 | grep -q 'cut short'"

# A signal while the program waits for standard input.
killed() {
	rm -f "$T/fifo" "$T/out/kept.part"
	mkfifo "$T/fifo"
	exec 9<>"$T/fifo"
	head -c 40000 "$R" >&9 &
	$1 -o "$T/out/kept" <"$T/fifo" 9>&- 2>"$T/err" &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(ls "$T/out" | wc -l)" -lt 2 ] || break
		sleep 0.1
	done
	kill -"$2" $pid
	wait $pid 2>/dev/null
	status=$?
	exec 9>&-
	[ $status -eq $((128 + $3)) ] || { echo "status $status"; return 1; }
	[ ! -s "$T/err" ] && [ "$(cat "$T/out/kept")" = old ]
}
ok 'SIGTERM keeps the existing file' killed ckpt-cat TERM 15
if sh -c 'kill -HUP $$; :' 2>/dev/null; then
	skip 'SIGHUP keeps the existing file' 'SIGHUP is ignored, as under nohup'
else
	ok 'SIGHUP keeps the existing file' killed ckpt-cat HUP 1
fi

# sigpipe COMMAND: ends by SIGPIPE without a message when its reader closes.
sigpipe() {
	{ sh -c "exec $1" 2>"$T/err"; echo $? >"$T/status"; } | sleep 0.01
	cat "$T/err" "$T/status"
	[ ! -s "$T/err" ] && [ "$(cat "$T/status")" -eq 141 ]
}
many="$R $R $R $R $R $R $R $R $R $R $R $R $R $R $R $R"
many="$many $many $many $many $many $many $many $many"
ok 'ckpt-cat ends by SIGPIPE when its reader closes' sigpipe "ckpt-cat -q -u $many"
ok 'ckpt-svd ends by SIGPIPE when its reader closes' sigpipe "ckpt-svd -q -t fc2.weight $(yes "$M" | head -n 200 | xargs)"
ignored() {
	trap '' PIPE
	sigpipe "$1"
	r=$?
	trap - PIPE
	return $r
}
ok 'ckpt-cat ends when its reader closes, even if SIGPIPE was ignored' ignored "ckpt-cat -q -u $many"
for p in ckpt-cat ckpt-ls ckpt-verify; do
	if command -v script >/dev/null; then
		ok "$p refuses a terminal as input" sh -c \
		    "script -qec $p /dev/null </dev/null | grep -q 'terminal holds no checkpoints'"
	else
		skip "$p refuses a terminal as input" 'no script(1)'
	fi
done
if command -v script >/dev/null; then
	ok 'no checkpoint is written to a terminal' sh -c \
	    "script -qec 'ckpt-cat $R' /dev/null </dev/null | grep -q 'not for a terminal'"
	ok 'a checkpoint to a terminal has status 2' sh -c "script -qec 'ckpt-cat $R' /dev/null </dev/null >/dev/null; [ \$? -eq 2 ]"
	ok 'no progress is shown when a table goes to a terminal' sh -c \
	    "script -qec 'ckpt-ls $many' /dev/null </dev/null | tr -d '\r' | sed '/^ckpt/!s/  */\t/g' >$T/tty;
	    ckpt-ls $many 2>&1 | diff - $T/tty"
	ok 'columns are aligned on a terminal' prints \
'step  tensor                     dtype  shape      bytes
0     norm1.num_batches_tracked  I64               8
0     conv1.weight               F32    8x1x3x3    288
0     conv1.bias                 F32    8          32
0     conv2.weight               F32    16x8x3x3   4608
0     conv3.weight               F32    24x16x3x3  13824
0     fc2.weight                 F32    10x32      1280' \
	    "script -qec 'ckpt-ls $M' /dev/null </dev/null | tr -d '\r'"
	ok 'the width of a cell is that on the screen' prints \
'step  tensor        dtype  shape  bytes
0     偏置1.bias    F32    8      32
0     fünf2.weight  F32    10x32  1280' \
	    "ckpt-cat --rename conv=偏置 --rename fc=fünf -t conv1.bias -t fc2.weight $M >$T/wide
	    script -qec 'ckpt-ls $T/wide' /dev/null </dev/null | tr -d '\r'"
	ok 'the heading is shown where there are no rows' prints 'step  tensor  dtype  shape  bytes' \
	    "script -qec 'ckpt-ls $V/good-empty.ckpt' /dev/null </dev/null | tr -d '\r'"
	slow_input() {
		mkfifo "$T/slow"
		{ cat "$T/a"; sleep 4; cat "$T/b"; } >"$T/slow" &
		script -qec "ckpt-ls $T/slow" /dev/null </dev/null >"$T/tty" &
		wait_for grep -q fc2 "$T/tty"
		early=$(grep -c fc2 "$T/tty")
		wait
		[ "$early" -eq 1 ] && [ "$(grep -c fc2 "$T/tty")" -eq 2 ]
	}
	ok 'rows are shown before the next checkpoint arrives' slow_input
	ok 'a file is not aligned, whatever the terminal' alike "ckpt-ls $M" \
	    "script -qec 'ckpt-ls -o $T/unaligned $M' /dev/null </dev/null; cat $T/unaligned"
	ok 'JSON is not aligned' alike "ckpt-ls --json $M" \
	    "script -qec 'ckpt-ls --json $M' /dev/null </dev/null | tr -d '\r'"
	ok 'metadata are escaped on a terminal' sh -c \
	    "script -qec 'ckpt-ls -m $V/good-escapes.ckpt' /dev/null </dev/null | tr -d '\r\n' >$T/tty;
	    [ -s $T/tty ] && ! LC_ALL=C grep -q '[[:cntrl:]]' $T/tty"
else
	skip 'output to a terminal' 'no script(1)'
fi

# ----------------------------------------------------------------- tables

ok '--json' prints '{"step":5,"tensor":"fc2.weight","dtype":"F32","shape":[10,32],"bytes":1280}' \
    "ckpt-ls --json -s 5 -t fc2.weight $R"
ok '--json: a scalar, and tensors of two files' prints '{"step":0,"tensor":"norm1.num_batches_tracked","dtype":"I64/-","shape":[[],null],"max_abs":null,"rel_frobenius":null,"cosine":null}
{"step":0,"tensor":"conv1.bias","dtype":"F32/F64","shape":[8],"max_abs":0.0,"rel_frobenius":0.0,"cosine":1.0}
{"step":0,"tensor":"conv1.weight","dtype":"-/F64","shape":[null,[8,1,3,3]],"max_abs":null,"rel_frobenius":null,"cosine":null}' \
    "ckpt-cat -t norm1* -t conv1.bias $M >$T/j1; ckpt-cat -d F64 -t 'conv1.*' $M | ckpt-diff --json $T/j1 - || :"
ok '--json: whole numbers have no point' prints '0 6 8' \
    "ckpt-erank --json -t conv1.weight $M | sed 's/.*\"step\":\([^,]*\),.*\"rows\":\([^,]*\),.*\"rank90\":\([^,]*\),.*/\1 \3 \2/'"
esc=$(printf '\033')
ok 'control characters in messages are escaped' exits 1 "ckpt-ls '$T/a$esc[31mb'" '/a\\x1b\[31mb: No such file'
ok 'bytes that are not UTF-8 are escaped' exits 1 "ckpt-ls $T/$(printf 'a\351\302\233')" '/a\\xe9\\xc2\\x9b: No such file'
ok 'in a pattern' exits 1 "ckpt-ls -t '$esc' $M" 't "\\x1b": no tensor'
ok '--provenance' prints "# via 1 - ckpt-cat $(sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h) ckpt-cat --tensor conv1* --tensor fc2.weight
# ckpt-ls --steps 5 $(sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h)
step tensor dtype shape bytes" "ckpt-ls -j1 --provenance -s 5 $R | head -n 3 | tr '\t' ' '"
ok 'an empty selection prints the column names' prints 'step tensor dtype shape bytes' \
    "ckpt-ls -t '!*' -s 5 $R | tr '\t' ' '"
done_testing
