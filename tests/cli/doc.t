# doc.t - the manual as HTML and PDF
. tests/lib.sh

make=${MAKE:-make}
command -v mandoc >/dev/null || skip_all 'no mandoc'
H=$T/doc/html
SOURCE_DATE_EPOCH=1700000000
export H SOURCE_DATE_EPOCH
makes() { $make DOC="$T/doc" "$@"; }

# ------------------------------------------------------------------- HTML

ok 'HTML' makes "$H/index.html"
lists_pages() {
	for page in man/*.[1-8]; do
		purpose=$(sed -n 's/^\.Nd //p' "$page")
		page=${page#man/}
		grep -F "<a href=\"$page.html\">${page%.*}(${page##*.})</a>" "$H/index.html" |
		    grep -F "<td>$purpose</td>" || { echo "$page"; return 1; }
	done
}
ok 'the index lists every page with its purpose' lists_pages
# Links to pages and places that do not exist.
dead_links() {
	perl -0777 -ne '
		my ($name) = $ARGV =~ m,([^/]*)$,;
		$ids{"$name#$_"} = 1 for "", /\bid="([^"]*)"/g;
		push @links, map { [ $name, $_ ] } /\bhref="([^"]*)"/g;
		END {
			for (@links) {
				my ($from, $to) = @$_;
				next if $to =~ m,^https://manpages\.debian\.org/[a-z]+\.\d$,
				    || $to eq "manual.css";
				$to = "$from$to" if $to =~ /^#/;
				$to .= "#" if $to !~ /#/;
				print "$from: $to\n" unless $ids{$to};
			}
			print "no links\n" unless @links > 100;
		}' "$H"/*.html >"$T/dead"
	cat "$T/dead"
	[ ! -s "$T/dead" ]
}
ok 'no link is dead' dead_links
ok 'a page of the project is a link in the folder' \
    grep -F 'href="ckpt-align.1.html"' "$H/ckpt-erank.1.html"

# -------------------------------------------------------------------- PDF

if command -v gropdf >/dev/null; then
	ok 'PDF' makes doc
	bookmarks() {
		for page in man/*.[1-8]; do
			page=${page#man/}
			grep -a '/Title' "$T/doc/ckpt-tools.pdf" | tr -d '\\' |
			    grep -F "(${page%.*}(${page##*.}))" || { echo "$page"; return 1; }
		done
	}
	ok 'it has a bookmark for each page' bookmarks
	ok 'equal dates give equal bytes' sh -c 'man/doc pdf "$T/again.pdf" \
	    "$(sed -n "s/.*CKPT_VERSION \"\(.*\)\"/\1/p" libckpt/ckpt.h)" &&
	    cmp "$T/again.pdf" "$T/doc/ckpt-tools.pdf"'
else
	skip 'PDF' 'no gropdf'
	ok 'without gropdf the message says so' exits 1 \
	    'man/doc pdf "$T/doc/ckpt-tools.pdf" 0' 'the PDF needs gropdf'
fi
if command -v gropdf >/dev/null && command -v pdftotext >/dev/null; then
	# The last line of the contents, and the page that it names.
	contents() {
		pdftotext -layout -l 1 "$T/doc/ckpt-tools.pdf" "$T/contents"
		at=$(sed -n 's/^libckpt(3).* \.*\([0-9]*\)$/\1/p' "$T/contents")
		pdftotext -f "$at" -l "$at" "$T/doc/ckpt-tools.pdf" - |
		    grep 'read and write streams of checkpoints'
	}
	ok 'the contents have the numbers of the pages' contents
	# The pages are 595 points wide.
	inside_margins() {
		pdftotext -bbox "$T/doc/ckpt-tools.pdf" - |
		    awk -F'"' '/<word/ { n++; if ($6 > 580) { print; bad = 1 } }
		        END { exit bad || n < 10000 }'
	}
	ok 'no line is longer than the page is wide' inside_margins
else
	skip 'contents and margins' 'no gropdf or pdftotext'
fi

# --------------------------------------------------------------- installed

installed() {
	makes install-doc "prefix=$T/usr" &&
	    diff -r "$T/doc" "$T/usr/share/doc/ckpt-tools"
}
ok 'make install-doc' installed
removed() {
	makes uninstall "prefix=$T/usr" && find "$T/usr" ! -type d >"$T/left"
	cat "$T/left"
	[ ! -s "$T/left" ]
}
ok 'make uninstall removes it' removed
done_testing
