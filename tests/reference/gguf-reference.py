#!/usr/bin/env python3
"""gguf-reference.py FILE... - metadata and tensors read by the gguf package

The columns file, key, type and value of each key; file, tensor, type, shape and
XXH64 (by the program xxhsum) of the bytes of each tensor. Needs gguf from PyPI.
"""
import os
import subprocess
import sys

from gguf import GGUFReader

for path in sys.argv[1:]:
    file = os.path.basename(path)
    reader = GGUFReader(path)
    for key, field in reader.fields.items():
        if not key.startswith('GGUF.'):
            print(file, key, field.types[0].name, field.contents(), sep='\t')
    for t in reader.tensors:
        assert t.data_offset % 32 == 0
        sum = subprocess.run(['xxhsum', '-H1'], input=t.data.tobytes(),
                             capture_output=True).stdout.decode().split()[0]
        shape = 'x'.join(str(n) for n in reversed(t.shape))
        print(file, t.name, t.tensor_type.name, shape, sum, sep='\t')
