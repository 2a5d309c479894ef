"""algebra.py FILE ... - the operations of algebra.sh in numpy

Each FILE is a step of a run, in safetensors; prints name and GB/s, the best of
three. In F32, vectorized.
"""
import json
import math
import os
import struct
import sys
import tempfile
import time

import numpy as np

TYPES = {'F32': '<f4', 'I64': '<i8'}


def read(path):
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    head = json.loads(b[8:8 + n])
    head.pop('__metadata__', None)
    return b[:8 + n], {
        name: np.frombuffer(b, TYPES[t['dtype']], math.prod(t['shape']),
                            8 + n + t['data_offsets'][0]).reshape(t['shape'])
        for name, t in head.items()}


def write(path, head, model):
    with open(path, 'wb') as f:
        f.write(head)
        for x in model.values():
            f.write(x)


def floats(f, *models):
    return {n: f(*(m[n] for m in models)) if x.dtype == 'f4' else x
            for n, x in models[0].items()}


def matrices(f, model):
    last = [n for n, x in model.items() if x.ndim > 1][-1]
    return {n: f(x) if x.ndim > 1 and n != last else x
            for n, x in model.items()}


def diff(x, y):
    for n in x:
        if not np.array_equal(x[n], y[n]):
            print(n, abs(x[n] - y[n]).max(), np.linalg.norm(x[n] - y[n]))


def slerp(u, v):
    norms = np.linalg.norm(u) * np.linalg.norm(v)
    t = np.arccos(np.clip(np.vdot(u, v) / norms, -1, 1)) if norms else 0
    if np.sin(t) < 1e-6:
        return np.float32(.7) * u + np.float32(.3) * v
    return ((np.sin(.7 * t) * u + np.sin(.3 * t) * v) / np.sin(t)).astype('f4')


def noisy(w, rng=np.random.default_rng(0)):
    z = rng.standard_normal(w.shape, dtype='f4')
    norm = np.linalg.norm(w)
    v = w + np.float32(.5) * norm * z / np.linalg.norm(z)
    return norm / np.linalg.norm(v) * v


def top(w):
    u, s, v = np.linalg.svd(w.reshape(len(w), -1), full_matrices=False)
    k = math.ceil(.5 * len(s))
    return np.ascontiguousarray((u[:, :k] * s[:k]) @ v[:k]).reshape(w.shape)


def magnitude(model):
    pool = np.concatenate([abs(x.ravel()) for n, x in model.items()
                           if x.ndim > 1][:-1])
    k = len(pool) - int(.1 * len(pool))
    border = np.partition(pool, k)[k]
    return matrices(lambda x: np.where(abs(x) >= border, x, np.float32(0)),
                    model)


def run(step):
    state = None
    for i, path in enumerate(paths):
        head, x = read(path)
        state, y = step(state, path, x)
        if y is not None:
            write(os.path.join(out, str(i)), head, y)
    if state is not None and y is None:
        write(os.path.join(out, 'last'), head, state)


def each(f):
    return lambda state, path, x: (None, f(path, x))


def add(state, path, x):
    return (x if state is None else floats(np.add, state, x)), None


def ema(state, path, x):
    m = x if state is None else floats(
        lambda a, b: np.float32(.9) * a + np.float32(.1) * b, state, x)
    return m, m


def mask(path, x):
    return matrices(lambda w: w * kept[w.shape], x)


paths = sys.argv[1:]
first = read(paths[0])[1]
kept = {x.shape: abs(x) > np.median(abs(x)) for x in first.values()
        if x.ndim > 1}
size = sum(x.nbytes for x in first.values()) * len(paths)
tasks = {
    'diff': each(lambda p, x: diff(x, read(p)[1])),
    'interp': each(lambda p, x: floats(
        lambda a, b: np.float32(.7) * a + np.float32(.3) * b, x, read(p)[1])),
    'slerp': each(lambda p, x: floats(slerp, x, read(p)[1])),
    'mean': add,
    'ema': ema,
    'perturb': each(lambda p, x: matrices(noisy, x)),
    'keep-top': each(lambda p, x: matrices(top, x)),
    'magnitude': each(lambda p, x: magnitude(x)),
    'apply': each(mask),
}
with tempfile.TemporaryDirectory() as out:
    for name, step in tasks.items():
        best = math.inf
        for _ in range(3):
            start = time.perf_counter()
            run(step)
            best = min(best, time.perf_counter() - start)
        print(name, size / best / 1e9, sep='\t', flush=True)
