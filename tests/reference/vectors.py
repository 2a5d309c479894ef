#!/usr/bin/env python3
"""vectors.py DIR - make the test vectors of ckpt(5) in DIR

They are never changed, only added to. Every file has its lines in README and
one in manifest.tsv:

    file     its prefix is the kind of the error, or good
    verify   exit status of reading everything
    ls       exit status of reading the heads alone, which may hop over bodies
    tensors  their number
    hash     XXH64 of all their raw bytes, joined
    whole    lengths of proper prefixes that are whole streams themselves
    error    what the error's line must match (grep -E)
"""
import vectors_good
import vectors_bad
import os
import sys

sys.dont_write_bytecode = True      # the folder of the tests stays clean

ABOUT = """Test vectors of ckpt/1, the format of ckpt(5)

A reader must read every good file, and refuse each of the others with the
kind of error that its name begins with: quickly, in little memory, and before
it has taken a wrong value for a right one. The files are never changed, only
added to.

.plain is the plain layer, .ckpt the same in zstd. manifest.tsv says what to
expect of each file; its columns are explained in tests/reference/vectors.py, which made
all of this and makes the plain files again, byte for byte.

"""


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, 'manifest.tsv'), 'w') as manifest, \
            open(os.path.join(out, 'README'), 'w') as readme:
        print('file', 'verify', 'ls', 'tensors', 'hash', 'whole', 'error', sep='\t',
              file=manifest)
        readme.write(ABOUT)
        for v in (*vectors_good.vectors(), *vectors_bad.vectors()):
            assert len(v.data) < 70000, v.file
            with open(os.path.join(out, v.file), 'wb') as f:
                f.write(v.data)
            print(v.file, v.verify, v.ls, v.tensors, v.hash,
                  ','.join(map(str, v.whole)) or '-', v.error, sep='\t', file=manifest)
            print(f'{v.file}\n\t{v.note}', file=readme)


if __name__ == '__main__':
    main()
