# data.t - the data sets of the figures: what is missing, and what a mirror has
. tests/lib.sh

unset FETCH MIRROR CIFAR MNIST TEXT SPEECH SPEECH_VAL SCALE
D=$T/data
M=$T/mirror
export D M
make="make -s -C examples DATA=$D"

# ----------------------------------------------------------------- the table

ok 'lines of datasets.tsv are complete' sh -c "! sed 1d examples/datasets.tsv |
    grep -vE '^([^	]+	){5}[0-9]+	([0-9a-f]{32}|[0-9a-f]{64})	https://'"

# Data sets of a figure, as paths below DATA: of the rules, and of the table.
rules_of() {
	$make -n "SCALE=$1" "fig$2" | sed -n "s,.*datasets get $D/,,p" | sort -u
}
table_of() {
	awk -F'\t' -v scale="$1" -v n="$2" '
		NR > 1 && ($3 == scale || $3 == "all") && (" " $4 " ") ~ (" " n " ") {
			sub(/\/.*/, "", $5)
			print $5
		}' examples/datasets.tsv | sort -u
}
same_sets() {
	for f in 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		echo "figure $f" && rules_of "$1" $f >"$T/a" && table_of "$1" $f >"$T/b" &&
		    diff "$T/a" "$T/b" || return 1
	done
}
ok 'it has the data sets that the figures need' same_sets small
ok 'it has those at the scale of the paper' same_sets paper

# ------------------------------------------------------------------- missing

ok 'make data lists the data sets of each figure' prints \
    'figure 2: no data/figure 3: CIFAR-10, MNIST, Free Spoken Digit Dataset, WikiText-2/figure 8: CIFAR-10/' \
    "$make data | grep -E '^figure [238]:' | tr '\\n' /"
ok 'it lists files, sizes, checksums and origins' prints \
    "$D/cifar-10-binary.tar.gz: missing 170052171 bytes, md5 c32a1d4ab5d03f1284b67883e8d87530 https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz" \
    "$make data | grep -A 3 ^CIFAR | sed 1d | xargs"
ok 'a data set may be elsewhere' prints 'CIFAR is fashion-mnist' \
    "$make data CIFAR=fashion-mnist | grep -A 1 ^CIFAR | sed 1d | xargs"
# stops GOALS PATTERN: make fails, with one line that matches, but for make's.
stops() {
	if sh -c "$make $1" >/dev/null 2>"$T/err"; then return 1; fi
	grep -v '^make' "$T/err" >"$T/line"
	cat "$T/line"
	[ "$(wc -l <"$T/line")" -eq 1 ] && grep -qE "$2" "$T/line"
}
ok 'a figure without its data is one line' stops fig8 \
    "CIFAR-10 is missing: put it in $D/cifar-10-binary.tar.gz \(170 MB, from https.*make -C .*/examples data\$"
ok 'for several files, the line has their total size' stops "$D/mnist" \
    "MNIST is missing: put it in $D/mnist \(12 MB, from https://[^ ]*/mnist/\)"
ok 'nothing was made' test ! -e "$D"

# ------------------------------------------------------------------ a mirror

# A copy of the examples, with data sets of a few bytes.
mkdir "$T/e" "$M" "$M/mnist"
cp examples/Makefile examples/*.mk examples/datasets "$T/e"
make="make -s -C $T/e DATA=$D SCALE=paper CIFAR=$D/cifar MNIST=$D/mnist"
make="$make TEXT=none SPEECH=none SPEECH_VAL=none"
echo images >"$M/cifar"
echo labels >"$M/mnist/labels"
echo digits >"$M/mnist/digits"
sum_of() {
	"$1sum" <"$M/$2" | cut -d ' ' -f 1
}
{
	echo heading
	printf '%s\t%s\tall\t8\t%s\t7\t%s\thttps://none.invalid/x\n' \
	    CIFAR-10 CIFAR cifar "$(sum_of md5 cifar)" \
	    MNIST MNIST mnist/labels "$(sum_of sha256 mnist/labels)" \
	    MNIST MNIST mnist/digits "$(sum_of sha256 mnist/digits)"
} >"$T/e/datasets.tsv"

echo labelz >"$M/mnist/labels"
ok 'a file with another checksum is an error' stops "data MIRROR=$M" \
    "$M/mnist/labels is damaged: its sha256 is not [0-9a-f]{64}\$"
ok 'it is not kept, nor is the rest of its data set' sh -c \
    '[ ! -e $D/mnist ] && [ ! -e $D/mnist.part/labels ]'
ok 'other data sets were fetched' cmp "$M/cifar" "$D/cifar"
echo labels >"$M/mnist/labels"
ok 'what is missing is fetched' sh -c \
    "$make data MIRROR=$M && cmp $M/mnist/labels $D/mnist/labels && cmp $M/mnist/digits $D/mnist/digits"
ok 'nothing else is left' prints 'cifar digits labels mnist' "ls $D $D/mnist | sort | grep -v : | xargs"
ok 'the list says so' prints '3' "$make data | grep -c 'there, verified'"
rm -r "$M/mnist"
ok 'what is there is not fetched again' sh -c "$make data MIRROR=$M"
echo other >"$D/cifar"
ok 'a file that differs is reported' prints "$D/cifar: there, but not the published file" \
    "$make data | grep '$D/cifar' | xargs"
ok 'and stays as it is' prints other "$make data MIRROR=$M >/dev/null; cat $D/cifar"
rm -r "$D/mnist"
ok 'a mirror without the file is an error' stops "$D/mnist MIRROR=$M" \
    "datasets: $M/mnist/labels: no such file"

if command -v curl >/dev/null; then
	printf ima >"$D/cifar.part"
	rm "$D/cifar"
	ok 'an interrupted download continues' sh -c \
	    "$make $D/cifar MIRROR=file://$M && cmp $M/cifar $D/cifar"
	ok 'a download that fails is an error' sh -c "! $make $D/mnist MIRROR=file://$M &&
	    [ ! -e $D/mnist ]"
else
	skip 'an interrupted download continues' 'no curl'
fi
done_testing
