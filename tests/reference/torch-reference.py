#!/usr/bin/env python3
"""torch-reference.py - tensors read by PyTorch, one line each, sorted

  torch-reference.py FILE...      file, tensor, dtype, shape, XXH64

Names and wrappers are found here independently, from the loaded values. Needs
torch (1.6 or newer) and the C library xxhash.
"""
import ctypes
import ctypes.util
import inspect
import os
import sys

import torch

NAMES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint8": "U8", "bool": "BOOL", "complex64": "C64", "complex128": "C128",
    "uint16": "U16", "uint32": "U32", "uint64": "U64",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "float8_e8m0fnu": "F8_E8M0",
}
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model",
            "module", "network", "net", "weights", "params")
BESIDES = ("optimizer", "optimizers", "optimizer_state", "optimizer_states",
           "optimizer_state_dict", "lr_scheduler", "lr_schedulers",
           "scheduler", "scaler", "rng_state", "callbacks", "loops")

xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash"))
xxhash.XXH64.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint64]
xxhash.XXH64.restype = ctypes.c_uint64


class Net(torch.nn.Module):
    """For files of torch-good.py."""


class Stored:
    """For files of torch-good.py."""


def content(t):
    """The bytes of a tensor, in C order."""
    t = t.detach().contiguous()
    if t.dtype == torch.bfloat16:
        t = t.view(torch.int16)
    if "float8" in str(t.dtype):
        t = t.view(torch.uint8)
    return t.numpy().tobytes()


def load(path):
    """Since 2.6 objects other than tensors need weights_only=False."""
    if "weights_only" in inspect.signature(torch.load).parameters:
        return torch.load(path, map_location="cpu", weights_only=False)
    return torch.load(path, map_location="cpu")


def is_optimizer(x):
    return isinstance(x, dict) and "state" in x and "param_groups" in x


def flatten(x, prefix=""):
    """Pairs of dotted name and tensor."""
    if isinstance(x, torch.nn.Module):
        yield from flatten(x.state_dict(keep_vars=True), prefix)
        yield from attributes(x, prefix)
        return
    if isinstance(x, torch.Tensor):
        yield prefix or "tensor", x
    elif isinstance(x, dict):
        for k, v in x.items():
            if not is_optimizer(v):
                yield from flatten(v, "%s.%s" % (prefix, k) if prefix else str(k))
    elif isinstance(x, (list, tuple)):
        yield from flatten(dict(enumerate(x)), prefix)


def attributes(module, prefix):
    """Tensors of a module that are not in its state_dict."""
    known = {id(t) for t in module.state_dict(keep_vars=True).values()}
    for path, m in module.named_modules():
        own = {k: v for k, v in vars(m).items()
               if k not in ("_parameters", "_buffers", "_modules")}
        where = ".".join(p for p in (prefix, path) if p)
        for name, t in flatten(own, where):
            if id(t) not in known:
                known.add(id(t))
                yield name, t


def unwrap(x):
    """The state dict, and tensors next to it."""
    if not isinstance(x, dict) or is_optimizer(x):
        return list(flatten(x))
    x = {k: v for k, v in x.items() if k not in BESIDES or
         (isinstance(v, torch.Tensor) and "_state" not in k)}
    siblings = []
    while isinstance(x, dict):
        bare = {k: v for k, v in x.items() if isinstance(v, torch.Tensor)}
        full = [k for k, v in x.items() if k not in bare and
                not is_optimizer(v) and any(True for _ in flatten(v))]
        if len(full) != 1 or full[0] not in WRAPPERS:
            break
        x = x[full[0]]
        siblings += bare.items()
    return list(flatten(x)) + siblings


def main(paths):
    for path in paths:
        lines = []
        for name, t in unwrap(load(path)):
            data = content(t)
            lines.append("\t".join([
                os.path.basename(path), name,
                NAMES[str(t.dtype).split(".")[1]],
                "x".join(map(str, t.shape)),
                "%016x" % xxhash.XXH64(data, len(data), 0)]))
        print("\n".join(sorted(lines)))


if __name__ == "__main__":
    main(sys.argv[1:])
