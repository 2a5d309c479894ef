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



def attributes(owner, label, path, seen):
    """The tensors in the attributes of a node or a function."""
    def made(name):
        seen[name] = seen.get(name, 0) + 1
        return name if seen[name] == 1 else made(f"{name}_{seen[name]}")

    for a in owner:
        name = path + label + a.name
        if label == "=":             # of a Constant: the output is given as path
            name = path
            for field, kind in ("floats", "f4"), ("ints", "i8"):
                if a.name == "value_" + field:
                    yield name, np.array(getattr(a, field), kind)
                elif a.name == "value_" + field[:-1]:
                    yield name, np.array(getattr(a, field[0]), kind)
        elif a.floats:
            yield made(name), np.array(a.floats, "f4")
        if a.type == a.TENSOR:
            yield name if label == "=" else made(name), a.t
        for i, t in enumerate(a.tensors):
            yield made(f"{name}.{i}"), t
        if a.type == a.GRAPH:
            yield from graph(a.g, made(name) + ".", seen)
        for i, g in enumerate(a.graphs):
            yield from graph(g, made(f"{name}.{i}") + ".", seen)


def graph(g, path, seen):
    """The tensors of the nodes and then the others, as in the file."""
    for n in g.node:
        if n.op_type == "Constant":
            yield from attributes(n.attribute, "=", path + n.output[0], seen)
        else:
            yield from attributes(n.attribute, (n.name or n.output[0]) + ".", path, seen)
    for t in getattr(g, "initializer", ()):
        yield path + t.name, t


def tensors(m):
    seen = {}
    yield from graph(m.graph, "", seen)
    for f in m.functions:
        yield from graph(f, f.name + ".", seen)


OF = {np.dtype("f4"): T.FLOAT, np.dtype("i8"): T.INT64}

for path in sys.argv[1:]:
    for name, t in tensors(onnx.load(path, load_external_data=False)):
        if isinstance(t, np.ndarray):
            x, kind = t, OF[t.dtype]
        else:
            if t.data_type not in NAMES:
                continue
            x = np.ascontiguousarray(
                numpy_helper.to_array(t, os.path.dirname(path)))
            kind = t.data_type
        hash = subprocess.run(['xxhsum', '-H1'], input=x.tobytes(),
                              capture_output=True).stdout.decode().split()[0]
        shape = t.shape if isinstance(t, np.ndarray) else t.dims
        print(name, NAMES[kind], 'x'.join(map(str, shape)), hash, sep='\t')
