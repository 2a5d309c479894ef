"""onnx-reference.py FILE ... - tensors read by onnx, as ckpt-ls --hash

The columns tensor, dtype, shape and hash: XXH64 (by the program xxhsum) of the
elements, little-endian, in C order. Needs onnx from PyPI.
"""
import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import numpy_helper

NAMES = {T.FLOAT: 'F32', T.DOUBLE: 'F64', T.FLOAT16: 'F16', T.BFLOAT16: 'BF16',
         T.BOOL: 'BOOL', T.COMPLEX64: 'C64', T.COMPLEX128: 'C128',
         T.FLOAT8E4M3FN: 'F8_E4M3', T.FLOAT8E5M2: 'F8_E5M2',
         T.FLOAT8E8M0: 'F8_E8M0',
         T.INT8: 'I8', T.INT16: 'I16', T.INT32: 'I32', T.INT64: 'I64',
         T.UINT8: 'U8', T.UINT16: 'U16', T.UINT32: 'U32', T.UINT64: 'U64'}

for path in sys.argv[1:]:
    for t in onnx.load(path).graph.initializer:
        x = np.ascontiguousarray(
            numpy_helper.to_array(t, os.path.dirname(path)))
        hash = subprocess.run(['xxhsum', '-H1'], input=x.tobytes(),
                              capture_output=True).stdout.decode().split()[0]
        print(t.name, NAMES[t.data_type], 'x'.join(map(str, t.dims)), hash,
              sep='\t')
