# manual.t - every page is clean for mandoc and groff, and complete
. tests/lib.sh

programs=$(ls tools/*.c | sed 's,.*/,,; s,\.c$,,')

# Pages that are not installed cannot be found, and are no fault of the page.
clean_for_mandoc() {
	mandoc -Tlint -W style "$1" 2>&1 |
	    grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
	[ $? -eq 1 ]
}

clean_for_groff() {
	for form in '-mdoc -Tps' '-mandoc -Tutf8'; do
		groff $form -ww -z "$1" >"$T/groff" 2>&1 || return 1
		cat "$T/groff"
		[ ! -s "$T/groff" ] || return 1
	done
}

# letters COMMAND: letters and digits of a formatted page, without title and footer.
letters() {
	"$@" 2>/dev/null | sed "1d; s/.$(printf '\b')//g; /^ckpt-tools  *[A-Z][a-z]* [0-9]*, 20/d" |
	    tr -cd 'A-Za-z0-9'
}

# A name of a macro among the arguments of another is taken for that macro.
same_words() {
	letters mandoc -Tutf8 "$1" | fold >"$T/a"
	letters groff -mdoc -Tutf8 -P-c "$1" | fold | diff "$T/a" -
}

footer() {
	"$@" 2>/dev/null | sed '/^$/d' | tail -n 1 |
	    grep -E '^ckpt-tools +[A-Z][a-z]+ [0-9]+, 20[0-9]{2} +(ckpt-tools|[^ ]+\([1-8]\))$'
}

for page in man/*.[1-8]; do
	name=${page#man/}
	if command -v mandoc >/dev/null; then
		ok "$name is clean for mandoc" clean_for_mandoc "$page"
		ok "its footer, by mandoc" footer mandoc -Tascii "$page"
	else
		skip "$name is clean for mandoc" 'no mandoc'
		skip "its footer, by mandoc" 'no mandoc'
	fi
	if command -v groff >/dev/null; then
		ok "$name is clean for groff" clean_for_groff "$page"
		ok "its footer, by groff" footer groff -mdoc -Tascii -P-c "$page"
	else
		skip "$name is clean for groff" 'no groff'
		skip "its footer, by groff" 'no groff'
	fi
	if command -v mandoc >/dev/null && command -v groff >/dev/null; then
		ok "both print the same words of $name" same_words "$page"
	else
		skip "both print the same words of $name" 'no mandoc or no groff'
	fi
done

has_sections() {
	for p in $programs; do
		for s in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
			grep -qx ".Sh $s" "man/$p.1" || { echo "$p.1: no $s"; return 1; }
		done
	done
}
ok 'every program has a page with the usual sections' has_sections

names_programs() {
	sed -n '/^\.Sh PROGRAMS/,/^\.Sh STREAMS/s/^\.It Xr \(.*\) 1$/\1/p' man/ckpt-tools.7 |
	    sort >"$T/a"
	printf '%s\n' $programs | sort | diff "$T/a" -
}
ok 'ckpt-tools(7) lists every program once' names_programs

found() {
	cat man/*.[1-8] | sed -n 's/^\.Xr \(\(ckpt\|train-\|libckpt\)[^ ]*\) \([0-9]\).*/\1.\3/p' |
	    sort -u | while read -r page; do
		[ -e "man/$page" ] || echo "no $page"
	done >"$T/a"
	cat "$T/a"
	[ ! -s "$T/a" ]
}
ok 'pages refer to pages that exist' found

# The options of each program: its name, the short one or -, and the long one.
list_options() {
	for p in $programs; do
		"$p" --help | sed -n "s/^  \(-.\), \(--[a-z0-9-]*\).*/$p \1 \2/p;
		    s/^      \(--[a-z0-9-]*\).*/$p - \1/p"
	done
}

# Lines of examples, which may hold several commands.
list_examples() {
	cat man/*.[1-8] README.md | sed -n 's/^\.Dl //p; /^\.Bd -literal/,/^\.Ed/p; s/^    //p' |
	    sed 's/\\e/\\/g'
}

have_examples() {
	list_options >"$T/options"
	list_examples | awk '
		FNR == NR {
			all[$2 " " $3] = name[$1 " " $3] = $2 " " $3
			if ($2 != "-")
				name[$1 " " $2] = $2 " " $3
			next
		}
		{
			for (i = 1; i <= NF; i++) {
				word = $i
				gsub(/[^a-z0-9-]/, "", word)
				if (word ~ /^(ckpt|train)-[a-z]+$/)
					program = word
				else if ($i ~ /^-/ && program " " $i in name)
					shown[name[program " " $i]] = 1
			}
		}
		END { for (o in all) if (!(o in shown)) print "no example: " o }
	' "$T/options" - | sort >"$T/a"
	cat "$T/a"
	[ -s "$T/options" ] && [ ! -s "$T/a" ]
}
ok 'every option has an example' have_examples
done_testing
