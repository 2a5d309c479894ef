# package.t - make dist and make deb
. tests/lib.sh

make=${MAKE:-make}
version=$(sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h)
name=ckpt-tools-$version

# ------------------------------------------------------------------- dist

if git rev-parse HEAD >/dev/null 2>&1; then
	ok 'make dist' $make dist B="$T/dist"
	complete() {
		tar tzf "$T/dist/$name.tar.gz" | grep -v '/$' | sort >"$T/a"
		git ls-tree -r --name-only HEAD | sed "s,^,$name/," | sort | diff - "$T/a"
	}
	ok 'the archive has every file, in one folder' complete
	unpacked() {
		tar xzf "$T/dist/$name.tar.gz" -C "$T" && (cd "$T/$name" &&
		    $make -n filters doc >"$T/a" && $make B=b b/libckpt/base/utf8.o)
	}
	ok 'its Makefile works without git' unpacked
else
	skip 'make dist' 'no git repository'
fi

# -------------------------------------------------------------------- deb

case $B in
*-san)
	skip 'make deb' 'with sanitizers'
	done_testing
	exit ;;
esac
if ! command -v dpkg-gencontrol >/dev/null; then
	skip 'make deb' 'no dpkg-dev'
	done_testing
	exit
fi
D=$T/deb
export D
# From the programs of this build, whatever it was built for.
grep -q -e -march=native "$B/flags" && arch=-march=native || arch=
SOURCE_DATE_EPOCH=1700000000
DPKG_DEB_COMPRESSOR_LEVEL=0	# for speed
DEBFULLNAME=Me
DEBEMAIL=me@example.org
DEVELOPMENT='libb-dev liba-dev'
export SOURCE_DATE_EPOCH DPKG_DEB_COMPRESSOR_LEVEL DEBFULLNAME DEBEMAIL DEVELOPMENT
packages() {
	.ci/deb "$D" B="${BUILD:-build}" ARCH="$arch" || return 1
	for p in ckpt-tools libckpt0 libckpt-dev; do
		dpkg-deb -R "$D/$p"_*.deb "$D/$p" || return 1
	done
}
ok 'packages' packages
ok 'files have their permissions' sh -c 'dpkg-deb -c "$D"/ckpt-tools_*.deb >"$T/a" &&
    grep "^-rwxr-xr-x root/root .* 2023-11-14 22:13 ./usr/bin/ckpt-ls" "$T/a" &&
    ! grep -v -e "^[^ ]*r-. root/root" -e "^l" "$T/a"'
ok 'date and release are in the version' sh -c '. /etc/os-release &&
    grep -x "Version: '"$version"'-20231114.2213~$ID${VERSION_ID-}" "$D/ckpt-tools/DEBIAN/control"'
ok 'the maintainer' grep -x 'Maintainer: Me <me@example.org>' "$D/libckpt0/DEBIAN/control"
ok 'programs depend on libraries' grep -E '^Depends: .*libzstd1 \(' "$D/ckpt-tools/DEBIAN/control"
ok 'libckpt-dev depends on the libraries to link with' \
    grep -E '^Depends: libckpt0 \(= .*\), libb-dev, liba-dev' "$D/libckpt-dev/DEBIAN/control"
ok 'the library has symbols' grep -x ' ckpt_open@CKPT_0 '"$version" "$D/libckpt0/DEBIAN/symbols"
placed() {
	! (cd "$D/libckpt0" && find usr ! -type d ! -path '*/doc/*') | grep -v '/libckpt\.so\.0$' &&
	    (cd "$D/libckpt-dev" && ls -d usr/include/ckpt/ckpt.h usr/lib/*/libckpt.so \
	    usr/lib/*/libckpt.a usr/lib/*/pkgconfig/libckpt.pc usr/share/man/man3/libckpt.3.gz &&
	    cd ../ckpt-tools && ls usr/share/man/man1/ckpt-ls.1.gz usr/share/man/man5/ckpt.5.gz \
	    usr/share/bash-completion/completions/ckpt-ls && [ ! -e usr/lib ])
}
ok 'each file is in its package' placed
ok 'sums of all files' sh -c 'for p in ckpt-tools libckpt0 libckpt-dev; do
    cd "$D/$p" && md5sum --quiet -c DEBIAN/md5sums || exit 1; done'
repeated() {
	mkdir "$T/first" && mv "$D"/*.deb "$T/first" && rm -rf "$D" && packages &&
	    for f in "$T"/first/*.deb; do cmp "$f" "$D/${f##*/}" || return 1; done
}
ok 'equal sources give equal packages' repeated
if command -v lintian >/dev/null; then
	ok 'lintian' sh -c 'lintian --fail-on error,warning "$D"/*.deb'
else
	skip 'lintian' 'no lintian'
fi
done_testing
