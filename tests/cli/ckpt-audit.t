# ckpt-audit.t - ckpt-audit: every finding
. tests/lib.sh
. tests/cli/spectra.sh

# A short run; its checkpoints as files without a step in their metadata.
cp tests/files/modadd/series.ckpt "$T/run.ckpt" || exit 1
mkdir "$T/good"
for s in 0 10 20 30 40 50 60 70 80; do
	ckpt-cat -s $s -F safetensors "$T/run.ckpt" | perl -pe 's/"step"/"stop"/' >"$T/good/step$s.safetensors"
done
# findings STATUS FILE...: prints the findings, with spaces for tabs
findings() {
	status=$1
	shift
	ckpt-audit -q "$@" >"$T/out" 2>/dev/null
	[ $? -eq "$status" ] || { echo "status not $status"; return 1; }
	sed 1d "$T/out" | tr '\t' ' '
}
finds() {
	want=$1
	shift
	findings "$@" >"$T/found" || { cat "$T/found"; return 1; }
	printf "$want" | diff - "$T/found"
}
# series: copies the series to change a file
series() {
	rm -rf "$T/s"
	cp -r "$T/good" "$T/s"
}
ok 'no findings in a sound run' finds '' 0 "$T/run.ckpt"
ok 'no findings in a sound series of files' finds '' 0 "$T/good"
ok 'no findings in a sound run from a pipe' finds '' 0 - <"$T/run.ckpt"
ok 'columns' prints "step${TAB:=	}tensor	finding	detail" "ckpt-audit $T/run.ckpt"

series; rm "$T/s/step30.safetensors" "$T/s/step40.safetensors"
ok 'missing checkpoints' finds '50  gap 2 checkpoints are missing after step 20\n' 1 "$T/s"
series; cp "$T/s/step20.safetensors" "$T/s/step50.safetensors"
ok 'weights equal to those of another step' finds '50  same every tensor is that of step 20\n' 1 "$T/s"
what='weights equal to those before training'
if [ -x "$B/train-modadd" ]; then
	mkdir "$T/large"
	train-modadd -q -p 31 --steps 10 --save 10 -o "$T/large.ckpt"
	for s in 0 10; do
		ckpt-cat -s $s -F safetensors "$T/large.ckpt" |
		    perl -pe 's/"step"/"stop"/' >"$T/large/step$s.safetensors"
	done
	cp "$T/large/step0.safetensors" "$T/large/step20.safetensors"
	ok "$what" sh -c "ckpt-audit $T/large | cut -f 1,3 | sort | uniq -c | tr -s ' \t' ' ' >$T/found
	    printf ' 4 20 fresh\n 1 20 same\n 1 step finding\n' | diff - $T/found"
else
	skip "$what" 'train-modadd was not built'
fi
series; ckpt-cat -s 20 -F safetensors "$T/run.ckpt" >"$T/s/step50.safetensors"
ok 'a file name that contradicts the step' finds "20  misnumbered the name says step 50: $T/s/step50.safetensors
20  repeated the step of checkpoint 3 as well
20  same every tensor is that of step 20\n" 1 "$T/s"
ckpt-cat -s 50:80 "$T/run.ckpt" >"$T/late"
ckpt-cat -s 0:40 "$T/run.ckpt" >"$T/early"
ok 'steps out of order' finds '0  order comes after step 80\n' 1 "$T/late" "$T/early"
ok 'a missing tensor' finds '20 model.decoder.weight missing was there at step 10\n' 1 \
    "$(ckpt-cat -s 0:10 "$T/run.ckpt" >"$T/x"; ckpt-cat -s 20:80 -t '!*decoder.weight' "$T/run.ckpt" >"$T/y"; echo "$T/x")" "$T/y"
ok 'a new tensor' finds '20 model.decoder.weight new was in no checkpoint before\n' 1 \
    "$(ckpt-cat -s 0:10 -t '!*decoder.weight' "$T/run.ckpt" >"$T/x"; ckpt-cat -s 20:80 "$T/run.ckpt" >"$T/y"; echo "$T/x")" "$T/y"
ok 'a changed dtype' prints '20 dtype BF16, was F32 at step 10' \
    "ckpt-cat -s 20: -d BF16 $T/run.ckpt >$T/y; ckpt-cat -s 0:10 $T/run.ckpt >$T/x;
    ckpt-audit $T/x $T/y | awk -F'\t' '\$2 == \"model.decoder.weight\" { print \$1, \$3, \$4 }'"

# f32 FILE ROWS COLS EXPRESSION: writes a matrix w; EXPRESSION of the index $_
f32() {
	perl -e 'my ($f, $r, $c, $e) = @ARGV; my $n = 4 * $r * $c;
		open F, ">", $f; binmode F;
		print F pack("Q<", 128), sprintf("%-128s", qq({"w":{"dtype":"F32","shape":[$r,$c],"data_offsets":[0,$n]}}));
		print F pack("f<*", map { eval $e } 0 .. $r * $c - 1)' "$@"
}
mkdir "$T/m"
f32 "$T/m/step10.safetensors" 20 20 '5'
ok 'a constant matrix' finds '10 w constant all 400 elements are 5\n' 1 "$T/m/step10.safetensors"
f32 "$T/m/step20.safetensors" 20 20 '$_ < 300 ? sin($_) : 0'
ok 'zero padding at the end of a matrix' finds '10 w constant all 400 elements are 5
20 w zeros the last 100 of 400 elements are 0\n' 1 "$T/m"
cp "$T/m/step20.safetensors" "$T/m/step30.safetensors"
f32 "$T/m/step40.safetensors" 10 40 'sin($_)'
ok 'a changed shape; an unchanged matrix' finds '10 w constant all 400 elements are 5
20 w zeros the last 100 of 400 elements are 0
30 w zeros the last 100 of 400 elements are 0
30  same every tensor is that of step 20
40 w shape 10x40, was 20x20 at step 30
40 w unmoved equal to the step before 1 times of 3\n' 1 "$T/m"
ok 'NaN and infinity' finds '0 b.nan nan 1 of 4 elements
0 c.inf inf 1 of 2 elements
0 f.zero constant all 4 elements are 0\n' 1 "$T/faults.safetensors"
for e in 'rand() - 0.5' 'sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand())'; do
	f32 "$T/step5.safetensors" 150 200 "srand(7) unless \$s++; $e"
	ok "a freshly initialized matrix: $e" prints '5 w fresh' "ckpt-audit $T/step5.safetensors | sed 1d | cut -f 1-3 | tr '\t' ' '"
done
f32 "$T/step6.safetensors" 150 200 'srand(7) unless $s++; rand() - 0.5 + 0.2 * sin($_ / 200) * cos($_ % 200)'
ok 'no finding for a matrix with structure' finds '' 0 "$T/step6.safetensors"
ok 'an error has status 2' exits 2 "ckpt-audit $T/none" 'No such file'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-audit
done_testing
