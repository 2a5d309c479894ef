#!/usr/bin/env python3
"""numpy-algebra.py - combinations of checkpoints in numpy, from the definitions

    numpy-algebra.py interp ALPHA A B OUT
    numpy-algebra.py slerp ALPHA A B OUT
    numpy-algebra.py avg WEIGHTS A... OUT           WEIGHTS: 1,2,1
    numpy-algebra.py ema DECAY A... OUT
    numpy-algebra.py perturb SIGMA SEED A OUT
    numpy-algebra.py top|bottom FRACTION A OUT
    numpy-algebra.py magnitude|layerwise FRACTION A OUT
    numpy-algebra.py random SEED MASK A OUT
    numpy-algebra.py apply MASK A OUT
    numpy-algebra.py task LAMBDA WEIGHTS BASE TUNED... OUT
    numpy-algebra.py ties|tieslayers LAMBDA KEEP BASE TUNED... OUT
    numpy-algebra.py dare|dareties P SEED BASE TUNED... OUT

Files are safetensors. Every matrix but the last, in the order of the file, is
perturbed or pruned.
"""
import json
import math
import struct
import sys
import numpy as np

TYPES = {'F32': '<f4', 'F64': '<f8', 'F16': '<f2', 'I64': '<i8', 'I32': '<i4',
         'BOOL': '?'}


def read(path):
    b = open(path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    head = json.loads(b[8:8 + n])
    head.pop('__metadata__', None)
    found = {}
    for name, t in sorted(head.items(), key=lambda x: x[1]['data_offsets']):
        lo, hi = t['data_offsets']
        x = np.frombuffer(b, TYPES[t['dtype']], offset=8 + n + lo,
                          count=math.prod(t['shape']))
        found[name] = x.reshape(t['shape'])
    return found


def write(path, tensors):
    names = {np.dtype(v).str: k for k, v in TYPES.items()}
    head, at = {}, 0
    for name, x in tensors.items():
        head[name] = {'dtype': names[x.dtype.str], 'shape': list(x.shape),
                      'data_offsets': [at, at + x.nbytes]}
        at += x.nbytes
    text = json.dumps(head).encode()
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text)
        for x in tensors.values():
            f.write(np.ascontiguousarray(x).tobytes())


def each(f, *models):
    """f of the floating tensors of each name, in double."""
    return {name: x if x.dtype.kind != 'f' else
            f(*(m[name].astype('f8') for m in models)).astype(x.dtype)
            for name, x in models[0].items()}


def matrices(model):
    found = [n for n, x in model.items() if x.ndim > 1 and x.dtype.kind == 'f']
    return found[:-1]


def change(model, f):
    chosen = matrices(model)
    return {n: f(n, x.astype('f8')).astype(x.dtype) if n in chosen else x
            for n, x in model.items()}


def interp(a, x, y):
    return each(lambda u, v: (1 - a) * u + a * v, x, y)


def slerp(a, x, y):
    def arc(u, v):
        norms = np.linalg.norm(u) * np.linalg.norm(v)
        t = np.arccos(np.clip((u * v).sum() / norms, -1, 1)) if norms else 0
        if np.sin(t) <= 1e-6:
            return (1 - a) * u + a * v
        return (np.sin((1 - a) * t) * u + np.sin(a * t) * v) / np.sin(t)
    return each(arc, x, y)


def avg(w, *models):
    return each(lambda *xs: sum(k * x for k, x in zip(w, xs)) / sum(w),
                *models)


def ema(d, *models):
    def run(*xs):
        m = xs[0]
        for x in xs[1:]:
            m = d * m + (1 - d) * x
        return m
    return each(run, *models)


# ------------------------------------------------------------------ random

def philox(seed, stream, n):
    """n words of Philox 4x32-10: counter (i / 4, stream), key seed."""
    low = np.uint64(0xffffffff)
    i = np.arange((n + 3) // 4, dtype='u8')
    c = [i & low, i >> np.uint64(32),
         np.full(len(i), stream & 0xffffffff, 'u8'),
         np.full(len(i), stream >> 32, 'u8')]
    k0, k1 = seed & 0xffffffff, seed >> 32
    for _ in range(10):
        a, b = c[0] * np.uint64(0xd2511f53), c[2] * np.uint64(0xcd9e8d57)
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), b & low,
             (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), a & low]
        k0, k1 = (k0 + 0x9e3779b9) & 0xffffffff, (k1 + 0xbb67ae85) & 0xffffffff
    return np.stack(c, 1).ravel()[:n]


def stream_of(name):
    """FNV-1a."""
    h = 0xcbf29ce484222325
    for c in name.encode():
        h = (h ^ c) * 0x100000001b3 % 2**64
    return h


def perturb(sigma, seed, model):
    def noise(name, w):
        u = (philox(seed, stream_of(name), (w.size + 1) // 2 * 2) + 1) / 2**32
        r, phi = np.sqrt(-2 * np.log(u[::2])), 2 * np.pi * u[1::2]
        z = np.stack([r * np.cos(phi), r * np.sin(phi)], 1).ravel()
        z = z[:w.size].reshape(w.shape)
        norm = np.linalg.norm(w)
        v = w + sigma * norm * z / np.linalg.norm(z)
        return norm * v / np.linalg.norm(v)
    return change(model, noise) if sigma else model


# ----------------------------------------------------------------- pruning

def values(model, slice_of):
    def part(name, w):
        u, s, v = np.linalg.svd(w.reshape(len(w), -1), full_matrices=False)
        keep = slice_of(len(s))
        return ((u[:, keep] * s[keep]) @ v[keep]).reshape(w.shape)
    return change(model, part)


def largest(x, keep):
    """A mask of the largest elements; of equal ones the first."""
    mask = np.zeros(x.size, bool)
    mask[np.argsort(-np.abs(x.ravel()), kind='stable')[:keep]] = True
    return mask.reshape(x.shape)


def magnitude(f, model):
    chosen = matrices(model)
    pool = np.concatenate([model[n].ravel() for n in chosen])
    mask = largest(pool, int(f * pool.size + 1e-9))
    out, at = dict(model), 0
    for n in chosen:
        x = model[n]
        out[n] = np.where(mask[at:at + x.size].reshape(x.shape), x, 0)
        out[n] = out[n].astype(x.dtype)
        at += x.size
    return out


def layerwise(f, model):
    return change(model, lambda n, x: np.where(
        largest(x, int(f * x.size + 1e-9)), x, 0))


def random(seed, mask, model):
    out = dict(model)
    for n, m in mask.items():
        x = model[n]
        u = philox(seed, stream_of('mask:' + n), x.size).reshape(x.shape) / 2**32
        out[n] = np.where(u < m.sum() / m.size, x, 0).astype(x.dtype)
    return out


# ----------------------------------------------------------------- merging

def learned(base, tuned):
    """The change of every floating tensor, for each model."""
    return [{n: t[n].astype('f8') - x for n, x in base.items()
             if x.dtype.kind == 'f'} for t in tuned]


def grown(base, change):
    return {n: (x + change[n]).astype(x.dtype) if n in change else x
            for n, x in base.items()}


def task(factor, w, base, *tuned):
    d = learned(base, tuned)
    return grown(base, {n: factor * sum(k * m[n] for k, m in zip(w, d))
                        for n in d[0]})


def elected(changes):
    """The mean of the changes that have the sign of their sum."""
    d = np.stack(changes)
    agree = (np.sign(d) == np.sign(d.sum(0))) & (d != 0)
    return (d * agree).sum(0) / np.maximum(agree.sum(0), 1)


def ties(factor, keep, layers, base, *tuned):
    d = learned(base, tuned)
    for m in d:
        pool = [[n] for n in m] if layers else [list(m)]
        for names in pool:
            x = np.concatenate([m[n].ravel() for n in names])
            x = np.where(largest(x, int(keep * x.size + 1e-9)), x, 0)
            for n in names:
                m[n], x = x[:m[n].size].reshape(m[n].shape), x[m[n].size:]
    return grown(base, {n: factor * elected([m[n] for m in d]) for n in d[0]})


def dare(p, seed, join, base, *tuned):
    d = learned(base, tuned)
    for k, m in enumerate(d):
        for n, x in m.items():
            u = philox(seed, stream_of(f'dare:{k + 1}:{n}'), x.size) / 2**32
            m[n] = np.where(u.reshape(x.shape) < p, 0, x / (1 - p))
    return grown(base, {n: join([m[n] for m in d]) for n in d[0]})


op, *args, out = sys.argv[1:]
if op in ('interp', 'slerp'):
    r = globals()[op](float(args[0]), read(args[1]), read(args[2]))
elif op == 'avg':
    r = avg([float(w) for w in args[0].split(',')], *map(read, args[1:]))
elif op == 'ema':
    r = ema(float(args[0]), *map(read, args[1:]))
elif op == 'perturb':
    r = perturb(float(args[0]), int(args[1]), read(args[2]))
elif op == 'top':
    f = float(args[0])
    r = values(read(args[1]), lambda n: slice(0, math.ceil(f * n - 1e-9)))
elif op == 'bottom':
    f = float(args[0])
    r = values(read(args[1]),
               lambda n: slice(math.ceil((1 - f) * n - 1e-9), n))
elif op in ('magnitude', 'layerwise'):
    r = globals()[op](float(args[0]), read(args[1]))
elif op == 'random':
    r = random(int(args[0]), read(args[1]), read(args[2]))
elif op == 'task':
    r = task(float(args[0]), [float(w) for w in args[1].split(',')],
             *map(read, args[2:]))
elif op in ('ties', 'tieslayers'):
    r = ties(float(args[0]), float(args[1]), op == 'tieslayers',
             *map(read, args[2:]))
elif op in ('dare', 'dareties'):
    r = dare(float(args[0]), int(args[1]), sum if op == 'dare' else elected,
             *map(read, args[2:]))
elif op == 'apply':
    m = read(args[0])
    r = {n: np.where(m[n], x, 0).astype(x.dtype) if n in m else x
         for n, x in read(args[1]).items()}
write(out, r)
