# install.t - make install, and what is installed, used from another folder
. tests/lib.sh

case $B in *-san) skip_all 'with sanitizers' ;; esac
make=${MAKE:-make}
P=$T/usr
export P
installed() { $make install "prefix=$P" "$@"; }
ok 'make install' installed
cd "$T" || exit 1
PATH=$P/bin:$PATH
PKG_CONFIG_PATH=$P/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
LD_LIBRARY_PATH=$P/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PKG_CONFIG_PATH LD_LIBRARY_PATH
export B
ok 'programs' sh -c 'ckpt-ls --version && [ "$(command -v ckpt-ls)" = "$P/bin/ckpt-ls" ]'

# They are for every processor of the architecture, those in $B for this one.
F=$OLDPWD/tests/files/safetensors/good/multi-layer.safetensors
export F
ok 'the same table as from a build for this processor' alike \
    'ckpt-svd "$F"' '"$B/ckpt-svd" "$F"'
if [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 >/dev/null; then
	ok 'and on a processor without AVX' alike \
	    'ckpt-svd "$F"' 'qemu-x86_64 -cpu Nehalem usr/bin/ckpt-svd "$F"'
else
	skip 'and on a processor without AVX' 'no qemu-x86_64'
fi

# ------------------------------------------------------------- the library

L=$OLDPWD/tests/list.c
# builds NAME MODULE: tests/list.c with what pkg-config prints for the module.
builds() {
	${CC:-cc} -std=c99 -Wall -Werror -o "$1" "$L" $(pkg-config --cflags --libs "$2")
}
needs_library() { readelf -d "$1" | grep -q 'NEEDED.*libckpt\.so\.0'; }
ok 'a program links with libckpt.so' builds shared libckpt
ok 'it needs libckpt.so.0' needs_library shared
ok 'a program links with libckpt.a' builds static libckpt-static
ok 'it does not need libckpt.so.0' sh -c '[ -x static ] && ! readelf -d static | grep libckpt'
for p in shared static; do
	ok "the $p one lists a safetensors file" alike \
	    'ckpt-ls "$F" | sed 1d | cut -f 2,3' "./$p \"\$F\""
done
exports() {
	nm -D --defined-only usr/lib/libckpt.so.0 | awk '{ print $3 }' >names
	grep -q '^ckpt_open@@CKPT_0$' names && grep -q '^spec_svd@' names &&
	    ! grep -vE '^((ckpt|spec)_.*@@CKPT_0|CKPT_0)$' names
}
ok 'it exports names with its prefixes only' exports
headers() {
	for h in usr/include/ckpt/*.h; do
		echo "#include <${h##*/}>" | ${CC:-cc} -std=c11 -Wall -Werror -fsyntax-only \
		    -x c $(pkg-config --cflags libckpt) - || return 1
	done
}
ok 'each header can be included first' headers

# ------------------------------------------------------------ other things

if command -v gnuplot >/dev/null; then
	ok 'a plot' sh -c 'ckpt-svd "$F" |
	    gnuplot -c usr/share/ckpt-tools/examples/svd.gp >a.png && [ -s a.png ]'
else
	skip 'a plot' 'no gnuplot'
fi
if command -v gnuplot >/dev/null && [ -x "$P/bin/train-modadd" ]; then
	E=$P/share/ckpt-tools/examples
	find "$E" | sort >before
	ok 'the demo, from another folder' sh -c "mkdir demo && cd demo &&
	    $make -s -f $E/Makefile demo STEPS=20 && [ -s out/fig2a.png ]"
	ok 'a figure, with a scale of the user' sh -c "cd demo &&
	    cp $OLDPWD/tests/cli/tiny.mk mine.mk &&
	    $make -s -f $E/Makefile fig2 SCALE=mine SEEDS=0 THREADS=1 && [ -s out/mine/fig2.svg ]"
	ok 'a figure without data' exits 2 \
	    "cd demo && $make -f $E/Makefile fig8 2>&1 | grep ^datasets >&2
	     $make -f $E/Makefile fig8 2>/dev/null" \
	    "put it in $T/demo/data/cifar.*; see: make -f $E/Makefile data\$"
	ok 'nothing is written beside the Makefile' sh -c "find $E | sort | diff before -"
else
	skip 'the demo, from another folder' 'no gnuplot or train-modadd'
fi
ok 'links of known networks' sh -c 'ls usr/share/ckpt-tools/links/gpt2.links'
ok 'man finds a page' sh -c 'case $(command -v man) in
	"") mandoc -Tlint -W error usr/share/man/man1/ckpt-svd.1 ;;
	*) man -M usr/share/man -w 3 libckpt && man -M usr/share/man -w ckpt-svd ;; esac'

bash_completes() {
	cat >complete.bash <<-'E2'
		. usr/share/bash-completion/completions/ckpt-svd || exit 1
		complete -p ckpt-svd
		_ckpt-svd ckpt-svd --te ckpt-svd
		echo "${COMPREPLY[*]}"
	E2
	bash complete.bash >completed && [ "$(tail -n 1 completed)" = --tensor ]
}
ok 'bash completes an option' bash_completes
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		ok "$shell accepts the completions" sh -c "for f in usr/share/$shell/*/*; do
		    $shell -n \$f || exit 1; done"
	else
		skip "$shell accepts the completions" "no $shell"
	fi
done
ok 'an unknown shell is refused' exits 2 'ckpt-ls --completion csh' 'bash, zsh or fish'

removed() {
	(cd "$OLDPWD" && $make uninstall "prefix=$P") && find "$P" ! -type d >left
	cat left
	[ ! -s left ]
}
ok 'make uninstall leaves no file' removed
done_testing
