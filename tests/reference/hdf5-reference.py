"""hdf5-reference.py FILE ... - tensors read by h5py, as ckpt-ls --hash

The columns tensor, dtype, shape and hash: XXH64 (by the program xxhsum) of the
elements, little-endian, in C order. For a complete Keras model: its weights.
"""
import subprocess
import sys

import h5py
import numpy as np

NAMES = {'b': 'BOOL', 'f': 'F', 'i': 'I', 'u': 'U', 'c': 'C'}


def sets(group, prefix, seen):
    for name in group:
        if group.get(name, getlink=True).__class__ is not h5py.HardLink:
            continue
        x = group[name]
        address = h5py.h5o.get_info(x.id).addr
        if address in seen:
            continue
        seen.add(address)
        if isinstance(x, h5py.Group):
            yield from sets(x, prefix + name + '.', seen)
        elif isinstance(x, h5py.Dataset) and x.shape is not None:
            yield prefix + name, x


for path in sys.argv[1:]:
    f = h5py.File(path)
    seen = {h5py.h5o.get_info(f.id).addr}
    for name, x in sets(f.get('model_weights', f), '', seen):
        if x.dtype.kind not in NAMES or h5py.check_enum_dtype(x.dtype):
            continue
        dtype = NAMES[x.dtype.kind]
        if len(dtype) == 1:
            dtype += str(x.dtype.itemsize * 8)
        y = np.asarray(x[()])
        y = np.ascontiguousarray(y.astype(y.dtype.newbyteorder('<')))
        hash = subprocess.run(['xxhsum', '-H1'], input=y.tobytes(),
                              capture_output=True).stdout.decode().split()[0]
        print(name, dtype, 'x'.join(map(str, x.shape)), hash, sep='\t')
