#!/usr/bin/env python3
"""hdf5-files.py - writes tests/files/hdf5 with h5py

    python3 tests/reference/hdf5-files.py        (needs h5py and ml_dtypes)

good.tsv is the output of hdf5-reference.py for the valid files; each bad-*.h5
has one error.
"""
import subprocess
import sys

import h5py
import ml_dtypes
import numpy as np

HERE = "tests/files/hdf5/"
rng = np.random.default_rng(0)


def new(name, **how):
    return h5py.File(HERE + name + ".h5", "w", **how)


def types():
    f = new("types")
    for dtype in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8", "|i1", "<i2", ">i2",
                  "<i4", ">i4", "<i8", ">i8", "|u1", "<u2", ">u4", "<u8", "?",
                  "<c8", "<c16", ">c8"):
        x = rng.normal(size=(2, 3)) * 50
        name = dtype.strip("|<").replace(">", "big-").replace("?", "bool")
        f[name] = (abs(x) if "u" in dtype else x).astype(dtype)
    f["text"] = "not a tensor"
    f["enum"] = np.zeros(2, h5py.enum_dtype({"RED": 0, "BLUE": 1}, basetype="i1"))


def shapes():
    f = new("shapes")
    x = rng.normal(size=(50, 7)).astype("f4")
    f["scalar"] = np.float32(2.5)
    f["empty"] = np.zeros((0, 3), "f4")
    f.create_dataset("null", dtype="f4", shape=None)
    f.create_dataset("chunked", data=x, chunks=(8, 3))
    f.create_dataset("packed", data=x, chunks=(8, 3), compression="gzip",
                     shuffle=True, fletcher32=True)
    f.create_dataset("scaled", data=np.arange(90, dtype="i4").reshape(9, 10),
                     chunks=(4, 10), scaleoffset=0)
    f.create_dataset("unwritten", (3, 2), "f4", fillvalue=7)
    f.create_dataset("growing", data=x[:3], maxshape=(None, 7))


def links():
    f = new("links")
    a = f.create_group("a")
    a["w"] = np.arange(4, dtype="f4").reshape(2, 2)
    f["also"] = a["w"]
    a["up"] = f["/"]
    f["soft"] = h5py.SoftLink("/a/w")
    f["far"] = h5py.ExternalLink("shapes.h5", "/chunked")
    f["nowhere"] = h5py.SoftLink("/missing")


def keras():
    f = new("keras")
    f.attrs["keras_version"] = "2.4.0"
    f.attrs["backend"] = b"tensorflow"
    m = f.create_group("model_weights")
    m.attrs["layer_names"] = [b"dense_2", b"dense_10", b"alpha"]
    for i, layer in enumerate(("alpha", "dense_10", "dense_2")):
        g = m.create_group(layer)
        g.attrs["weight_names"] = [(layer + s).encode()
                                   for s in ("/kernel:0", "/bias:0")]
        g[layer + "/bias:0"] = np.zeros(2, "f4")
        g[layer + "/kernel:0"] = np.full((3, 2), i, "f4")
    f["optimizer_weights/Adam/m"] = np.zeros((3, 2), "f4")
    f["optimizer_weights"].attrs["weight_names"] = [b"Adam/m"]


def opaque():
    """As Keras 3 and others write the types of ml_dtypes."""
    f = new("opaque")
    x = rng.normal(size=(2, 3))
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"):
        a = abs(x).astype(getattr(ml_dtypes, name))
        f[name] = a.view("V%d" % a.itemsize)
        f[name].attrs["dtype"] = name
    layers = f.create_group("layers/dense/vars")
    layers["0"] = x.astype(ml_dtypes.bfloat16).view("V2")
    layers["0"].attrs["dtype"] = "bfloat16"


def odd():
    f = new("odd")
    f["w"] = np.arange(6, dtype="f4").reshape(2, 3)
    f["w"].attrs["mean"] = np.arange(3, dtype="f8")
    f["w"].attrs["single"] = 1.5
    f.attrs["sizes"] = [4, 3]
    f["text"] = "a text"
    f["texts"] = ["a", "bc"]
    f["other"] = np.zeros(3, "V2")
    f["int4"] = np.zeros(2, "V1")
    f["int4"].attrs["dtype"] = "int4"
    f["float128"] = np.zeros(2, "longdouble")
    f["compound"] = np.zeros(2, [("w", "f4", (2,)), ("b", "f4")])
    f["enum"] = np.zeros(2, h5py.enum_dtype({"RED": 0, "BLUE": 1}, basetype="i1"))
    f.create_dataset("vlen", (2,), h5py.vlen_dtype("f4"))
    f.create_dataset("reference", (), h5py.ref_dtype)
    f.create_dataset("lzf", data=np.zeros((4, 6), "f4"), chunks=(2, 6), compression="lzf")
    h5py.h5d.create(f.id, b"bits", h5py.h5t.STD_B8LE, h5py.h5s.create_simple((4,)))
    h5py.h5d.create(f.id, b"list", h5py.h5t.array_create(h5py.h5t.IEEE_F32LE, (3,)),
                    h5py.h5s.create_simple((2,)))


def order():
    f = new("tracked", track_order=True)
    f.attrs["model_config"] = '{"layers": [' + "1, " * 2000 + "1]}"
    for i in 2, 10, 1:
        f[f"fc{i}"] = np.full((2, 2), i, "f4")
    f = new("untracked")
    for i in 2, 10, 1:
        f[f"a/fc{i}"] = np.full((2, 2), i, "f4")


def bad():
    x = np.arange(24, dtype="f4").reshape(4, 6)
    f = new("bad-virtual")
    layout = h5py.VirtualLayout((4, 6), "f4")
    layout[:] = h5py.VirtualSource(HERE + "shapes.h5", "packed", (50, 7))[:4, :6]
    f.create_virtual_dataset("w", layout)
    f = new("bad-external")
    f.create_dataset("w", (4, 6), "f4", external=[("types.h5", 0, 96)])
    f = new("bad-filter")
    f.create_dataset("w", data=x, chunks=(2, 6), compression="lzf")
    f = new("bad-deep")
    g = f
    for _ in range(70):
        g = g.create_group("g")
    g["w"] = x
    f = new("bad-huge")
    f.create_dataset("w", (1 << 40, 1 << 10), "f8", chunks=(1, 1024))
    f = new("bad-overflow")
    f.create_dataset("w", (1 << 31, 1 << 31), "f8", chunks=(1, 1024))
    f = new("bad-name")
    f["a\nb"] = x
    f = new("bad-long")
    f["/".join(["g" * 500] * 10)] = x
    f = new("bad-twice")
    f["a/b"] = x
    f["a.b"] = x
    f.close()
    whole = open(HERE + "shapes.h5", "rb").read()
    open(HERE + "bad-cut.h5", "wb").write(whole[:len(whole) // 2])
    f = new("bad-data")
    f.create_dataset("w", data=x, chunks=(4, 6), compression="gzip", fletcher32=True)
    offset = f["w"].id.get_chunk_info(0).byte_offset
    f.close()
    data = bytearray(open(HERE + "bad-data.h5", "rb").read())
    data[offset + 9] ^= 64
    open(HERE + "bad-data.h5", "wb").write(data)


for make in types, shapes, links, keras, opaque, odd, order, bad:
    make()
with open(HERE + "good.tsv", "w") as f:
    for name in "types", "shapes", "links", "keras", "opaque":
        for line in subprocess.run(
                [sys.executable, "tests/reference/hdf5-reference.py", HERE + name + ".h5"],
                capture_output=True, check=True, text=True).stdout.splitlines():
            f.write(name + "\t" + line + "\n")
