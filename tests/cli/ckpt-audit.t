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
	    printf ' 1 20 fresh\n 1 20 same\n 1 step finding\n' | diff - $T/found"
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
40 w shape 10x40, was 20x20 at step 30\n' 1 "$T/m"
ok 'NaN and infinity' finds '0 b.nan nan 1 of 4 elements
0 c.inf inf 1 of 2 elements
0 f.zero constant all 4 elements are 0\n' 1 "$T/faults.safetensors"
for e in 'rand() - 0.5' 'sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand())'; do
	f32 "$T/step5.safetensors" 150 200 "srand(7) unless \$s++; $e"
	ok "a freshly initialized matrix: $e" prints '5 w fresh' "ckpt-audit $T/step5.safetensors | sed 1d | cut -f 1-3 | tr '\t' ' '"
done
f32 "$T/step6.safetensors" 150 200 'srand(7) unless $s++; rand() - 0.5 + 0.2 * sin($_ / 200) * cos($_ % 200)'
ok 'no finding for a matrix with structure' finds '' 0 "$T/step6.safetensors"

# Damage is a finding, and the series continues.
series; head -c 3000 "$T/good/step30.safetensors" >"$T/s/step30.safetensors"
ok 'a cut file' finds "30  damaged $T/s/step30.safetensors: cut short: wanted 12864 bytes of tensors, got 832\n" 1 "$T/s"
ok 'a cut file is no gap' sh -c "! ckpt-audit $T/s | grep -E 'gap|missing|new'"
series; head -c 3 "$T/good/step30.safetensors" >"$T/s/step30.safetensors"
ok 'a file cut in its header' finds "30  damaged $T/s/step30.safetensors: not a checkpoint of a known format\n" 1 "$T/s"
: >"$T/s/step40.safetensors"
rm "$T/s/step80.safetensors"
cp "$T/s/step20.safetensors" "$T/s/step70.safetensors"
ok 'several damaged files, and a finding behind them' finds "30  damaged $T/s/step30.safetensors: not a checkpoint of a known format
40  damaged $T/s/step40.safetensors: empty input
70  same every tensor is that of step 20\n" 1 "$T/s"
ckpt-cat -u -s 0:40 "$T/run.ckpt" >"$T/early"
size=$(wc -c <"$T/early")
head -c $((size - 3000)) "$T/early" >"$T/cut"
ok 'a cut stream before another one' sh -c "ckpt-audit $T/cut $T/late >$T/found
    [ \$? -eq 1 ] && cut -f 1,3 $T/found | paste -sd ' ' | tee /dev/stderr | grep -qx 'step	finding 40	damaged'"
head -c $((size - 64)) "$T/early" >"$T/cut"
ok 'a stream without an end' sh -c "ckpt-audit $T/cut $T/late | cut -f 1,3,4 | tail -n 1 |
    grep '^40	damaged	.*no eof record after step 40'"
ok 'a damaged pipe' sh -c "cat $T/cut | ckpt-audit | tail -n 1 | grep '^40		damaged	standard input: .*no eof'"
printf '\125' | dd of="$T/early" bs=1 seek=40000 conv=notrunc 2>/dev/null
ok 'a wrong checksum' sh -c "ckpt-audit $T/early | tail -n 1 | grep 'damaged	.*: hash'"
ok 'nothing but damage' finds "NaN  damaged $T/x.pt: empty input\n" 1 "$(: >"$T/x.pt"; echo "$T/x.pt")"

# Steps as in Pythia: one line for each checkpoint, however many matrices.
mkdir "$T/log"
perl -e 'srand(5); binmode STDOUT; my $n = 4 * 20000; my $h = "{" . join(",", map {
		sprintf(q("w%d":{"dtype":"F32","shape":[100,200],"data_offsets":[%d,%d]}), $_, $_ * $n, ($_ + 1) * $n)
	} 0 .. 5) . "}"; print pack("Q<", 1024), sprintf("%-1024s", $h);
	print pack("f<*", map { sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand()) } 1 .. 120000)' >"$T/fresh.safetensors"
for s in 0 1 2 4 8 16 32 64 128 256 512 1000 2000; do
	case $s in
	0 | 1) cp "$T/fresh.safetensors" "$T/log/step$s.safetensors" ;;
	*) ckpt-perturb -l -S 0.1 --seed $s "$T/fresh.safetensors" | ckpt-cat -F npz -o "$T/log/step$s.npz" ;;
	esac
done
logged() {
	ckpt-audit "$T/log" >"$T/found"
	cut -f 1 "$T/found" | uniq -d | grep -v '^1$' && return 1
	cat "$T/found"
	[ "$(grep -c '	fresh	6 of 6 matrices: w0 (normal, ' "$T/found")" -eq 12 ] &&
	[ "$(wc -l <"$T/found")" -eq 14 ] && grep -q '^1		same' "$T/found"
}
ok 'steps as powers of two: one line for each checkpoint' logged
mkdir "$T/frozen"
for s in 10 20 30; do
	ckpt-perturb -l -x 'w[13]' -S 0.1 --seed $s "$T/fresh.safetensors" | ckpt-cat -F npz -o "$T/frozen/step$s.npz"
done
ok 'matrices that do not move share a line' prints \
    '30		unmoved	2 of 6 matrices: w1 (equal to the step before 2 times of 2), w3 (equal to the step before 2 times of 2)' \
    "ckpt-audit $T/frozen | tail -n 1"

missing() {
	exits 2 "ckpt-audit $T/good/step0.safetensors $T/none $T/good/step10.safetensors" 'none: No such file' &&
	cut -f 1,3 "$T/.out" | tail -n +2 | grep -qx 'NaN	damaged'
}
ok 'a missing file has status 2, and the series continues' missing
ok 'an error has status 2' exits 2 "ckpt-audit $T/none" 'No such file'
ok 'usage is the SYNOPSIS of the manual' usage_is_synopsis ckpt-audit
done_testing
