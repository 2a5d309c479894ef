"""analysis.py NETWORK FILE OTHER [f64] - the analysis of a checkpoint

The analysis written in PyTorch: for each matrix of a safetensors file the
singular values and rank measures, the alignment with the next layer, and the
agreement with another checkpoint, from one SVD per matrix and file. Prints all
tables. NETWORK is vgg or lm. In F32, or in double as reference values.
"""
import sys

import torch
from safetensors.torch import load_file

K = 100


def svd(w):
    return torch.linalg.svd(w.flatten(1), full_matrices=False)


def ranks(name, s):
    p = (s + 1e-10) / (s + 1e-10).sum()
    erank = torch.exp(-(p * p.log()).sum())
    rank90 = (p.cumsum(0) <= 0.9).sum() + 1
    stable = (s ** 2).sum() / s[0] ** 2
    print('ranks', name, *(float(x) for x in (
        erank, erank / len(s), rank90, stable, s[0], s.norm(), s.sum())))


def diagonal(a, b, A):
    for i, x in enumerate(A.diagonal().abs()[:K]):
        print('align', a, b, i + 1, float(x))


def align_vgg(w, f):
    names = sorted((n for n in f if 'conv' in n),
                   key=lambda n: int(n.split('.')[2])) + ['model.fc.weight']
    for a, b in zip(names, names[1:]):
        v = f[b][2]
        if w[b].dim() == 4:
            v = v.reshape(-1, *w[b].shape[1:])[:, :, 1, 1]
        diagonal(a, b, v @ f[a][0])


def align_lm(w, f):
    last, d, heads = None, 768, 12
    layers = 'model.transformer_encoder.layers.%d.'
    blocks = sum('in_proj' in name for name in w)
    for k in range(blocks):
        h = layers % k
        c, o, a, b = (h + x for x in (
            'self_attn.in_proj_weight', 'self_attn.out_proj.weight',
            'linear1.weight', 'linear2.weight'))
        prev = f[last][0] if last else f['model.encoder.weight'][2].T
        diagonal(last or 'model.encoder.weight', c, f[c][2] @ prev)
        q, key, v = w[c].split(d)
        A = torch.stack([(svd(key[i:i + d // heads])[0].T @
                          svd(q[i:i + d // heads])[0]).abs()
                         for i in range(0, d, d // heads)]).mean(0)
        diagonal(c, c, A)
        diagonal(c, o, f[o][2] @ svd(v)[0])
        diagonal(o, a, f[a][2] @ f[o][0])
        diagonal(a, b, f[b][2] @ f[a][0])
        last = b
    diagonal(last, 'model.decoder.weight', f['model.decoder.weight'][2] @
             f[last][0])


def load(path, precision):
    to = {'f32': torch.float32, 'f64': torch.float64}[precision]
    return {name: x.to(to) for name, x in load_file(path).items()}


def main(network, path, other, precision='f32'):
    w = load(path, precision)
    f = {}
    for name in w:
        f[name] = svd(w[name])
        for i, s in enumerate(f[name][1]):
            print('svd', name, i + 1, float(s))
        ranks(name, f[name][1])
    (align_vgg if network == 'vgg' else align_lm)(w, f)
    for name, x in load(other, precision).items():
        u, s, v = svd(x)
        S = (f[name][0] * u).sum(0) * (f[name][2] * v).sum(1)
        for i, a in enumerate(S.abs()[:K]):
            print('agreement', name, i + 1, float(a))


main(*sys.argv[1:])
