#!/usr/bin/env python3
"""vectors.py DIR - writes the test vectors of ckpt(5) to DIR

Existing vectors are never changed. Each file has an entry in README and a line in
manifest.tsv:

    file     its prefix is the kind of error, or good
    verify   exit status of reading everything
    ls       exit status of reading headers only, which may skip bodies
    tensors  number of tensors
    hash     XXH64 of the raw bytes of all tensors
    whole    lengths of proper prefixes that are complete streams
    error    pattern of the error message (grep -E)
"""
import vectors_good
import vectors_bad
import os
import sys

sys.dont_write_bytecode = True      # no __pycache__ in the source tree

ABOUT = """Test vectors of ckpt/1, the format of ckpt(5)

A reader must read every good file, and refuse each other file with the kind of
error that its name begins with: quickly, in little memory, and without ever
returning a wrong value. Existing files are never changed.

.plain is the uncompressed stream, .ckpt the same in zstd. manifest.tsv has the
expected results; its columns are explained in tests/reference/vectors.py, which
wrote these files and reproduces the plain ones byte for byte.

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
