# train-modadd.t - train-modadd: training, evaluation, resuming, errors
. tests/lib.sh
needs train-modadd

# A network that trains in seconds.
small='-q -p 17 --frac .6 --width 16 --heads 2 --hidden 24 --lr 1e-2 --save 10'
steps="$small --steps 60"

# The log without its last column, the time.
columns() { cut -f 1-6 "$1"; }

ok 'trains' sh -c "train-modadd $steps -o $T/a.ckpt --log $T/a.tsv"
ok 'the log has both splits of every saved step' prints '7 7' \
    "awk -F'\t' '{ n[\$3]++ } END { print n[\"train\"], n[\"val\"] }' $T/a.tsv"
ok 'the training loss falls' awk -F'\t' \
    '$3 == "train" { if (!n++) first = $4; last = $4 } END { exit !(last < .8 * first) }' "$T/a.tsv"
ok 'standard output equals the file' alike "cat $T/a.ckpt" "train-modadd $steps"
ok 'threads do not change the output' alike "cat $T/a.ckpt" "train-modadd $steps -j1" \
    "train-modadd $steps -j3"
ok 'the seed changes the output' exits 1 "train-modadd $steps --seed 1 | cmp -s - $T/a.ckpt"

# ---------------------------------------------------- files for others
short="$small --steps 20"
ok 'a file for each checkpoint' sh -c "train-modadd $short -o $T/'f-step{step:03}.pt' &&
    [ \"\$(cd $T && echo f*)\" = 'f-step000.pt f-step010.pt f-step020.pt' ] && ckpt-verify $T/f*"
ok 'its weights are those of the stream' alike "train-modadd $short | ckpt-ls --hash | sort" \
    "ckpt-ls --hash $T/f* | sort"
ok 'the last checkpoint alone, for other programs' sh -c \
    "train-modadd $short --save 0 -o $T/g.safetensors && ckpt-verify $T/g.safetensors"
ok 'one file of another format for several checkpoints' exits 2 \
    "train-modadd $short -o $T/h.safetensors" 'holds one checkpoint: --save 0 .*\{step\}'
ok 'a run of several files cannot be resumed' exits 2 \
    "train-modadd $short -o $T/'h{step}.ckpt' --state $T/h.state" 'one ckpt/1 stream'

# ---------------------------------------------------------------- --eval
cut -f 1,3-5 "$T/a.tsv" >"$T/want"
ok '--eval reproduces the losses of the log' near 1e-5 "$T/want" \
    "train-modadd --eval $T/a.ckpt | cut -f 1,3-5"
ok '--eval reads a pipe' alike "train-modadd --eval $T/a.ckpt" \
    "train-modadd --eval <$T/a.ckpt" "train-modadd $steps | train-modadd --eval -j1"
ok '--eval counts the examples' prints '173 116' \
    "train-modadd --eval $T/a.ckpt | awk -F'\t' 'NR == 2 { a = \$6 } NR == 3 { print a, \$6 }'"
for model in mlp 'transformer --norm'; do
	ok "--eval of $model" sh -c "train-modadd $small --steps 20 --model $model --log $T/m.tsv -o $T/m.ckpt &&
	    cut -f 1,3-5 $T/m.tsv >$T/want"
	ok "--eval of $model reproduces the losses of the log" near 1e-5 "$T/want" \
	    "train-modadd --eval $T/m.ckpt | cut -f 1,3-5"
done

# ---------------------------------------------------------------- --init
ok '--init starts from the last checkpoint' sh -c "train-modadd $small --steps 0 --init $T/a.ckpt |
    train-modadd --eval | tail -n 2 | cut -f 3-6 >$T/x &&
    train-modadd --eval $T/a.ckpt | tail -n 2 | cut -f 3-6 | cmp - $T/x"
ok '--init with other shapes is refused' exits 1 \
    "train-modadd $small --width 8 --init $T/a.ckpt -o $T/no.ckpt" 'model.encoder.weight'
ok 'a refused --init leaves no file' test ! -e "$T/no.ckpt"

# -------------------------------------------------------------- --resume
resumed() {
	cmp "$T/a.ckpt" "$T/r.ckpt" && test ! -e "$T/r.ckpt.part" &&
	    test ! -e "$T/r.ckpt.old" && columns "$T/a.tsv" >"$T/x" &&
	    columns "$T/r.tsv" | cmp "$T/x" -
}
files="-o $T/r.ckpt --log $T/r.tsv --state $T/r.state"
ok 'a run is stopped early' sh -c "train-modadd $small --steps 30 $files"
ok 'a stopped run is resumed' sh -c "train-modadd $steps $files --resume $T/r.state"
ok 'resumed: the same bytes in all files' resumed
ok 'a state of a run with other settings is refused' exits 1 \
    "train-modadd $steps $files --resume $T/r.state --lr 1e-3" 'train.lr'

# Killed repeatedly until the run is complete.
killed() {
	rm -f "$T"/r.*
	big="$small --steps 200 --batch 20"
	train-modadd $big -o "$T/b.ckpt" --log "$T/b.tsv" || return 1
	tries=0 resume=
	while [ ! -e "$T/r.ckpt" ]; do
		[ $((tries += 1)) -lt 400 ] || { echo "never done"; return 1; }
		[ -e "$T/r.state" ] && resume="--resume $T/r.state"
		train-modadd $big $files $resume &
		pid=$!
		# wait longer each time, for a busy machine
		ms=$(((tries % 10 * 10 + tries % 7) * (1 + tries / 20)))
		sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
	done
	echo "$tries tries"
	cmp "$T/b.ckpt" "$T/r.ckpt" || return 1
	columns "$T/b.tsv" >"$T/x"
	columns "$T/r.tsv" | cmp "$T/x" -
}
ok 'killed repeatedly and resumed: the same bytes' killed
ok 'resumed with --delta: the same bytes' sh -c "train-modadd $steps --delta 3 -o $T/d.ckpt &&
    train-modadd $small --delta 3 --steps 20 -o $T/e.ckpt --state $T/e.state &&
    train-modadd $steps --delta 3 -o $T/e.ckpt --state $T/e.state --resume $T/e.state &&
    cmp $T/d.ckpt $T/e.ckpt"
ok 'resumed to standard output: the stream continues after the state' sh -c "train-modadd $small --steps 30 --state $T/s.state >$T/s.ckpt &&
    train-modadd $steps --resume $T/s.state >>$T/s.ckpt &&
    train-modadd --eval $T/s.ckpt >$T/x && train-modadd --eval $T/a.ckpt | cmp $T/x -"

# -------------------------------------------------------------- errors
ok 'heads that do not divide the width' exits 1 'train-modadd --heads 3' 'heads: 3 does not divide'
ok 'an unknown model' exits 2 'train-modadd --model cnn' transformer
ok 'a modulus too large' exits 1 'train-modadd -p 100000' 'p: wanted'
ok 'no training examples' exits 1 'train-modadd --frac 0' 'frac: '
ok 'operands without --eval are a usage error' exits 2 'train-modadd x.ckpt' 'only --eval'
ok 'a NaN loss is reported once' exits 0 \
    "train-modadd $small --steps 9 --lr 1e30 >/dev/null" 'step [0-9]+: the loss is'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis train-modadd
done_testing
