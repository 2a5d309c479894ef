# keep-going.t - --keep-going: damaged files among others
. tests/lib.sh

A=tests/files/modadd/series.ckpt
mkdir "$T/s" "$T/good"
for s in 0 10 20 30 40 50; do
	ckpt-cat -s $s $A -o "$T/x" && ckpt-cat -F npz -o "$T/s/step$s.npz" "$T/x" || exit 1
done
cp "$T/s/step0.npz" "$T/s/step20.npz" "$T/s/step50.npz" "$T/good"
head -c 5000 "$T/s/step30.npz" >"$T/cut" && mv "$T/cut" "$T/s/step30.npz"
: >"$T/s/step40.npz"
printf '\125' | dd of="$T/s/step10.npz" bs=1 seek=6000 conv=notrunc 2>"$T/ignored"

# continues COMMAND: the output for all files is that for the sound ones; three
# lines name the others, and the status is 1
continues() {
	sh -c "$1 --keep-going $T/s" >"$T/out" 2>"$T/err"
	status=$?
	cat "$T/err"
	[ $status -eq 1 ] && [ "$(wc -l <"$T/err")" -eq 3 ] &&
	grep -q "s/step10.npz: " "$T/err" && grep -q "s/step30.npz: " "$T/err" &&
	grep -q "s/step40.npz: empty input" "$T/err" &&
	sh -c "$1 $T/good" | cmp - "$T/out"
}
for c in 'ckpt-ls --hash' 'ckpt-svd -k 1 -j8' ckpt-esd 'ckpt-align -S -j2 --heads 4' 'ckpt-sva -S' ckpt-cat \
    'ckpt-prune -l --keep-top .5' 'ckpt-prune -l -m .5' 'ckpt-perturb -l' ckpt-avg 'ckpt-avg -r' 'ckpt-svd -f -k 2' \
    'ckpt-erank -s last' 'ckpt-cat -s 0,20'; do
	ok "$c" continues "$c"
done
ok 'without it the first damaged file ends the program' exits 1 "ckpt-erank $T/s" 'step10.npz: '
missing() {
	exits 1 "ckpt-ls --keep-going $T/good/step0.npz $T/none $T/good/step50.npz" 'none: No such file' &&
	[ "$(sed 1d "$T/.out" | cut -f 1 | uniq | xargs)" = '0 50' ]
}
ok 'a missing file' missing

# A stream that is cut in its third checkpoint, and another one.
ckpt-cat -s 0:20 $A >"$T/three"
ckpt-cat -s 0:10 $A >"$T/two"
ckpt-cat -s 30:50 $A >"$T/rest"
head -c $(($(wc -c <"$T/three") - 3000)) "$T/three" >"$T/cut"
streams() {
	ckpt-cat --keep-going "$T/cut" "$T/rest" >"$T/out" 2>"$T/err"
	[ $? -eq 1 ] && [ "$(wc -l <"$T/err")" -eq 1 ] &&
	ckpt-verify "$T/out" && [ "$(ckpt-ls "$T/out")" = "$(ckpt-ls "$T/two" "$T/rest")" ]
}
ok 'whole checkpoints of a cut stream, and the next stream' streams
ok 'a cut pipe ends the program' sh -c "cat $T/cut | ckpt-erank --keep-going - $T/rest >$T/out 2>$T/err
    [ \$? -eq 1 ] && [ \$(tail -n 1 $T/out | cut -f 1) = 20 ] && [ \$(wc -l <$T/err) = 1 ]"
mkdir "$T/shards"
ckpt-cat -F npz -t '*bias' "$T/good/step0.npz" >"$T/shards/model-00001-of-00003.npz"
ckpt-cat -F npz -t '*weight' "$T/good/step0.npz" >"$T/shards/model-00002-of-00003.npz"
ok 'an incomplete set of shards' prints '0 50' \
    "ckpt-ls --keep-going $T/good/step0.npz $T/shards $T/good/step50.npz 2>$T/err | sed 1d | cut -f 1 | uniq | xargs &&
    grep -q '2 of 3 shards, without .*00003' $T/err"
ok 'ckpt-diff has status 2' exits 2 "ckpt-diff --keep-going $T/cut $T/three >$T/out" ''
ok 'ckpt-verify names every damaged file of a folder' sh -c "ckpt-verify $T/s 2>$T/err
    [ \$? -eq 1 ] && [ \$(grep -c 'npz: ' $T/err) -eq 3 ]"
done_testing
