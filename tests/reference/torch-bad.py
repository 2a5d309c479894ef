#!/usr/bin/env python3
"""torch-bad.py - writes tests/files/torch/bad: invalid checkpoints

  torch-bad.py DIRECTORY

The pickles are assembled opcode by opcode, since no pickler writes most of them.
NAME.pt is a zip, legacy-NAME.pt the older stream. Do not load them with PyTorch:
some run a command.
"""
import io
import os
import struct
import sys
import tarfile
import zipfile

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
VERSION = b"\x80\x02M\xe9\x03."
SYSTEM = b"\x80\x02}."
TEXT = b"command of a stranger"


# ------------------------------------------------------ pickle opcodes

def text(s):
    s = s if isinstance(s, bytes) else s.encode()
    return b"X" + struct.pack("<I", len(s)) + s


def whole(i):
    if 0 <= i < 256:
        return b"K" + bytes([i])
    if -1 << 31 <= i < 1 << 31:
        return b"J" + struct.pack("<i", i)
    b = i.to_bytes(i.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(b)]) + b


def tup(*items):
    return b"(" + b"".join(items) + b"t"


def glob(module, name):
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def call(module, name, *args):
    return glob(module, name) + tup(*args) + b"R"


def storage(key="0", n=6, kind="FloatStorage", view=b"N", module="torch"):
    return tup(text("storage"), glob(module, kind), text(key), text("cpu"),
               whole(n), view) + b"Q"


def numbers(*n):
    return tup(*map(whole, n))


def tensor(size=(2, 3), stride=(3, 1), offset=0, where=None, more=b"",
           function="_rebuild_tensor_v2"):
    return (glob("torch._utils", function) + b"(" + (where or storage()) +
            whole(offset) + numbers(*size) + numbers(*stride) + b"\x89}" +
            more + b"tR")


def entries(**values):
    return b"}(" + b"".join(text(k) + v for k, v in values.items()) + b"u"


def program(body, protocol=2):
    return b"\x80" + bytes([protocol]) + body + b"."


# ----------------------------------------------------------- containers

def keys(*names):
    return program(b"](" + b"".join(map(text, names)) + b"e")


def bytes_of(n):
    return struct.pack("<%df" % n, *range(n))


def legacy(tree, names=("0",), counts=(6,), tail=b""):
    return (MAGIC + VERSION + SYSTEM + tree + keys(*names) +
            b"".join(struct.pack("<q", n) + bytes_of(min(n, 64))
                     for n in counts) + tail)


def pack(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def archive(tree, *more):
    return pack(("a/data.pkl", tree), ("a/byteorder", b"little"),
                *(more or [("a/data/0", bytes_of(6))]), ("a/version", b"3\n"))


def both(name, body, protocol=2):
    """An invalid tree in both containers."""
    tree = program(body, protocol)
    return {name: archive(tree), "legacy-" + name: legacy(tree)}


# ---------------------------------------------------------------- files

def trees():
    good = tensor()
    yield "runs-code", entries(v=good, w=call("os", "system", text(TEXT)))
    yield "runs-code-4", entries(v=good, w=text("posix") + text("system") +
                                 b"\x93" + tup(text(TEXT)) + b"R")
    yield "imports", entries(w=call("stranger", "module", text(TEXT)))
    yield "tensor-of-stranger", entries(
        w=glob("stranger", "tensor") + tup(storage(), text(TEXT)) + b"R")
    yield "sparse", entries(w=call("torch._utils", "_rebuild_sparse_tensor",
                                   whole(1), tup(good, good)))
    yield "quantized", entries(w=call(
        "torch._utils", "_rebuild_qtensor", storage(kind="QInt8Storage"),
        whole(0), numbers(6), numbers(1)))
    yield "conjugated", entries(w=tensor(
        more=entries(conj=b"\x88"), function="_rebuild_tensor_v2"))
    yield "unknown-storage", entries(w=tensor(
        where=storage(kind="FooStorage")))
    yield "storage-two-sizes", entries(v=good, w=tensor(where=storage(n=7)))
    yield "storage-huge", entries(w=tensor(where=storage(n=1 << 62)))
    yield "storage-negative", entries(w=tensor(where=storage(n=-6)))
    yield "storage-key", entries(w=tensor(where=storage("../0")))
    yield "view-outside", entries(w=tensor(
        where=storage(view=tup(text("1"), whole(3), whole(4)))))
    yield "offset-outside", entries(w=tensor(offset=1))
    yield "offset-negative", entries(w=tensor(offset=-1))
    yield "stride-outside", entries(w=tensor(stride=(4, 1)))
    yield "stride-negative", entries(w=tensor(stride=(-3, 1)))
    yield "stride-wraps", entries(w=tensor((3, 2), (1 << 63, 1)))
    yield "stride-missing", entries(w=tensor((2, 3), (1,)))
    yield "size-negative", entries(w=tensor((-2, 3)))
    yield "size-overflow", entries(w=tensor((1 << 40, 1 << 40), (0, 0)))
    yield "expand-huge", entries(w=tensor((1 << 40,), (0,)))
    yield "size-wraps-to-zero", entries(
        w=tensor((1 << 32, 1 << 32, 0), (0, 0, 0)))
    yield "size-text", entries(w=call(
        "torch._utils", "_rebuild_tensor_v2", storage(), whole(0),
        text("6"), text("1"), b"\x89", b"}"))
    yield "rank-40", entries(w=tensor((1,) * 40, (1,) * 40))
    yield "few-arguments", entries(w=call(
        "torch._utils", "_rebuild_tensor_v2", storage()))
    yield "set-in-tensor", entries(w=good + whole(1) + whole(2) + b"s")
    yield "append-to-dict", entries(w=b"}" + whole(1) + b"a")
    yield "set-in-list", b"]" + whole(1) + whole(2) + b"s"
    yield "set-in-number", whole(1) + whole(1) + whole(2) + b"s"
    yield "setitems-odd", b"}(" + text("w") + b"u"
    yield "build-of-text", text("w") + b"}b"
    yield "reduce-of-text", text("w") + b")R"
    yield "reduce-no-tuple", glob("os", "system") + b"]R"
    yield "stack-empty", b"R"
    yield "stack-left", b"NN"
    yield "mark-missing", b"t"
    yield "mark-popped", b"(R"
    yield "memo-empty", b"h\x07"
    yield "memo-index-huge", b"}r\xff\xff\xff\xff0"
    yield "opcode-inst", b"(ios\nsystem\n"
    yield "opcode-obj", b"(" + glob("os", "system") + b"o"
    yield "opcode-ext", b"\x82\x01"
    yield "opcode-unknown", b"\xff"
    yield "opcode-get", b"g0\n"
    yield "long-cut", b"\x8b\xff\xff\xff\x7f"
    yield "long-negative", b"\x8b\xff\xff\xff\xff"
    yield "text-cut", b"X\xff\xff\xff\x7fabc"
    yield "text-huge", b"\x8d" + b"\xff" * 8
    yield "frame-past-end", b"\x95\xff\xff\xff\xff\0\0\0\0N"
    yield "name-long", b"c" + b"x" * 5000 + b"\nx\n"
    yield "names-collide", entries(**{"a.b": good, "a": entries(
        b=tensor(where=storage("1")))})
    yield "name-too-long", entries(**{"n" * 2000: good})
    yield "name-nul", entries(**{"a\0b": good})
    yield "name-control", entries(**{"a\nb": good})
    yield "name-not-utf8", b"}" + text(b"\xff\xfe") + good + b"s"
    yield "cycle", b"}q\x01" + text("a") + b"h\x01s"
    yield "cycle-list", b"}" + text("a") + b"]q\x01h\x01as"
    yield "deep", b")" + b"\x85" * 20000
    yield "memo-bomb", (b"(](}}e" + b"".join(
        b"q\x01](h\x01h\x01e" for _ in range(64)) + b"t")
    yield "calls-of-calls", entries(w=glob("torch.nn.parameter", "Parameter") * 40 +
                                    good + b"\x85R" * 40)
    yield "parameter-of-text", entries(w=call(
        "torch._utils", "_rebuild_parameter", text("w"), b"\x88", b"}"))
    yield "id-not-tuple", entries(w=text("0") + b"Q")


def two_directories(good):
    """Changed fields of the central directory, for a/data/0 and for itself."""
    entry = good.rindex(b"a/data/0") - 46
    local = good.index(b"a/data/0") - 30
    end = good.rindex(b"PK\5\6")

    def put(at, *numbers, width="<H"):
        b = bytearray(good)
        for i, n in enumerate(numbers):
            struct.pack_into(width, b, at + i * struct.calcsize(width), n)
        return bytes(b)

    size = struct.unpack_from("<I", good, 18)[0]
    yield "zip-overlap", good.replace(struct.pack("<II", size, size),
                                      struct.pack("<II", size + 9, size + 9))
    yield "zip-offset", put(entry + 42, local + 1, width="<I")
    yield "zip-offset-outside", put(entry + 42, 1 << 30, width="<I")
    yield "zip-offset-wide", put(entry + 42, 0xFFFFFFFF, width="<I")
    yield "zip-size-wide", put(entry + 20, 0xFFFFFFFF, 0xFFFFFFFF, width="<I")
    yield "zip-size-other", put(local + 18, 20, 20, width="<I")
    yield "zip-sum-other", put(local + 14, 7, width="<I")
    yield "zip-method-other", put(local + 8, 8)
    yield "zip-method-unknown", put(entry + 10, 99)
    yield "zip-stored-two-sizes", put(entry + 24, 25, width="<I")
    yield "zip-name-nul", good[:entry + 50] + b"\0" + good[entry + 51:]
    yield "zip-disks", put(end + 4, 1, 1)
    yield "zip-count-less", put(end + 8, 3, 3)
    yield "zip-count-more", put(end + 8, 5, 5)
    yield "zip-count-64", put(end + 8, 0xFFFF, 0xFFFF)
    yield "zip-directory-outside", put(end + 16, len(good), width="<I")
    yield "zip-trailing", good + b"PK"
    yield "zip-comment", put(end + 20, 100)


def tar(tree, tensors, storages, kind=tarfile.REGTYPE, order=None):
    out = io.BytesIO()
    parts = {"sys_info": SYSTEM, "pickle": tree, "tensors": tensors,
             "storages": storages}
    with tarfile.open(fileobj=out, mode="w:") as t:
        for name in order or parts:
            info = tarfile.TarInfo(name)
            info.type = kind if name == "storages" else tarfile.REGTYPE
            info.linkname = "/etc/passwd" if name == "storages" else ""
            if info.type != tarfile.REGTYPE:
                info.size = 0
            else:
                info.size = len(parts[name])
            t.addfile(info, io.BytesIO(parts[name]))
        end = t.offset
    return out.getvalue()[:end + 1024]


def tars():
    def records(*r):
        return program(whole(len(r))) + b"".join(r)

    def a_tensor(number=1, of=10, size=(2, 3), stride=(3, 1), offset=0,
                 kind="FloatTensor", rank=None):
        return program(tup(whole(number), whole(of), glob("torch", kind))) + \
            struct.pack("<ii%dq" % (2 * len(size) + 1),
                        len(size) if rank is None else rank, 0,
                        *size, *stride, offset)

    def a_storage(number=10, n=6, kind="FloatStorage", count=None):
        return program(tup(whole(number), text("cpu"), glob("torch", kind))) + \
            struct.pack("<q", n if count is None else count) + bytes_of(n)

    views = program(b"]")
    tree = program(entries(w=whole(1) + b"Q"))
    t, s = records(a_tensor()), records(a_storage()) + views
    yield "tar-link", tar(tree, t, s, kind=tarfile.SYMTYPE)
    yield "tar-hard-link", tar(tree, t, s, kind=tarfile.LNKTYPE)
    yield "tar-device", tar(tree, t, s, kind=tarfile.CHRTYPE)
    yield "tar-order", tar(tree, t, s, order=(
        "sys_info", "pickle", "storages", "tensors"))
    yield "tar-no-storages", tar(tree, t, s, order=(
        "sys_info", "pickle", "tensors"))
    yield "tar-twice", tar(tree, t, s, order=("sys_info", "pickle", "pickle"))
    yield "tar-rank", tar(tree, records(a_tensor(rank=1 << 30)), s)
    yield "tar-count", tar(tree, program(whole(1 << 40)) + a_tensor(), s)
    yield "tar-count-negative", tar(tree, program(whole(-1)), s)
    yield "tar-number-twice", tar(tree, records(a_tensor(), a_tensor()), s)
    yield "tar-number-missing", tar(tree, records(a_tensor(2)), s)
    yield "tar-id-storage", tar(program(entries(w=storage())), t, s)
    yield "tar-id-none", tar(program(entries(w=b")Q")), t, s)
    yield "tar-outside", tar(tree, records(a_tensor(offset=1)), s)
    yield "tar-stride-wraps", tar(tree, records(a_tensor(
        size=(3, 2), stride=(1 << 62, 1))), s)
    yield "tar-size-negative", tar(tree, records(a_tensor(size=(-1, 3))), s)
    yield "tar-storage-other", tar(tree, t, records(a_storage(11)) + views)
    yield "tar-storage-type", tar(tree, t, records(
        a_storage(kind="IntStorage")) + views)
    yield "tar-storage-twice", tar(tree, t, records(
        a_storage(), a_storage()) + views)
    yield "tar-storage-count", tar(tree, t, records(
        a_storage(count=1 << 62)) + views)
    yield "tar-storage-cut", tar(tree, t, records(
        a_storage(count=1 << 20)) + views)
    yield "tar-cut", tar(tree, t, s)[:2048 + 512 + 100]


def main(directory):
    tree = program(entries(w=tensor()))
    files = {}
    for name, body in trees():
        files.update(both(name, body))
    files.update(both("protocol-9", entries(w=tensor()), protocol=9))
    files["legacy-version"] = MAGIC + program(b"M\xea\x03") + SYSTEM + tree
    files["legacy-cut-magic"] = MAGIC[:-1]
    files["legacy-cut-tree"] = (MAGIC + VERSION + SYSTEM + tree)[:-20]
    files["legacy-cut-storage"] = legacy(tree)[:-5]
    files["legacy-trailing"] = legacy(tree, tail=b"\0")
    files["legacy-keys-omitted"] = legacy(tree, (), ())
    files["legacy-keys-invented"] = legacy(tree, ("0", "1"), (6, 6))
    files["legacy-keys-twice"] = legacy(tree, ("0", "0"), (6, 6))
    files["legacy-keys-text"] = MAGIC + VERSION + SYSTEM + tree + \
        program(text("0"))
    files["legacy-count-more"] = legacy(tree, counts=(7,))
    files["legacy-count-huge"] = legacy(tree, counts=(1 << 60,))
    files["legacy-count-negative"] = MAGIC + VERSION + SYSTEM + tree + \
        keys("0") + struct.pack("<q", -6)
    data = ("a/data/0", bytes_of(6))
    files["zip-no-pickle"] = pack(("a/version", b"3\n"), data)
    files["zip-two-pickles"] = pack(("a/data.pkl", tree), data,
                                    ("b/data.pkl", tree))
    files["zip-pickle-twice"] = pack(("a/data.pkl", tree),
                                     ("a/data.pkl", tree), data)
    files["zip-pickle-tail"] = archive(tree + b"N.")
    files["zip-pickle-no-stop"] = archive(tree[:-1])
    files["zip-storage-missing"] = archive(tree, ("a/other", b""))
    files["zip-storage-elsewhere"] = archive(tree, ("b/data/0", bytes_of(6)))
    files["zip-storage-short"] = archive(tree, ("a/data/0", bytes_of(5)))
    files["zip-storage-long"] = archive(tree, ("a/data/0", bytes_of(7)))
    files["zip-storage-twice"] = archive(tree, data, data)
    files["zip-order-middle"] = pack(("a/data.pkl", tree),
                                     ("a/byteorder", b"middle"), data)
    files["zip-cut"] = archive(tree)[:-30]
    files["zip-cut-middle"] = archive(tree)[:200]
    crc = archive(tree)
    at = crc.index(bytes_of(6))
    files["zip-bit-flip"] = crc[:at] + b"\1" + crc[at + 1:]
    files["zip-encrypted"] = archive(tree).replace(
        b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0").replace(
        b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0")
    deflated = io.BytesIO()
    with zipfile.ZipFile(deflated, "w") as z:
        for name, data in ("a/data.pkl", tree), ("a/data/0", bytes(1 << 20)):
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    files["zip-bomb"] = deflated.getvalue()
    files["zip-declares-more"] = archive(tree).replace(
        struct.pack("<II", 24, 24), struct.pack("<II", 1 << 30, 1 << 30))
    files["zip-declares-huge"] = archive(program(entries(w=tensor(
        (1 << 29,), (1,), where=storage(n=1 << 29))))).replace(
        struct.pack("<II", 24, 24), struct.pack("<II", 1 << 31, 1 << 31))
    # the local header and the directory have different names
    files["zip-local-name"] = crc.replace(b"a/data/0", b"a/data/1", 1)
    files.update(two_directories(archive(tree)))
    files.update(tars())
    for name, data in files.items():
        with open(os.path.join(directory, name + ".pt"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
