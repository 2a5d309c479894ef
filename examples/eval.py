"""eval.py DATA.npz <stream - loss and error of a perceptron, for ckpt-barrier -e

    ckpt-barrier -e 'python3 eval.py data.npz' a.safetensors b.safetensors

Reads the plain layer of ckpt(5), which ckpt-barrier writes, and prints the same
table as trainers with --eval. The matrices of a checkpoint, each with its bias,
are the layers; DATA has x (n, inputs) and the labels y (n).
"""
import sys

import numpy as np

data = np.load(sys.argv[1])
f = sys.stdin.buffer


def evaluate(head, tensors):
    x = data['x']
    weights = [n for n in tensors if tensors[n].ndim == 2]
    for i, name in enumerate(weights):
        bias = tensors.get(name.removesuffix('weight') + 'bias', 0)
        x = (np.maximum(x, 0) if i else x) @ tensors[name].T + bias
    p = x - x.max(1, keepdims=True)
    p -= np.log(np.exp(p).sum(1, keepdims=True))
    rows = np.arange(len(x))
    print(head['step'], head.get('path.alpha', 'NaN'), 'val',
          -p[rows, data['y']].mean(), (x.argmax(1) != data['y']).mean(),
          len(x), sep='\t', flush=True)


print('step', 'alpha', 'split', 'loss', 'error', 'n', sep='\t')
while line := f.readline():
    kind, size = line.split()[1:]
    h = {}
    while (line := f.readline()).strip(b' \n'):
        key, value = line.rstrip(b'\n').decode().split('\t', 1)
        h[key] = value
    body = f.read(int(size))
    f.read(-int(size) % 64)
    if kind == b'begin':
        head, tensors = h, {}
    elif kind == b'tensor' and h['dtype'] == 'F32':
        shape = [int(d) for d in h['shape'].split('x') if d]
        tensors[h['name']] = np.frombuffer(body, '<f4').reshape(shape)
    elif kind == b'end':
        evaluate(head, tensors)
