"""hdf5-reference.py FILE ... - tensors read by h5py, as ckpt-ls --hash

The columns tensor, dtype, shape and hash: XXH64 (by the program xxhsum) of the
elements, little-endian, in C order. For a complete Keras model: its weights.
Opaque bytes have their type in the attribute dtype.
"""
import subprocess
import sys

import h5py
import numpy as np

NAMES = {'b': 'BOOL', 'f': 'F', 'i': 'I', 'u': 'U', 'c': 'C'}
OPAQUE = {'bfloat16': 'BF16', 'float8_e4m3fn': 'F8_E4M3', 'float8_e5m2': 'F8_E5M2',
          'float8_e8m0fnu': 'F8_E8M0'}


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
        dtype = OPAQUE.get(x.attrs.get('dtype')) or NAMES.get(x.dtype.kind)
        if not dtype or h5py.check_enum_dtype(x.dtype):
            continue
        if len(dtype) == 1:
            dtype += str(x.dtype.itemsize * 8)
        y = np.asarray(x[()])
        y = np.ascontiguousarray(y.astype(y.dtype.newbyteorder('<')))
        hash = subprocess.run(['xxhsum', '-H1'], input=y.tobytes(),
                              capture_output=True).stdout.decode().split()[0]
        print(name, dtype, 'x'.join(map(str, x.shape)), hash, sep='\t')
