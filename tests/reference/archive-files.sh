#!/bin/sh
# archive-files.sh - small archives in tests/files/archive, seeds of the fuzzer
cd "$(dirname "$0")/../files" || exit 1
small="-C npy scalar.npy -C ../safetensors/good valid-empty-and-scalar.safetensors"
same='--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner'
tar $same -cf archive/two.tar $small
gzip -n <archive/two.tar >archive/two.tar.gz
xz <archive/two.tar >archive/two.tar.xz
zstd -q <archive/two.tar >archive/two.tar.zst
bzip2 <npy/scalar.npy >archive/one.npy.bz2
python3 - <<'E2'
import zipfile
with zipfile.ZipFile('archive/two.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    for name in 'scalar.npy', 'empty.npy':
        z.writestr(zipfile.ZipInfo('step%d/%s' % (len(name), name)),
                   open('npy/' + name, 'rb').read())
E2
