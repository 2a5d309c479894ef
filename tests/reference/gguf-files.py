#!/usr/bin/env python3
"""gguf-files.py - writes tests/files/gguf with the gguf package

    python3 tests/reference/gguf-files.py        (needs gguf and safetensors from PyPI)

types.gguf and nonlinear.gguf have a tensor of each type: types of 32 elements are
quantized, K types are random blocks with reasonable scales; *.safetensors have their
values as dequantized by the package. Each bad-*.gguf is such a file with one error.
"""
import gzip
import os
import struct

import numpy as np
from gguf import GGMLQuantizationType as Q
from gguf import GGUFWriter, quants
from safetensors.numpy import save_file

HERE = "tests/files/gguf/"
SIMPLE = [Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1, Q.Q8_0]
# bytes of a block, offsets of its half-precision scales
K = {Q.Q2_K: (84, (80, 82)), Q.Q3_K: (110, (108,)), Q.Q4_K: (144, (0, 2)),
     Q.Q5_K: (176, (0, 2)), Q.Q6_K: (210, (208,))}
NONLINEAR = {Q.IQ4_NL: (18, (0,)), Q.IQ4_XS: (136, (0,)), Q.TQ1_0: (54, (52,)),
             Q.TQ2_0: (66, (64,)), Q.MXFP4: (17, ()), Q.NVFP4: (36, ())}
rng = np.random.default_rng(0)


def k_blocks(size, scales, n):
    b = rng.integers(0, 256, (n, size), dtype=np.uint8)
    for at in scales:
        b[:, at:at + 2] = rng.normal(size=n).astype("<f2").view(
            np.uint8).reshape(n, 2)
    return b


def add_raw(w, want, q, raw):
    """The tensor of the blocks of type q, named after it."""
    w.add_tensor(q.name.lower(), raw, raw_dtype=q)
    want[q.name.lower()] = quants.dequantize(raw, q)


def finish(w):
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def types():
    w = GGUFWriter(HERE + "types.gguf", "test")
    w.add_name("all types")
    w.add_uint32("test.count", 7)
    w.add_int8("test.negative", -3)
    w.add_float32("test.single", 0.1)
    w.add_bool("test.yes", True)
    w.add_array("test.words", ["a", "bc", ""])
    w.add_array("test.numbers", [1, 2, 3])
    want = {}

    def add(name, x):
        w.add_tensor(name, x)
        want[name] = np.ascontiguousarray(x)

    x = rng.normal(size=(2, 3)).astype("f4")
    add("f32", x)
    add("f64", x.astype("f8"))
    add("f16", x.astype("f2"))
    for t in "i1", "i2", "i4", "i8":
        add(t, np.arange(-3, 3, dtype=t).reshape(3, 2))
    for q in SIMPLE:
        raw = quants.quantize(rng.normal(size=(3, 64)).astype("f4"), q)
        add_raw(w, want, q, raw)
    for q, (size, scales) in K.items():
        raw = k_blocks(size, scales, 2).reshape(1, -1)
        add_raw(w, want, q, raw)
    finish(w)
    save_file(want, HERE + "types.safetensors")


def nonlinear():
    """Random blocks; scales of all sizes for the 4-bit floats."""
    w = GGUFWriter(HERE + "nonlinear.gguf", "test")
    want = {}
    for q, (size, scales) in NONLINEAR.items():
        n = 2 if scales else 32
        raw = k_blocks(size, scales, n)
        if q == Q.MXFP4:
            raw[:, 0] = [0, 1, 2, 3, *range(110, 136), 250, 251]
        if q == Q.NVFP4:
            raw[:, :4] = np.arange(128).reshape(n, 4)
        raw = raw.reshape(1, -1)
        add_raw(w, want, q, raw)
    finish(w)
    save_file(want, HERE + "nonlinear.safetensors")


def shards():
    """As gguf-split of llama.cpp writes them: the first has metadata only."""
    for i in range(3):
        w = GGUFWriter(HERE + f"split/m-{i + 1:05}-of-00003.gguf", "test")
        if i == 0:
            w.add_name("split")
        w.add_uint16("split.no", i)
        w.add_uint16("split.count", 3)
        w.add_int32("split.tensors.count", 2)
        if i > 0:
            w.add_tensor("wv"[i - 1], np.arange(6, dtype="f4").reshape(2, 3) + i)
        finish(w)


def long_text():
    """More metadata than a header of ckpt/1 can hold."""
    path = HERE + "long-text.gguf"
    w = GGUFWriter(path, "test")
    w.add_string("tokenizer.huggingface.json", '{"\u00e4": 1}\n' * 8000)
    w.add_tensor("w", np.arange(6, dtype="f4").reshape(2, 3))
    finish(w)
    with open(path, "rb") as f, open(path + ".gz", "wb") as z:
        z.write(gzip.compress(f.read(), mtime=0))
    os.remove(path)


# ------------------------------------------------- without the package

def text(s):
    return struct.pack("<Q", len(s)) + s


def pair(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value


def info(name=b"w", dims=(3, 2), kind=0, offset=0):
    return (text(name) + struct.pack("<I", len(dims)) +
            struct.pack("<%dQ" % len(dims), *dims) +
            struct.pack("<IQ", kind, offset))


W = np.arange(6, dtype="<f4").tobytes()
NAME = pair(b"general.name", 8, text(b"x"))


def one(keys=(NAME,), infos=(info(),), data=W, version=3, tensors=None,
        pairs=None, align=32):
    head = b"GGUF" + struct.pack(
        "<IQQ", version, len(infos) if tensors is None else tensors,
        len(keys) if pairs is None else pairs)
    head += b"".join(keys) + b"".join(infos)
    return head + bytes(-len(head) % align) + data


def alignment(n, kind=4):
    return pair(b"general.alignment", kind, struct.pack("<I", n))


deep = struct.pack("<IQ", 9, 1) * 40 + struct.pack("<IQ", 0, 1) + b"x"
good = {
    "version-2": one(version=2),
    "aligned-64": one(keys=[NAME, alignment(64)], align=64),
    "scalar": one(infos=[info(dims=())], data=W[:4]),
    "empty": one(infos=[info(dims=(0, 3))], data=b""),
    "nested": one(keys=[NAME, pair(b"a.b", 9, struct.pack("<IQ", 9, 2) + 2 *
                                   (struct.pack("<IQ", 8, 1) + text(b"x")))]),
    "other-type": one(infos=[info(dims=(128,), kind=41)], data=bytes(18)),
    "unknown-type": one(infos=[info(b"a"), info(b"q", (7,), 99, 32), info(b"b", (3, 2), 0, 96),
                               info(b"z", (2,), 1000, 128)],
                        data=W + bytes(8) + bytes(64) + W + bytes(8) + bytes(40)),
    "odd-row": one(infos=[info(b"q", (33,), 2), info(b"a", (3, 2), 0, 64)], data=bytes(64) + W),
    "value-nul": one(keys=[NAME, pair(b"a.b", 8, text(b"x\0y"))]),
}
bad = {
    "magic": b"GGUX" + one()[4:],
    "version-1": one(version=1),
    "version-4": one(version=4),
    "big-endian": one(version=3 << 24),
    "cut-head": one()[:30],
    "cut-data": one()[:-1],
    "tensors-huge": one(tensors=1 << 63),
    "keys-huge": one(pairs=(1 << 64) - 1),
    "key-long": one(keys=[struct.pack("<Q", 1 << 40)]),
    "key-nul": one(keys=[pair(b"a.\0b", 0, b"x")]),
    "key-twice": one(keys=[NAME, NAME]),
    "value-type": one(keys=[pair(b"a.b", 13, b"")]),
    "value-latin1": one(keys=[pair(b"a.b", 8, text(b"\xe9"))]),
    "text-long": one(keys=[pair(b"a.b", 8, struct.pack("<Q", (1 << 64) - 1))]),
    "array-type": one(keys=[pair(b"a.b", 9, struct.pack("<IQ", 99, 1))]),
    "array-huge": one(keys=[pair(b"a.b", 9, struct.pack("<IQ", 12, 1 << 61))]),
    "array-wraps": one(keys=[pair(b"a.b", 9, struct.pack("<IQ", 4, (1 << 62) + 1))]),
    "array-deep": one(keys=[pair(b"a.b", 9, deep)]),
    "alignment-0": one(keys=[alignment(0)]),
    "alignment-odd": one(keys=[alignment(48)]),
    "alignment-huge": one(keys=[alignment(1 << 31)]),
    "alignment-type": one(keys=[alignment(32, 5)]),
    "rank": one(infos=[info(dims=(1, 1, 1, 1, 6))]),
    "dims-wrap": one(infos=[info(dims=(1 << 32, 1 << 32))]),
    "dims-wrap-0": one(infos=[info(dims=(1 << 62, 1 << 62, 0))]),
    "dims-pad": one(infos=[info(dims=((1 << 61) - 1,))]),
    "sizes-wrap": one(infos=[info(b"a", (1 << 52,)), info(b"b", (1 << 52,), 0,
                                                         1 << 54)] * 1),
    "row": one(infos=[info(dims=(33,), kind=2)]),
    "type": one(infos=[info(kind=99)]),
    "type-removed": one(infos=[info(kind=4)]),
    "type-unreadable": one(infos=[info(dims=(128,), kind=41)], data=bytes(18)),
    "offset": one(infos=[info(offset=4096)]),
    "overlap": one(infos=[info(b"a"), info(b"b")], data=W * 4),
    "name-twice": one(infos=[info(), info(offset=32)], data=W + bytes(8) + W),
    "name-empty": one(infos=[info(b"")]),
    "name-control": one(infos=[info(b"a\nb")]),
    "name-nul": one(infos=[info(b"a\0b")]),
}

os.makedirs(HERE + "split", exist_ok=True)
for make in types, nonlinear, shards, long_text:
    make()
for name, data in good.items():
    open(HERE + name + ".gguf", "wb").write(data)
for name, data in bad.items():
    open(HERE + "bad-" + name + ".gguf", "wb").write(data)
