#!/usr/bin/env python3
"""safetensors-reference.py - the reference implementation of safetensors

  table FILE...   tensors it reads, as tests/files/safetensors/good.tsv
  same A B        checks that A and B have equal tensors, and that B has the
                  layout that the reference writes

Needs PyPI's safetensors (0.4 to 0.7) and, for table, xxhash.
"""
import json
import os
import sys

from safetensors import deserialize, serialize

NAMES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn", "F8_E8M0": "float8_e8m0fnu",
    "I16": "int16", "U16": "uint16", "F16": "float16", "BF16": "bfloat16",
    "I32": "int32", "U32": "uint32", "F32": "float32",
    "I64": "int64", "U64": "uint64", "F64": "float64",
}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def table(paths):
    import xxhash

    print("file", "tensor", "dtype", "shape", "bytes", "hash", sep="\t")
    for path in paths:
        for name, t in sorted(deserialize(read(path))):
            data = bytes(t["data"])
            print(os.path.basename(path), name, t["dtype"],
                  "x".join(map(str, t["shape"])), len(data),
                  xxhash.xxh64(data).hexdigest(), sep="\t")


def split(data):
    """The members of a file in order, and its data."""
    end = 8 + int.from_bytes(data[:8], "little")
    members = json.loads(data[8:end], object_pairs_hook=lambda p: p)
    return [m for m in members if m[0] != "__metadata__"], data[end:], end


def same(a, b):
    a, b = read(a), read(b)
    tensors = dict(deserialize(b))
    if dict(deserialize(a)) != tensors:
        sys.exit("tensors differ")
    for t in tensors.values():
        t["dtype"] = NAMES[t["dtype"]]
        t["data"] = bytes(t["data"])
    members, payload, end = split(b)
    if end % 8 or (members, payload) != split(serialize(tensors))[:2]:
        sys.exit("the reference would lay it out otherwise")


if __name__ == "__main__":
    if sys.argv[1] == "table":
        table(sys.argv[2:])
    else:
        same(*sys.argv[2:])
