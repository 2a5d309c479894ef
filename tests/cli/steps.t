# steps.t - the steps of files: in them, in their names, counted
. tests/lib.sh
F=tests/files/steps
M=$PWD/tests/files/spec/mnist-cnn-part.safetensors
export F M

# ------------------------------------------------------------ in the file

# recorded NAME STEP: from a file and a pipe, as a step and a value of -s.
recorded() {
	prints "$2" "ckpt-ls -t w $F/$1.pt | sed 1d | cut -f1" &&
	    prints "$2" "ckpt-ls -t w -s $2 <$F/$1.pt | sed 1d | cut -f1"
}
ok 'iter, an integer' recorded iter-int 5
ok 'iteration, a tensor' recorded iteration-tensor 7
ok 'global_step before epoch, a scalar of NumPy' recorded global_step-numpy 9
ok 'epoch, an array of NumPy' recorded epoch-array 11
ok 'step, a tensor with one floating-point number' recorded step-float 13
ok 'iter, a floating-point scalar of NumPy' recorded iter-float32 15
ok 'a text is no step' recorded step-text 0
ok 'the file counts, not its name' prints 5 \
    "cp $F/iter-int.pt $T/step77.pt && ckpt-ls -t w $T/step77.pt | sed 1d | cut -f1"

# ------------------------------------------------------------ in the name

# named WANT NAME...: the steps of files of these names, in the order of the output.
named() {
	want=$1
	shift
	rm -rf "$T/named"
	for f; do
		mkdir -p "$T/named/$(dirname "$f")"
		cp $M "$T/named/$f"
	done
	prints "$want" "cd $T/named && ckpt-ls -t fc2.weight $* 2>$T/err | sed 1d | cut -f1 | xargs" &&
	    if [ "${note-}" ]; then grep -c "$note" "$T/err" | grep -qx 1; else [ ! -s "$T/err" ]; fi
}
ok 'steps after "it"' named '20 1000' ckpt_it1000.pt ckpt_it20.pt
ok 'epochs after "ep"' named '1 10' model_ep10.pth model_ep1.pth
ok 'a number with leading zeros' named 100 model_000100.pt
ok 'the number that varies' named '20 100' model_100.pt model_20.pt
ok 'the number that varies, in folders' named '20 100' seed1/100/x.pt seed1/20/x.pt
ok 'the number that varies where epochs repeat' named '500 1000 1500' \
    checkpoint_1_500.pt checkpoint_1_1000.pt checkpoint_2_1500.pt
ok 'a folder of such files' prints '20 100' "cd $T/named && rm *.pt && cp $M m_100.safetensors &&
    cp $M m_20.safetensors && ckpt-ls -t fc2.weight . | sed 1d | cut -f1 | xargs"
note='ckpt-ls: b.pt: no step in the file or its name: checkpoints are counted; see --step-from'
ok 'files without steps are counted, with a line' named '0 1 2' a.pt b.pt c.pt
note=
ok 'a single file without a step' named 0 a.pt
ok '--step-from' prints '7 30' \
    "cd $T/named && cp a.pt x30y1.pt && cp a.pt x7y2.pt && ckpt-ls --step-from 'x([0-9]+)y' -t fc2.weight x30y1.pt x7y2.pt |
    sed 1d | cut -f1 | xargs"
ok '--step-from without a group' prints '007' "cd $T/named && cp a.pt q007.pt &&
    ckpt-ls --step-from '[0-9]+' -t fc2.weight q007.pt | sed 1d | cut -f1 | sed s/^/00/"
ok '--step-from replaces the step of a file' prints 3 "cp $F/iter-int.pt $T/named/s3.pt &&
    ckpt-ls --step-from '/s([0-9])' -t w $T/named/s3.pt | sed 1d | cut -f1"
ok '--step-from that does not match' exits 1 "ckpt-ls --step-from 'none([0-9])' $T/named/a.pt" \
    'a.pt: no step is found in the path$'
ok '--step-from that matches no number' exits 1 "ckpt-ls --step-from '/(a)' $T/named/a.pt" 'no step is found'
ok '--step-from with a bad expression' exits 2 "ckpt-ls --step-from '(' $T/named/a.pt" 'not a regular expression'
ok '--step-from leaves the steps of a stream' prints '5 7' \
    "ckpt-cat $F/iter-int.pt $F/iteration-tensor.pt >$T/n3.ckpt && ckpt-ls --step-from 'n([0-9])' -t w $T/n3.ckpt |
    sed 1d | cut -f1 | xargs"
done_testing
