# structure.t - the layout of the source tree, its names and its words
. tests/lib.sh

# The project's files.
if git rev-parse 2>/dev/null; then
	git ls-files -co --exclude-standard
else
	find .ci examples formats libckpt libnn man tests tools [A-Z]* -type f \
	    ! -path 'examples/data/*' ! -path 'examples/out/*'
fi | sort -u | while read -r f; do
	[ -e "$f" ] && printf '%s\n' "$f"
done >"$T/files"
# files REGEX: those with a matching path.
files() {
	grep -E "$1" "$T/files"
}
# none COMMAND...: it prints nothing.
none() {
	"$@" >"$T/found"
	[ ! -s "$T/found" ] || { wc -l <"$T/found"; cat "$T/found"; return 1; }
}

ok 'folders' prints "$(cat <<'E2'
.ci
examples
examples/gallery
formats
libckpt
libckpt/base
libckpt/links
libckpt/pickle
libckpt/spectral
libckpt/stream
libnn
libnn/core
libnn/data
libnn/kernels
libnn/layers
libnn/model
libnn/ops
libnn/optim
libnn/tokenizer
libnn/train
man
tests
tests/bench
tests/cli
tests/files
tests/fuzz
tests/gold
tests/grad
tests/reference
tests/unit
tools
tools/cli
tools/filter
tools/train
E2
)" "sed -n 's,/[^/]*\$,,p' $T/files | sed 's,^tests/files/.*,tests/files,' | sort -u"

# --------------------------------------------------------------- includes

# "FILE HEADER" for each #include "...", where HEADER is a path in the tree.
files '^(formats|libckpt|libnn|tools)/.*\.[ch]$' | xargs perl -ne '
	my ($header) = /^#\s*include\s+"(.+)"/ or next;
	my ($own) = $ARGV =~ m,(.*)/,;
	my ($path) = grep { -e } map { "$_/$header" } $own, qw(libckpt formats libnn tools);
	print "$ARGV ", $path // "?/$header", "\n"' >"$T/includes"
# others FROM TO: includes by files that match FROM of headers that do not match TO.
others() {
	awk -v from="$1" -v to="$2" '$1 ~ from && $2 !~ to' "$T/includes"
}
public='^(libckpt|formats|libnn)/[^/]*$|^libckpt/base/'
ok 'libckpt includes its own headers only' none others '^libckpt/' '^libckpt/'
ok 'public headers of libckpt include public ones only' none \
    others '^libckpt/[^/]*$' '^libckpt/([^/]*|base/.*)$'
ok 'formats include public headers of libckpt' none \
    others '^formats/' '^formats/|^libckpt/([^/]*|(base|pickle)/.*)$'
ok 'libnn includes public headers of libckpt' none \
    others '^libnn/' '^libnn/|^libckpt/([^/]*|(base|pickle)/.*)$'
ok 'public headers of libnn include public ones only' none others '^libnn/[^/]*$' "$public"
ok 'programs include public headers' none others '^tools/' "^tools/|$public"

onednn_users() {
	files '\.[ch]$' | xargs grep -lE '^#\s*include.*[</]dnnl' | grep -vx libnn/kernels/onednn_version.h
}
ok 'only one header includes oneDNN' none onednn_users

# ------------------------------------------------------------------ names

# globals ARCHIVE PREFIXES: global symbols without one of these prefixes.
globals() {
	[ -e "$B/$1.a" ] || return 0	# without libraries that trainers need
	nm -g --defined-only "$B/$1.a" | awk -v good="^($2|__)" 'NF == 3 && $3 !~ good'
}
ok 'global symbols of libckpt' none globals libckpt 'ckpt_|spec_'
ok 'global symbols of what trainers share' none globals train 'cli_'
ok 'global symbols of libnn' none globals libnn 'nn_'
ok 'global symbols of the programs' none globals cli 'cli_'

guards() {
	files '\.h$' | xargs perl -0777 -ne '
		my $name = uc($ARGV =~ s,.*/(.*)\.h,$1_H,r) =~ tr/-/_/r;
		print "$ARGV\n" unless /^#ifndef ((?:CKPT_|NN_|CLI_)?$name)\n#define \1\n/m'
}
ok 'include guards have the names of their files' none guards
# The first comment of a file begins with its name; for a program without .c.
first_lines() {
	files '\.([cht]|sh|py)$' | while read -r f; do
		name=${f##*/}
		case $f in tools/*/*) ;; tools/*) name=${name%.c} ;; esac
		head -n 2 "$f" | grep -qE "^(/\*|//| \*|#|\"\"\")? ?$name( .*)? - " || echo "$f"
	done
}
ok 'files begin with their name and purpose' none first_lines
manual_pages() {
	files '^tools/[^/]*\.c$' | sed 's,.*/\(.*\)\.c,man/\1.1,' | sort >"$T/a"
	files '^man/(ckpt|train)-.*\.1$' | diff - "$T/a"
}
ok 'each file in tools/ is a program with a manual page' manual_pages
long_functions() {
	files '\.[ch]$' | xargs awk '
		FNR == 1 { from = 0 }
		/^\{/ { from = FNR }
		/^\}/ && from { n = FNR - from + 1; if (n >= 70) print FILENAME ":" from ": " n; from = 0 }'
}
ok 'functions are shorter than 70 lines' none long_functions

# ------------------------------------------------------------------ words

# Matches of tests/banned-words, also across lines; ckpt.c:12: word.
banned() {
	files '^([^/]*|(.ci|formats|libckpt|libnn|man|tools)/.*|examples/.*|tests/.*)$' |
	    grep -vE '^tests/(gold/|banned-words)|^tests/files/.*/[^R]|\.(tsv|png|svg|pdf)$' |
	    xargs perl -e '
		open my $list, "<", "tests/banned-words" or die;
		my $words = join "|", grep { chomp; !/^(#|$)/ } <$list>;
		for my $file (@ARGV) {
			next unless -T $file and open my $in, "<", $file;
			my ($text, @line) = "";	# line number of each character
			while (<$in>) {
				s,^\s*([*#/]+|\.\\")?\s+,,;
				s/\s+/ /g;
				$_ .= " " unless / $/;
				push @line, ($.) x length;
				$text .= $_;
			}
			print "$file:$line[$-[0]]: $&\n"
			    while $text =~ /(?<![\w.-])(?:$words)(?![\w-])/gi;
		}'
}
ok 'words' none banned
done_testing
