#!/usr/bin/env python3
"""torch-good.py - writes tests/files/torch/good with PyTorch

  torch-good.py DIRECTORY

Needs torch (made with 1.13). Two that it no longer writes are assembled here: a
big-endian zip, and the tar of versions before 0.1.10. good.tsv is the output of
torch-reference.py for all of them; for the big-endian zip, that for dtypes.pt.
"""
import collections
import io
import os
import pickle
import struct
import sys
import tarfile
import zipfile

import torch

DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32",
          "int16", "int8", "uint8", "bool", "complex64", "complex128"]


def numbers(*shape):
    n = 1
    for d in shape:
        n *= d
    return (torch.arange(n, dtype=torch.float32) * 0.75 - 2).reshape(shape)


def dtypes():
    return {d: numbers(2, 3).to(getattr(torch, d)) for d in DTYPES}


def layers():
    return collections.OrderedDict([
        ("fc.weight", torch.nn.Parameter(numbers(4, 3))),
        ("fc.bias", numbers(4)),
        ("norm.num_batches_tracked", torch.tensor(7))])


def nested():
    return {"encoder": {"layers": [{"w": numbers(2, 2)}, {"w": numbers(3)}],
                        "pair": (numbers(1), numbers(2))},
            "decoder": layers(), "lr": 0.1, "betas": (0.9, 0.999),
            "scaler": numbers(3), "name": "caf\u00e9\tau lait", "on": True, "none": None,
            "classes": ["cat", 'a "dog"'], "big": 1 << 80, "low": -5}


def lightning():
    w = torch.nn.Parameter(numbers(4, 3))
    adam = torch.optim.Adam([w])
    w.grad = torch.ones_like(w)
    adam.step()
    return {"epoch": 3, "global_step": 1056,
            "pytorch-lightning_version": "1.9.0", "state_dict": layers(),
            "loops": {}, "callbacks": {"best": torch.tensor(0.5)},
            "optimizer_states": [adam.state_dict()], "lr_schedulers": [],
            "hyper_parameters": {"lr": 1e-3, "width": 3}}


def trainer():
    w = torch.nn.Parameter(numbers(4, 3))
    adam = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    w.grad = torch.ones_like(w)
    adam.step()
    return {"iteration": 40, "model": {"state_dict": layers()},
            "whatever": adam.state_dict(), "best_loss": torch.tensor(0.25),
            "rng_state": torch.get_rng_state()[:8].clone()}


def module():
    m = torch.nn.Sequential(
        torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2),
        torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False)))
    torch.manual_seed(1)
    for p in m.parameters():
        torch.nn.init.normal_(p)
    m.register_buffer("cache", numbers(5), persistent=False)
    return m


class Net(torch.nn.Module):
    """A class unknown to readers."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2, bias=False)
        self.tied = self.layer
        self.register_parameter("absent", None)
        self.scale = torch.nn.Parameter(numbers(3))
        self.setting = {"tensor of no layer": numbers(2)}
        torch.manual_seed(2)
        torch.nn.init.normal_(self.layer.weight)


def model():
    return {"epoch": 2, "model": Net(), "ema": None, "args": Stored(3),
            "class": Net}


def shared():
    t = numbers(4, 3)
    return {"embed": t, "head": t, "view": t.view(4, 3), "row": t[1],
            "flat": t.view(12), "tail": t[2:], "part": t[:2]}


def views():
    t = numbers(3, 4, 2)
    return {"transposed": t.transpose(0, 2), "strided": t[:, ::2],
            "column": t[:, 1, 1], "expanded": t[:, :1, :1].expand(3, 5, 2),
            "scalar": t[1, 2, 0], "permuted": t.permute(1, 2, 0),
            "half": t.half()[:, :, 1],
            "bytes": t.to(torch.uint8)[:, ::3, 0],
            "complex": t.to(torch.complex128)[::2, 1:, 0]}


def shapes():
    return {"scalar": torch.tensor(2.5), "empty": numbers(0),
            "none": numbers(3, 0, 2), "ones": numbers(1, 1, 1),
            "deep": numbers(*([1] * 8 + [2]))}


def swapped(source):
    """The same zip, big-endian."""
    width = {b"DoubleStorage": 8, b"FloatStorage": 4, b"HalfStorage": 2,
             b"BFloat16Storage": 2, b"LongStorage": 8, b"IntStorage": 4,
             b"ShortStorage": 2, b"CharStorage": 1, b"ByteStorage": 1,
             b"BoolStorage": 1, b"ComplexFloatStorage": 4,
             b"ComplexDoubleStorage": 8}
    out = io.BytesIO()
    with zipfile.ZipFile(source) as z, zipfile.ZipFile(out, "w") as w:
        top = z.namelist()[0].split("/")[0]
        data = z.read(top + "/data.pkl")
        order = sorted((data.index(b"ctorch\n" + s + b"\n"), n)
                       for s, n in width.items())
        for i in z.infolist():
            b = z.read(i)
            if "/data/" in i.filename:
                n = order[int(i.filename.split("/")[-1])][1]
                b = b"".join(b[k:k + n][::-1] for k in range(0, len(b), n))
            w.writestr(zipfile.ZipInfo(i.filename), b)
            if i.filename.endswith("data.pkl"):
                w.writestr(zipfile.ZipInfo(top + "/byteorder"), b"big")
    return out.getvalue()


def again(source, method=zipfile.ZIP_STORED, order=list):
    """The same zip, written by another program."""
    out = io.BytesIO()
    with zipfile.ZipFile(source) as z, zipfile.ZipFile(out, "w") as w:
        for name in order(z.namelist()):
            w.writestr(zipfile.ZipInfo(name), z.read(name), method)
    return out.getvalue()


def without_sums(source):
    """The same zip without CRCs."""
    with zipfile.ZipFile(source) as z:
        sums = [struct.pack("<I", i.CRC) for i in z.infolist()]
    with open(source, "rb") as f:
        data = f.read()
    for s in sums:
        data = data.replace(s, bytes(4))
    return data


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = torch.nn.Parameter(numbers(3))
        self.width = 3


class Script(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Inner()
        self.weight = torch.nn.Parameter(numbers(2, 2))
        self.register_buffer("count", torch.tensor([1, 2]))

    def forward(self, x):
        return x + self.weight


class Stored:
    """A tensor in the tar: the pickle has its number only."""

    def __init__(self, number):
        self.number = number


def tar():
    """sys_info, pickle, tensors and storages, as of 2016."""
    a, b = numbers(2, 3), numbers(4).double()
    storages = [(10, "torch.FloatStorage", a), (11, "torch.DoubleStorage", b)]
    tensors = [(1, 10, "Float", (2, 3), (3, 1), 0),
               (2, 10, "Float", (3,), (2,), 1),
               (3, 11, "Double", (4,), (1,), 0)]

    class Pickler(pickle.Pickler):
        def persistent_id(self, x):
            return x.number if isinstance(x, Stored) else None

    def pack(*objects):
        return b"".join(o if isinstance(o, bytes) else pickle.dumps(o, 2)
                        for o in objects)

    tree = io.BytesIO()
    Pickler(tree, 2).dump({"conv.weight": Stored(1), "odd": Stored(2),
                           "fc.bias": Stored(3)})
    parts = {"sys_info": pack({"protocol_version": 1000,
                               "little_endian": True, "type_sizes": {}}),
             "pickle": tree.getvalue()}
    body = [len(tensors)]
    for key, storage, kind, size, stride, offset in tensors:
        body += [(key, storage, getattr(torch, kind + "Tensor"))]
        body += [struct.pack("<ii%dq" % (2 * len(size) + 1), len(size), 0,
                             *size, *stride, offset)]
    parts["tensors"] = pack(*body)
    body = [len(storages)]
    for key, kind, t in storages:
        kind = getattr(torch, kind.split(".")[1])
        body += [(key, "cpu", kind),
                 struct.pack("<q", t.numel()) + t.numpy().tobytes()]
    parts["storages"] = pack(*body, [])
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.PAX_FORMAT) as t:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def main(directory):
    os.chdir(directory)
    # the legacy stream has the source of each class; not of PyTorch's, here
    torch.serialization.get_source_lines_and_file = \
        lambda *_: (["class Source:\n", "    pass\n"], 1, "source.py")
    for make in (dtypes, layers, nested, lightning, trainer, module, model,
                 shared, views, shapes):
        name = make.__name__
        torch.save(make(), name + ".pt")
        torch.save(make(), "legacy-" + name + ".pt",
                   _use_new_zipfile_serialization=False)
    for p in (3, 4, 5):
        torch.save(nested(), "protocol%d.pt" % p, pickle_protocol=p)
    torch.save(nested(), "legacy-protocol4.pt", pickle_protocol=4,
               _use_new_zipfile_serialization=False)
    torch.save(numbers(2, 2), "tensor.pt")
    torch.save([numbers(2), numbers(3)], "list.pt")
    torch.jit.script(Script()).save("script.pt")
    for name, data in (
            ("big-endian", swapped("dtypes.pt")), ("tar", tar()),
            ("deflated", again("layers.pt", zipfile.ZIP_DEFLATED)),
            ("reordered", again("shared.pt", order=lambda names: names[::-1])),
            ("no-sums", without_sums("layers.pt"))):
        with open(name + ".pt", "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
