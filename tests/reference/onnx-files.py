#!/usr/bin/env python3
"""onnx-files.py - writes tests/files/onnx with the onnx package

    python3 tests/reference/onnx-files.py        (needs onnx from PyPI)

good.tsv is the output of onnx-reference.py for the valid files. The bad-*.onnx
are assembled field by field, each with one error.
"""
import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper

HERE = "tests/files/onnx/"
rng = np.random.default_rng(0)


def model(*tensors, **more):
    graph = helper.make_graph([], "g", [], [], list(tensors))
    m = helper.make_model(graph, producer_name="test", producer_version="1",
                          **more)
    helper.set_model_props(m, {"author": "someone"})
    return m


def save(name, m):
    with open(HERE + name, "wb") as f:
        f.write(m.SerializeToString(deterministic=True))


# ------------------------------------------------- with the package

TYPES = {T.FLOAT: "f4", T.DOUBLE: "f8", T.INT8: "i1", T.INT16: "i2",
         T.INT32: "i4", T.INT64: "i8", T.UINT8: "u1", T.UINT16: "u2",
         T.UINT32: "u4", T.UINT64: "u8", T.FLOAT16: "f2", T.BOOL: "?",
         T.COMPLEX64: "c8", T.COMPLEX128: "c16"}


def values(dtype):
    x = rng.normal(size=(2, 3)) * 50
    return (np.abs(x) if dtype[0] == "u" else x).astype(dtype)


def every_type(raw):
    for number, dtype in TYPES.items():
        x = values(dtype)
        yield helper.make_tensor(
            "%s.%s" % (T.DataType.Name(number).lower(), "raw" if raw else "typed"),
            number, x.shape, x.tobytes() if raw else x.ravel(), raw)
    for number in T.BFLOAT16, T.FLOAT8E4M3FN, T.FLOAT8E5M2:
        size = 2 if number == T.BFLOAT16 else 1
        x = rng.integers(0, 100, 4 * size, dtype=np.uint8).tobytes()
        if raw:
            yield helper.make_tensor(T.DataType.Name(number).lower() + ".raw",
                                     number, (4,), x, True)
        else:
            t = T(name=T.DataType.Name(number).lower() + ".typed",
                  data_type=number, dims=(4,))
            t.int32_data.extend(np.frombuffer(x, "<u%d" % size).tolist())
            yield t


def external():
    x = values("f4")
    y = values("f4")
    open(HERE + "weights.bin", "wb").write(x.tobytes() + bytes(8) + y.tobytes())
    tensors = []
    for name, at, with_length in ("x", 0, True), ("y", x.nbytes + 8, False):
        t = T(name=name, data_type=T.FLOAT, dims=x.shape, data_location=1)
        entries = {"location": "weights.bin", "offset": str(at)}
        if with_length:
            entries["length"] = str(x.nbytes)
        for k, v in entries.items():
            t.external_data.add(key=k, value=v)
        tensors.append(t)
    save("external.onnx", model(*tensors))


def others():
    x = values("f4")
    scalar = helper.make_tensor("scalar", T.FLOAT, (), [2.5])
    empty = helper.make_tensor("empty", T.FLOAT, (0, 3), b"", True)
    save("shapes.onnx", model(scalar, empty,
                              helper.make_tensor("w", T.FLOAT, x.shape,
                                                 x.ravel())))
    words = T(name="words", data_type=T.STRING, dims=(1,), string_data=[b"a"])
    save("words.onnx", model(words, scalar))


def constant(output, **value):
    return helper.make_node("Constant", [], [output], **value)


def sparse(name):
    return helper.make_sparse_tensor(
        helper.make_tensor(name, T.FLOAT, (2,), [1, 2]),
        helper.make_tensor("", T.INT64, (2,), [1, 5]), (2, 3))


def constants():
    """Weights as Constant nodes, and as attributes of other nodes."""
    x = values("f4")
    nodes = [
        constant("fc.weight", value=helper.make_tensor("", T.FLOAT, x.shape, x.tobytes(), True)),
        constant("fc.bias", value=helper.make_tensor("any", T.FLOAT, (3,), [1, 2, 3])),
        constant("float", value_float=2.5), constant("zero", value_float=0.0),
        constant("floats", value_floats=[1.0, 2.0, 3.0]), constant("int", value_int=-7),
        constant("ints", value_ints=[1, -2, 300]), constant("text", value_string=b"a"),
        constant("texts", value_strings=[b"a", b"bc"]), constant("sparse", sparse_value=sparse("")),
        helper.make_node("LinearRegressor", ["x"], ["linear"], domain="ai.onnx.ml",
                         coefficients=[0.5, 1.5, -2.5], intercepts=[0.25], targets=1),
        helper.make_node("ConstantOfShape", ["ints"], ["filled"], value=helper.make_tensor(
            "", T.FLOAT, (1,), [4])),
        helper.make_node("Custom", [], ["y"], name="custom", domain="test", tables=[
            helper.make_tensor("", T.INT32, (2,), [1, 2]),
            helper.make_tensor("", T.INT32, (1,), [3])])]
    graph = helper.make_graph(nodes, "g", [], [], [
        helper.make_tensor("norm", T.FLOAT, (2,), [5, 6])], sparse_initializer=[sparse("pruned")])
    save("constants.onnx", helper.make_model(graph, producer_name="test"))


def graphs():
    """Graphs in attributes, with names that are also used elsewhere; functions."""
    def branch(k):
        return helper.make_graph(
            [constant("c", value_floats=[k, k])], "b", [], [],
            [helper.make_tensor("w", T.FLOAT, (2,), [k, k + 1])])

    def choice(name, output, k):
        return helper.make_node("If", ["cond"], [output], name=name,
                                then_branch=branch(k), else_branch=branch(k + 10))

    loop = helper.make_node("Loop", ["n", "cond"], ["l"], name="loop", body=helper.make_graph(
        [choice("inner", "o", 100.0)], "body", [], []))
    function = helper.make_function("test", "layer", [], ["y"], [
        constant("c", value_floats=[7.0]), choice("if", "y", 200.0)],
        [helper.make_opsetid("", 21)])
    graph = helper.make_graph(
        [choice("if", "a", 1.0), choice("if", "b", 2.0), choice("", "d", 3.0), loop],
        "g", [], [], [helper.make_tensor("w", T.FLOAT, (1,), [9])])
    save("graphs.onnx", helper.make_model(graph, producer_name="test", functions=[function]))


def training():
    """Tensors of the initialization and of the algorithm; of a function, as a
    default."""
    def graph(k):
        return helper.make_graph([], "g", [], [], [helper.make_tensor("w", T.FLOAT, (2,), [k, k])])
    function = helper.make_function("test", "layer", [], ["y"], [
        helper.make_node("Identity", ["x"], ["y"])], [helper.make_opsetid("", 21)])
    function.attribute_proto.append(helper.make_attribute(
        "alpha", helper.make_tensor("", T.FLOAT, (1,), [4])))
    m = helper.make_model(graph(1), producer_name="test", functions=[function])
    info = m.training_info.add()
    info.initialization.CopyFrom(graph(2))
    info.algorithm.CopyFrom(graph(3))
    save("training.onnx", m)


def new_types():
    kinds = [k for k in T.DataType.values() if k >= T.UINT4]
    save("new-types.onnx", model(helper.make_tensor("w", T.FLOAT, (2, 2), [1, 2, 3, 4]), *[
        T(name=T.DataType.Name(k).lower(), data_type=k, dims=(2, 2), raw_data=bytes(
            4 if "8" in T.DataType.Name(k) else 2)) for k in kinds],
        T(name="later", data_type=77, dims=(2, 2), raw_data=bytes(3))))


def paths():
    """External data under paths that mean this folder, or one below."""
    os.makedirs(HERE + "paths/data", exist_ok=True)
    x = values("f4")
    for place in "weights.bin", "data/weights.bin":
        open(HERE + "paths/" + place, "wb").write(x.tobytes())
    tensors = []
    for name, place in ("dot", "./weights.bin"), ("below", "data//./weights.bin"), \
            ("around", "data/../gone/../weights.bin"):
        t = T(name=name, data_type=T.FLOAT, dims=x.shape, data_location=1)
        t.external_data.add(key="location", value=place)
        tensors.append(t)
    save("paths/model.onnx", model(*tensors))


# --------------------------------------------------- field by field

def varint(x):
    out = b""
    while x > 0x7f:
        out += bytes([x & 0x7f | 0x80])
        x >>= 7
    return out + bytes([x])


def number(field, x):
    return varint(field << 3) + varint(x)


def data(field, b, n=None):
    return varint(field << 3 | 2) + varint(len(b) if n is None else n) + b


W = np.arange(6, dtype="<f4").tobytes()


def tensor(dims=(2, 3), kind=1, name=b"w", values=W, field=9, more=b""):
    return (b"".join(number(1, d) for d in dims) + number(2, kind) +
            data(8, name) + (b"" if values is None else data(field, values)) +
            more)


def entry(key, value):
    return data(1, key) + data(2, value)


def away(location, offset=b"0", length=b"24"):
    return tensor(values=None, more=data(13, entry(b"location", location)) +
                  data(13, entry(b"offset", offset)) +
                  data(13, entry(b"length", length)) + number(14, 1))


HEAD = number(1, 8) + data(2, b"hand")


def whole(*tensors, head=HEAD, n=None, rest=b""):
    graph = b"".join(data(5, t) for t in tensors)
    return head + data(7, graph, n) + rest


good = {
    "dims-packed": whole(data(1, varint(2) + varint(3)) + tensor(())),
    "name-last": whole(number(1, 2) + number(1, 3) + number(2, 1) +
                       data(9, W) + data(8, b"w")),
    "values-one-by-one": whole(tensor((2,), values=None, more=b"".join(
        varint(4 << 3 | 5) + W[i:i + 4] for i in (4, 8)))),
    "unknown-fields": whole(tensor(more=data(99, b"?")), rest=number(98, 1)),
    "meta-same": whole(tensor(), head=HEAD + data(2, b"hand") * 9),
    "meta-many": whole(tensor(), head=HEAD + b"".join(
        data(14, entry(b"%d" % i, b"")) for i in range(4097))),
}
deep = data(5, tensor())
for _ in range(40):
    deep = data(1, data(4, b"If") + data(5, data(1, b"then") + data(6, deep)))
bad = {
    "deep": HEAD + data(7, deep),
    "cut": whole(tensor())[:-3],
    "cut-head": whole(tensor())[:12],
    "no-graph": number(1, 8) + data(2, b"hand"),
    "two-graphs": whole(tensor(), rest=data(7, b"")),
    "graph-huge": whole(tensor(), n=1 << 62),
    "graph-wraps": whole(tensor(), n=(1 << 64) - 1),
    "tensor-out": number(1, 8) + data(2, b"x") + data(7, varint(5 << 3 | 2) +
                                                       varint(200) + tensor()),
    "name-out": whole(data(8, b"w", 100)),
    "number-long": whole(b"\x08" + b"\xff" * 11 + b"\x01"),
    "field-0": whole(b"\x00\x01" + tensor()),
    "kind-3": whole(b"\x0b" + tensor()),
    "kind-7": whole(b"\x0f" + tensor()),
    "dims-wrap": whole(tensor((1 << 32, 1 << 32))),
    "dims-negative": whole(tensor(((1 << 64) - 1, 3))),
    "dims-cut": whole(data(1, b"\xff") + tensor(())),
    "rank": whole(tensor((1,) * 33 + (6,))),
    "type": whole(tensor(kind=99)),
    "type-none": whole(number(1, 6) + data(8, b"w") + data(9, W)),
    "short": whole(tensor(values=W[:-1])),
    "long": whole(tensor(values=W + b"x")),
    "floats-short": whole(tensor(values=W[:-1], field=4)),
    "numbers-short": whole(tensor((3,), 7, values=b"\1\2", field=7)),
    "numbers-long": whole(tensor((3,), 7, values=b"\1\2\3\4", field=7)),
    "numbers-cut": whole(tensor((3,), 7, values=b"\1\2\xff", field=7)),
    "no-values": whole(tensor(values=None)),
    "other-values": whole(tensor(values=W, field=10)),
    "two-values": whole(tensor(values=W, field=4, more=data(9, W))),
    "values-then-shape": whole(tensor(more=number(1, 1))),
    "segment": whole(tensor(more=b"", values=None) + data(3, b"") +
                     data(9, W)),
    "name-twice": whole(tensor(), tensor()),
    "name-empty": whole(tensor(name=b"")),
    "name-control": whole(tensor(name=b"a\nb")),
    "name-nul": whole(tensor(name=b"a\0b")),
    "name-long": whole(tensor(name=b"a" * 5000)),
    "away-above": whole(away(b"../onnx/weights.bin")),
    "away-root": whole(away(b"/etc/passwd")),
    "away-dots": whole(away(b"..")),
    "away-around": whole(away(b"data/../../weights.bin")),
    "away-folder": whole(away(b"./")),
    "away-none": whole(away(b"")),
    "away-missing": whole(away(b"not-there.bin")),
    "away-past": whole(away(b"weights.bin", b"40")),
    "away-huge": whole(away(b"weights.bin", b"18446744073709551615")),
    "away-huger": whole(away(b"weights.bin", b"99999999999999999999")),
    "away-negative": whole(away(b"weights.bin", b"-24")),
    "away-length": whole(away(b"weights.bin", b"0", b"20")),
    "away-link": whole(away(b"link.bin")),
    "away-pipe": whole(away(b"pipe.bin")),
}

os.makedirs(HERE, exist_ok=True)
for raw in False, True:
    save("raw.onnx" if raw else "typed.onnx", model(*every_type(raw)))
for make in external, others, constants, graphs, training, new_types, paths:
    make()
for name, b in good.items():
    open(HERE + name + ".onnx", "wb").write(b)
for name, b in bad.items():
    open(HERE + "bad-" + name + ".onnx", "wb").write(b)
with open(HERE + "good.tsv", "w") as f:
    for name in ("typed", "raw", "external", "shapes", "constants", "graphs", "paths/model",
                 *good):
        for line in subprocess.run(
                [sys.executable, "tests/reference/onnx-reference.py", HERE + name + ".onnx"],
                capture_output=True, check=True, text=True).stdout.splitlines():
            f.write(name + "\t" + line + "\n")
