"""spec.py FILE THREADS [vectors] - spec.c in numpy and torch

Prints a line for each library that can be imported: name, seconds for one pass
over all matrices of a safetensors file, largest difference to dgesdd relative to
the largest singular value. With vectors, the largest |A v - s u| instead. Errors
are those of matrices with up to LARGE elements.
"""
import json
import struct
import sys
import time

import numpy as np

SECONDS = 1.0
LARGE = 1 << 22


def matrices(path):
    with open(path, 'rb') as f:
        head = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        body = f.read()
    for name, t in head.items():
        if t.get('dtype') == 'F32' and len(t['shape']) > 1:
            low, high = t['data_offsets']
            x = np.frombuffer(body[low:high], '<f4')
            yield x.reshape(t['shape'][0], -1)


def report(name, values, all):
    best, start, passes = 1e99, time.perf_counter(), 0
    while passes < 2 or time.perf_counter() - start < SECONDS:
        t = time.perf_counter()
        for m in all:
            values(m)
        best = min(best, time.perf_counter() - t)
        passes += 1
    worst = 0
    all = [m for m in all if m.shape[0] * m.shape[1] <= LARGE]
    for m in all if vectors else ():
        u, s, v = (np.asarray(x).astype('f8') for x in values(m))
        a = np.asarray(m).astype('f8')
        worst = max(worst, np.linalg.norm(a @ v.T - u * s, axis=0).max() / s[0])
    for m in () if vectors else all:
        want = np.linalg.svd(np.asarray(m).astype('f8'), compute_uv=False)
        worst = max(worst, np.abs(np.asarray(values(m)) - want).max() / want[0])
    print(name, '%.9g' % best, '%.3g' % worst, sep='\t')


vectors = len(sys.argv) > 3


def main(path, threads):
    all = list(matrices(path))
    report('numpy %s F32' % np.__version__, lambda m: np.linalg.svd(
        m, full_matrices=False, compute_uv=vectors), all)
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(threads)
    all = [torch.from_numpy(m.copy()) for m in all]
    report('torch %s F32' % torch.__version__, lambda m: torch.linalg.svd(
        m, full_matrices=False) if vectors else torch.linalg.svdvals(m), all)


main(sys.argv[1], int(sys.argv[2]))
