#!/usr/bin/env python3
"""real-files.py FILE ... - tensors of ckpt-ls compared with Python libraries

Prints for each file the number of tensors of ckpt-ls --all that can be read, how
many of them the library reads with the same dtype, shape and bytes, how many only
the library finds, and how many are only listed. Names are not compared. Needs
ckpt-ls in PATH and the library of each format; torch before 2.6 executes code in a
file: use trusted files only.
"""
import collections
import subprocess
import sys

import numpy as np


def one(dtype, shape, data):
    hash = subprocess.run(['xxhsum', '-H1'], input=bytes(data),
                          capture_output=True).stdout.decode().split()[0]
    return dtype, 'x'.join(map(str, shape)), hash


def array(x):
    name = x.dtype.name.replace('bfloat16', 'BF16').replace('bool', 'BOOL')
    for long, short in ('uint', 'U'), ('int', 'I'), ('float', 'F'), \
            ('complex', 'C'):
        name = name.replace(long, short)
    x = np.asarray(x.astype(x.dtype.newbyteorder('<')), order='C')
    return one(name, x.shape, x.tobytes())


def torch(path):
    import torch
    seen = set()

    def walk(x):
        if isinstance(x, torch.Tensor):
            x = x.detach().contiguous()
            key = (x.data_ptr(), x.shape)
            if key in seen and x.numel():
                return
            seen.add(key)
            if x.dtype == torch.bfloat16:
                y = x.view(torch.int16).numpy()
                yield one('BF16', x.shape, y.tobytes())
            else:
                yield array(x.numpy())
        elif isinstance(x, dict):
            for v in x.values():
                yield from walk(v)
        elif isinstance(x, (list, tuple)):
            for v in x:
                yield from walk(v)
        elif isinstance(x, torch.nn.Module):
            yield from walk(x.state_dict())
    return walk(torch.load(path, map_location='cpu'))


def safetensors(path):
    from safetensors import deserialize
    for _, t in deserialize(open(path, 'rb').read()):
        yield one(t['dtype'], t['shape'], t['data'])


def numpy(path):
    data = np.load(path)
    return map(array, (data[n] for n in data.files)) \
        if path.endswith('z') else [array(data)]


def h5py(path):
    import h5py
    found = []

    def visit(name, x):
        if isinstance(x, h5py.Dataset) and x.shape is not None and \
                x.dtype.kind in 'fiucb' and not h5py.check_enum_dtype(x.dtype):
            try:
                found.append(array(np.asarray(x[()])))
            except OSError:          # a filter that h5py has and this file breaks
                pass
        elif isinstance(x, h5py.Dataset) and x.attrs.get('dtype') == 'bfloat16':
            found.append(one('BF16', x.shape, x[()].tobytes()))
    h5py.File(path).visititems(visit)
    return found


def gguf(path):
    import gguf
    for t in gguf.GGUFReader(path).tensors:
        kind = t.tensor_type.name
        if kind == 'BF16':
            yield one(kind, t.shape[::-1], t.data.tobytes())
        else:
            yield array(gguf.quants.dequantize(t.data, t.tensor_type)
                        if t.data.dtype == np.uint8 else t.data)


def onnx(path):
    """Initializers, and the tensors of Constant nodes."""
    import onnx
    from onnx import numpy_helper
    g = onnx.load(path).graph
    values = [a.t for n in g.node if n.op_type == 'Constant'
              for a in n.attribute if a.name == 'value']
    return (array(numpy_helper.to_array(t)) for t in [*values, *g.initializer])


LOADERS = {'pt': torch, 'pth': torch, 'th': torch, 'ckpt': torch, 'bin': torch,
           'npz': numpy, 'npy': numpy, 'h5': h5py, 'hdf5': h5py,
           'safetensors': safetensors, 'gguf': gguf, 'onnx': onnx}
for path in sys.argv[1:]:
    ls = subprocess.run(['ckpt-ls', '--all', '--hash', path],
                        capture_output=True, text=True)
    rows = [line.split('\t') for line in ls.stdout.splitlines()[1:]]
    ours = collections.Counter((r[2], r[3], r[5]) for r in rows
                               if r[5] and r[2][0] != '=')
    listed = sum(not r[5] for r in rows)
    try:
        theirs = collections.Counter(LOADERS[path.rsplit('.', 1)[-1]](path))
        words = [ours.total(), (ours & theirs).total(),
                 (theirs - ours).total(), listed]
    except Exception as error:
        words = [ours.total(), 'library:', repr(error)[:60]]
    print(path, *words, ls.stderr.strip(), sep='\t')
