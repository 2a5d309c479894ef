"""format.py FILE ... - compressed npz of the data of format.c

Prints a line for normally distributed F32 and for the F32 tensors of each
safetensors file: name, raw / stored, GB/s in, GB/s out.
"""
import io
import json
import os
import struct
import sys
import time

import numpy as np


def values(path):
    with open(path, 'rb') as f:
        head = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        body = f.read()
    return np.concatenate([
        np.frombuffer(body[slice(*t['data_offsets'])], '<f4')
        for t in head.values() if t.get('dtype') == 'F32'])


def report(name, x):
    f = io.BytesIO()
    start = time.perf_counter()
    np.savez_compressed(f, w=x)
    stored = time.perf_counter()
    size = f.tell()
    f.seek(0)
    np.load(f)['w']
    loaded = time.perf_counter()
    print(name, x.nbytes / size, x.nbytes / (stored - start) / 1e9,
          x.nbytes / (loaded - stored) / 1e9, sep='\t')


report('normal F32', np.random.default_rng(0).normal(
    0, 0.02, 16 << 20).astype('f4'))
for path in sys.argv[1:]:
    report(os.path.basename(path), values(path))
