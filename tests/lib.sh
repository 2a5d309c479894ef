# lib.sh - shell functions for tests that print TAP; source it: . tests/lib.sh
#
#   ok NAME COMMAND...   a test that passes if the command succeeds
#   skip NAME REASON     a test that cannot run here
#   skip_all REASON      instead of all tests: none of the file can run here
#   needs PROGRAM...     skip_all if one of them was not built
#   done_testing         at the end
#   wait_for COMMAND...  until the command succeeds, for a minute at most
#
# COMMAND of the functions below is shell text, which sh runs.

LC_ALL=C
export LC_ALL
unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS
B=$PWD/${BUILD:-build}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
export T B
n=0

ok() {
	n=$((n + 1))
	what=$1
	shift
	if "$@" >"$T/.log" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		head -n 20 "$T/.log" | sed 's/^/# /'
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

needs() {
	for p; do
		[ -x "$B/$p" ] || skip_all "$p was not built"
	done
}

done_testing() {
	echo "1..$n"
}

wait_for() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || { echo "waited in vain: $*"; return 1; }
		sleep 0.05
	done
}

# exits STATUS COMMAND [PATTERN]: the command exits with this status; standard
# error is one line that matches the pattern (grep -E). A crash or a report of a
# sanitizer never passes.
exits() {
	sh -c "$2" >"$T/.out" 2>"$T/.err" </dev/null
	got=$?
	cat "$T/.err"
	[ $got -eq "$1" ] || { echo "status $got, expected $1"; return 1; }
	if grep -qE 'Sanitizer|runtime error' "$T/.err"; then return 1; fi
	[ -z "${3-}" ] || { [ "$(wc -l <"$T/.err")" -eq 1 ] && grep -qE -- "$3" "$T/.err"; } ||
	    { echo "expected one line like: $3"; return 1; }
}

# alike COMMAND...: all commands succeed and print the same bytes.
alike() {
	sh -c "$1" >"$T/.a" || return 1
	[ -s "$T/.a" ] || { echo "no output: $1"; return 1; }
	shift
	for c; do
		sh -c "$c" >"$T/.b" || return 1
		cmp "$T/.a" "$T/.b" || return 1
	done
}

# prints TEXT COMMAND: the command prints this text, up to final newlines.
prints() {
	got=$(sh -c "$2") || return 1
	[ "$got" = "$1" ] || { printf 'expected:\n%s\ngot:\n%s\n' "$1" "$got"; return 1; }
}

# near TOLERANCE FILE COMMAND: the command prints the table in the file; numbers
# may differ by an absolute or relative tolerance. GOLD=1 rewrites the file.
near() {
	sh -c "$3" >"$T/.b" || return 1
	if [ -n "${GOLD-}" ]; then cp "$T/.b" "$2"; return; fi
	awk -F'\t' -v tol="$1" '
		function bad() { print "line " FNR ": " want[FNR] " | " $0; fail = 1 }
		FNR == NR { want[FNR] = $0; lines = FNR; next }
		{
			k = split(want[FNR], w)
			if (k != NF) { bad(); next }
			for (i = 1; i <= NF; i++) {
				if ($i == w[i]) continue
				if ($i !~ /^-?[0-9.]/ || w[i] !~ /^-?[0-9.]/) { bad(); next }
				d = $i - w[i]; if (d < 0) d = -d
				m = w[i] < 0 ? -w[i] : w[i]; if (m < 1) m = 1
				if (d > tol * m) { bad(); next }
			}
		}
		END { if (FNR != lines) { print FNR " lines, expected " lines; fail = 1 }; exit fail }
	' "$2" "$T/.b"
}

# usage_is_synopsis PROGRAM: --help and the manual page have the same options;
# --help fits on a screen.
usage_is_synopsis() {
	"$1" --help >"$T/.help" || return 1
	[ "$(wc -l <"$T/.help")" -le 64 ] || { echo "--help is longer than a screen"; return 1; }
	if grep -n '.\{81\}' "$T/.help"; then echo "--help is wider than a screen"; return 1; fi
	sed -n 's/^  \(-.\), \(--[a-z0-9-]*\).*/\1 \2/p; s/^      \(--[a-z0-9-]*\).*/\1/p' \
	    "$T/.help" | sort >"$T/.a"
	# a line may have several options: .It Fl -layers , Fl -width
	awk '$1 == ".It" {
		short = ""
		for (i = 2; i < NF; i++) {
			if ($i != "Fl") continue
			if ($(i + 1) ~ /^-/) { print short "-" $(i + 1); short = "" }
			else short = "-" $(i + 1) " "
		}
		if (short != "") print short
	}' "man/$1.1" | sort >"$T/.b"
	[ -s "$T/.a" ] && diff "$T/.a" "$T/.b"
}

# memory_limit KB: prints a command that limits memory, unless a sanitizer
# reserves address space.
memory_limit() {
	case $B in
	*-san) echo : ;;
	*) echo "ulimit -v $1" ;;
	esac
}

# python_with MODULE: prints a python3 that has this module, or nothing.
python_with() {
	for p in python3 /usr/bin/python3; do
		if "$p" -c "import $1" 2>/dev/null; then echo "$p"; return; fi
	done
}
