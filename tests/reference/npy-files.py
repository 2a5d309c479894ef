#!/usr/bin/env python3
"""npy-files.py - writes tests/files/npy with numpy

    python3 tests/reference/npy-files.py

good.tsv has what numpy reads back: file, then the columns of npy-reference.py.
Each bad-* is such a file with one error. odd.npz and ml-dtypes.npz have arrays
that can only be listed. Needs ml_dtypes.
"""
import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib

import ml_dtypes
import numpy as np

HERE = "tests/files/npy/"
x = np.arange(24, dtype="<f4").reshape(2, 3, 4) / 7


def array(x, **how):
    f = io.BytesIO()
    np.lib.format.write_array(f, x, **how)
    return f.getvalue()


def by_hand(head, data=x.tobytes(), version=(1, 0), n=None):
    head = head.encode() if isinstance(head, str) else head
    n = len(head) if n is None else n
    return (b"\x93NUMPY" + bytes(version) +
            struct.pack("<H" if version[0] == 1 else "<I", n) + head + data)


def lie(**how):
    head = {"descr": "'<f4'", "fortran_order": "False", "shape": "(2, 3, 4)"}
    head.update(how)
    return by_hand("{" + ", ".join("'%s': %s" % p for p in head.items()
                                   if p[1]) + "}\n")


plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }\n"
good = {
    "c.npy": array(x),
    "fortran.npy": array(np.asfortranarray(x)),
    "big.npy": array(x.astype(">f4")),
    "big-fortran.npy": array(np.asfortranarray(x.astype(">f8"))),
    "scalar.npy": array(np.float64(0.1)),
    "empty.npy": array(np.zeros((0, 3), "i2")),
    "one.npy": array(x.ravel()),
    "version-2.npy": array(x, version=(2, 0)),
    "version-3.npy": array(x, version=(3, 0)),
    "python-2.npy": by_hand("{'shape': (2L, 3L, 4L), 'descr': \"<f4\", 'fortran_order': False}"),
}
listed = {}
bad = {
    "magic.npy": b"\x93NUMPX" + array(x)[6:],
    "version.npy": by_hand(plain, version=(9, 0)),
    "cut-head.npy": array(x)[:20],
    "cut-data.npy": array(x)[:-1],
    "extra.npy": array(x) + b"x",
    "head-long.npy": by_hand(plain, n=60000),
    "head-huge.npy": by_hand(plain, version=(2, 0), n=(1 << 32) - 1),
    "head-nul.npy": by_hand(plain.replace("2, 3", "2,\0 3")),
    "not-dict.npy": by_hand("['<f4']"),
    "code.npy": lie(shape="__import__('os').getcwd()"),
    "deep.npy": lie(shape="(" * 5000),
    "negative.npy": lie(shape="(-2, 3)"),
    "overflow.npy": lie(shape="(4294967296, 4294967296, 4)"),
    "digits.npy": lie(shape="(99999999999999999999999, 1)"),
    "rank.npy": lie(shape="(" + "1, " * 33 + ")"),
    "objects.npy": lie(descr="'|O'"),
    "void.npy": lie(descr="'|V2'"),
    "fields.npy": lie(descr="[('a', '<f4')]"),
    "order.npy": lie(descr="'=f4'"),
    "no-shape.npy": lie(shape=""),
    "twice.npy": by_hand(plain.replace("'shape'", "'descr': '<f4', 'shape'")),
    "other-key.npy": by_hand(plain.replace("}", "'x': 1}")),
    "after.npy": by_hand(plain.strip() + " 1\n"),
}


def zipped(members, method=zipfile.ZIP_STORED):
    f = io.BytesIO()
    with zipfile.ZipFile(f, "w", method) as z:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            z.writestr(info, data)
    return bytearray(f.getvalue())


def change(data, old, new, nth=0):
    at = -1
    for _ in range(nth + 1):
        at = data.index(old, at + 1)
    data[at:at + len(new)] = new
    return data


two = [("a.npy", array(x)), ("b/c.npy", array(np.asfortranarray(x[0])))]
good["stored.npz"] = zipped(two)
good["deflated.npz"] = zipped(two, zipfile.ZIP_DEFLATED)
crc = struct.pack("<I", zlib.crc32(two[0][1]))
size = struct.pack("<I", len(two[0][1]))
bad["crc.npz"] = change(zipped(two), array(x)[-5:], b"lying")
bad["cut.npz"] = zipped(two)[:-30]
bad["half.npz"] = zipped(two)[:300]
bad["member-name.npz"] = zipped(two + [("readme.txt", b"hello")])
bad["member-magic.npz"] = zipped(two + [("d.npy", b"hello, this is no array")])
bad["member-cut.npz"] = zipped([("a.npy", array(x)[:-4])])
bad["member-extra.npz"] = zipped([("a.npy", array(x) + b"xxxx")])
bad["member-twice.npz"] = zipped(two[:1] * 2)
bad["central-size.npz"] = change(zipped(two), size, struct.pack("<I", 1 << 30), 2)
odd = {"text": np.array(["ab", "cde"]), "bytes": np.array([b"xy"]),
       "object": np.array([1, "two", None], dtype=object),
       "void": np.array([b"ab", b"cd"], dtype="V2"),
       "time": np.array(["2026-11-28"], dtype="M8[D]"),
       "long": np.arange(3, dtype="longdouble"),
       "fields": np.zeros(2, dtype=[("a", "<f4"), ("b['(", "<i2", (2,))])}
listed["odd.npz"] = zipped([(name + ".npy", array(a)) for name, a in
                            {"first": x, **odd, "last": x[0]}.items()])
listed["ml-dtypes.npz"] = zipped([("w.npy", array(x)), ("bf16.npy", array(
    x.astype(ml_dtypes.bfloat16))), ("f8.npy", array(x.astype(ml_dtypes.float8_e4m3fn)))])
bad["bomb.npz"] = zipped([("a.npy", by_hand(plain, bytes(1 << 24)))],
                         zipfile.ZIP_DEFLATED)

for name, data in (good | listed).items():
    open(HERE + name, "wb").write(data)
for name, data in bad.items():
    open(HERE + "bad-" + name, "wb").write(data)
with open(HERE + "good.tsv", "w") as f:
    for name in sorted(set(good) - {"python-2.npy"}):
        out = subprocess.run([sys.executable, "tests/reference/npy-reference.py", HERE + name],
                             capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            f.write(os.path.basename(name) + "\t" + line + "\n")
