"""npy-reference.py FILE ... - tensors read by numpy, as ckpt-ls --hash

The columns tensor, dtype, shape and hash: XXH64 (by the program xxhsum) of the
elements, little-endian, in C order.
"""
import os
import subprocess
import sys

import numpy as np

NAMES = {'b': 'BOOL', 'f': 'F', 'i': 'I', 'u': 'U', 'c': 'C'}


def line(name, x):
    dtype = NAMES[x.dtype.kind]
    if len(dtype) == 1:
        dtype += str(x.dtype.itemsize * 8)
    x = np.ascontiguousarray(x.astype(x.dtype.newbyteorder('<'))).reshape(x.shape)
    sum = subprocess.run(['xxhsum', '-H1'], input=x.tobytes(),
                         capture_output=True).stdout.decode().split()[0]
    print(name, dtype, 'x'.join(map(str, x.shape)), sum, sep='\t')


for path in sys.argv[1:]:
    data = np.load(path)
    if path.endswith('.npz'):
        for name in data.files:
            line(name, data[name])
    else:
        line(os.path.basename(path)[:-4], data)
