#!/usr/bin/env python3
"""torch-odd.py - writes tests/files/torch/odd with PyTorch

  torch-odd.py DIRECTORY

Files whose tensors are not all plain entries of a dictionary: attributes of
objects, arrays of NumPy, kinds that can only be listed, zips that were packed
again, orders. want.tsv has the tensors in the order of the network: file, tensor,
dtype, shape, XXH64; no hash if a tensor can only be listed. Needs torch (made with
2.15), numpy and the C library xxhash.
"""
import argparse
import collections
import ctypes
import ctypes.util
import dataclasses
import importlib.util
import io
import os
import sys
import warnings
import zipfile

import numpy as np
import torch
import torch.distributed.checkpoint as dcp
import torch.fx

spec = importlib.util.spec_from_file_location(
    "reference", os.path.join(os.path.dirname(__file__), "torch-reference.py"))
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

DTYPES = dict(reference.NAMES, float32="F32")


def numbers(*shape):
    return (torch.arange(int(np.prod(shape)), dtype=torch.float32) * 0.75 -
            2).reshape(shape)


class Average:
    """An exponential moving average, as many people write it."""

    def __init__(self):
        self.decay = 0.5
        self.shadow = {"weight": numbers(2, 2), "bias": numbers(2)}


class Slots:
    __slots__ = ("a", "b")


class Tuple:
    """Its state is no dictionary."""

    def __getstate__(self):
        return (numbers(3), 7, [numbers(2)])

    def __setstate__(self, state):
        pass


class State:
    """Its state is a tensor."""

    def __getstate__(self):
        return numbers(6)


class Call:
    """Made by a call with a tensor."""

    def __reduce__(self):
        return Call, (), None, iter([numbers(4)])

    def append(self, x):
        pass


class Items(dict):
    """A dictionary whose items are attributes as well."""

    def __init__(self, **items):
        super().__init__(items)
        self.__dict__ = dict(items)


@dataclasses.dataclass
class Data:
    w: torch.Tensor
    name: str = "x"


class Net(torch.nn.Module):
    """Tensors that are not in the state_dict."""

    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 2)
        self.layers = [self.fc]
        self.anchors = numbers(3)
        self.register_buffer("hidden", numbers(5), persistent=False)


def objects():
    slots = Slots()
    slots.a, slots.b = numbers(1), {"c": numbers(2)}
    x = {"ema": Average(), "args": argparse.Namespace(w=numbers(2, 3), lr=0.1),
         "user": collections.UserDict(w=numbers(3)), "data": Data(numbers(4)),
         "slots": slots, "tuple": Tuple(), "items": Items(w=numbers(5)),
         "call": Call(), "state": State(), "masked": np.ma.array([1.0]),
         "pairs": {("a", 0): numbers(1), ("a", 1): numbers(2)}}
    x["ema"].back = x["ema"]		# a cycle
    return x, {"ema.shadow.weight": numbers(2, 2), "ema.shadow.bias": numbers(2),
               "args.w": numbers(2, 3), "user.w": numbers(3),
               "data.w": numbers(4), "slots.a": numbers(1),
               "slots.b.c": numbers(2), "tuple.0": numbers(3),
               "tuple.2.0": numbers(2), "items.w": numbers(5),
               "call.0": numbers(4), "state": numbers(6),
               "masked": ("masked", ""),
               "pairs.a,0": numbers(1), "pairs.a,1": numbers(2)}


def net():
    m = Net()
    return m, {"fc.weight": m.fc.weight, "fc.bias": m.fc.bias,
               "anchors": m.anchors}


def graph():
    m = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    return {"model": torch.fx.symbolic_trace(m), "scale": numbers(2)}, {
        "0.weight": m[0].weight, "0.bias": m[0].bias, "scale": numbers(2)}


def arrays():
    a = np.arange(6, dtype="<f4").reshape(2, 3)
    x = {"w": numbers(2), "c": a, "f": np.asfortranarray(a * 2),
         "big": a.astype(">f8"), "flags": np.array([True, False]),
         "bytes": np.arange(128, 256, dtype="u1"), "none": np.zeros((0, 2)),
         "half": np.float16(1.5), "long": np.int64(-3),
         "text": np.array(["a", "bc"]), "any": np.array([1, None], object),
         "complex": np.array([1 + 2j], "<c8")}
    want = {k: torch.from_numpy(np.array(v, v.dtype.newbyteorder("<")))
            for k, v in x.items() if k not in ("w", "text", "any")}
    want.update(w=x["w"], text=("<U2", "2"), any=("O8", "2"))
    return x, {k: want[k] for k in x}


def listed():
    x = {"w": numbers(2, 3), "complex32": torch.ones(2, dtype=torch.complex32),
         "coo": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(),
         "meta": torch.ones(2, 3, device="meta"),
         "nested": torch.nested.nested_tensor([numbers(2), numbers(3)]),
         "jagged": torch.nested.nested_tensor(
             [numbers(2), numbers(3)], layout=torch.jagged),
         "quant": torch.quantize_per_tensor(numbers(2, 3), 0.1, 0,
                                            torch.qint8),
         "conj": torch.ones(2, dtype=torch.complex64).conj(),
         "storage": numbers(4).storage(), "last": numbers(3)}
    return x, {"w": x["w"], "complex32": ("complex32", "2"),
               "coo": ("sparse_coo", "3x3"), "csr": ("sparse_csr", "3x3"),
               "meta": ("meta", "2x3"), "nested": ("nested", ""),
               "jagged": ("nested", ""), "quant": ("qint8", "2x3"),
               "conj": ("conj", "2"), "storage": numbers(4),
               "last": x["last"]}


def composer():
    m = torch.nn.Linear(3, 2)
    adam = torch.optim.AdamW(m.parameters())
    m(numbers(1, 3)).sum().backward()
    adam.step()
    return {"state": {"model": m.state_dict(), "run_name": "r",
                      "optimizers": {"AdamW": {"state": adam.state_dict()["state"]}},
                      "schedulers": {"s": {"last": torch.tensor(3.)}}},
            "rng": [{"torch": numbers(4)}], "optimizer_0": {"m": numbers(2)},
            "all": [adam.state_dict()],
            "epoch": np.int64(3)}, {
        "weight": m.weight, "bias": m.bias,
        "epoch": torch.tensor(3)}


def layers():
    """More storages than ten, in another order than their names as text."""
    x = collections.OrderedDict(
        ("fc%d.weight" % i, numbers(2, i + 1)) for i in range(12))
    return x, dict(x)


def step():
    return {"model": {"w": numbers(2)}, "global_step": torch.tensor([700])}, {
        "w": numbers(2), "global_step": torch.tensor([700])}


def flat():
    """One storage, whose tensors go back and overlap."""
    t = numbers(6)
    x = {"z": t[4:], "a": t[:2], "w": numbers(3), "m": t[1:4]}
    return x, x


def unused():
    """A tensor where no name can be: the key of a dictionary."""
    return {"w": numbers(2), "sets": {numbers(3) + 9: "a"}}, {"w": numbers(2)}


def nothing():
    return {"sets": {numbers(3): "a"}}, {}


def again(source, order):
    """The same zip, written by another program."""
    out = io.BytesIO()
    with zipfile.ZipFile(source) as z, zipfile.ZipFile(out, "w") as w:
        w.writestr(zipfile.ZipInfo("a/"), b"")
        for name in sorted(z.namelist(), key=order):
            b = z.read(name)
            w.writestr(zipfile.ZipInfo(name), b)
    return out.getvalue()


def distributed(path):
    """Optimizers at any depth, a type that can only be listed, an order that is not
    that of the names."""
    adam = {"state": {"fc.weight": {"exp_avg": numbers(4, 3)}}}
    dcp.save({"model": {"fc.weight": numbers(4, 3), "bias": numbers(5),
                        "odd": torch.ones(2, dtype=torch.complex32)},
              "optimizer_0": adam, "state": {"optimizers": {"adam": adam}}},
             checkpoint_id=path)
    return {"fc.weight": numbers(4, 3), "bias": numbers(5),
            "odd": ("complex32", "2")}


def export(path):
    class M(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(3, 2)
            self.register_buffer("b", numbers(2))
            self.c = numbers(2)

        def forward(self, x):
            return self.fc(x) + self.b + self.c

    program = torch.export.export(M(), (numbers(1, 3),))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)      # has paths
    torch.export.save(program, path)
    return dict(torch.export.load(path).state_dict)


def frozen(path):
    m = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))
    torch.jit.freeze(torch.jit.script(m.eval())).save(path)
    return {"constants.%d" % i: p for i, p in enumerate(m.parameters())}


def line(path, name, t):
    if isinstance(t, tuple):
        return "\t".join([path, name, *t, ""])
    data = reference.content(t)
    return "\t".join([
        path, name, DTYPES[str(t.dtype).split(".")[1]],
        "x".join(map(str, t.shape)),
        "%016x" % reference.xxhash.XXH64(data, len(data), 0)])


def main(directory):
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    torch.serialization.get_source_lines_and_file = \
        lambda *_: (["class Source:\n", "    pass\n"], 1, "source.py")
    os.chdir(directory)
    lines = []
    for make in (objects, net, graph, arrays, listed, composer, layers, step,
                 flat, unused, nothing):
        x, want = make()
        name = make.__name__
        paths = [name + ".pt"]
        torch.save(x, paths[0])
        if make in (layers, step, flat):
            paths += ["legacy-" + name + ".pt"]
            torch.save(x, paths[1], _use_new_zipfile_serialization=False)
        if make is arrays:
            paths += ["arrays-5.pt"]
            torch.save(x, paths[1], pickle_protocol=5)
        if make is layers:
            # as PyTorch 1.6 did, and in the worst order
            for other, order in (("text-order", None), ("pickle-last", lambda s:
                                 (s.endswith("data.pkl"), s[::-1]))):
                paths.append(other + ".pt")
                with open(other + ".pt", "wb") as f:
                    f.write(again(paths[0], order))
        lines += [line(p, k, t) for p in paths for k, t in want.items()]
    lines += [line("export.pt2", k, t) for k, t in export("export.pt2").items()]
    lines += [line("distributed", k, t) for k, t in distributed("distributed").items()]
    lines += [line("frozen.pt", k, t) for k, t in frozen("frozen.pt").items()]
    with open("want.tsv", "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
