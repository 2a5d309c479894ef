#!/usr/bin/env python3
"""safetensors-files.py - writes files of tests/files/safetensors

    python3 tests/reference/safetensors-files.py        (torch 2.15, safetensors 0.8)

Values are counted numbers. good.tsv is the output of safetensors-reference.py for
good/*.
"""
import json
import struct

import torch
from safetensors.torch import save_file, save_model

HERE = "tests/files/safetensors/"


def counted(*shape, start=0):
    n = torch.Size(shape).numel()
    return (torch.arange(n) + start).float().reshape(shape) / 8


def text_order():
    """The library sorts by type, then by name as text."""
    t = {f"fc{i}.weight": counted(3, 2, start=i) for i in (1, 2, 10)}
    t |= {f"norm{i}.weight": counted(3, start=i).half() for i in (1, 2, 10)}
    save_file(t, HERE + "good/text-order.safetensors")


def chosen_order():
    """As writers that keep the order of the model do, such as candle's."""
    header, data = {}, b""
    for i, name in enumerate(("out", "fc10", "fc2", "norm", "fc1")):
        values = counted(2, 2, start=i).numpy().tobytes()
        header[name + ".weight"] = {"dtype": "F32", "shape": [2, 2],
                                    "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(HERE + "good/chosen-order.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def shared():
    """save_model keeps one of the names of a tensor."""
    m = torch.nn.ModuleDict({k: torch.nn.Linear(2, 2, bias=False) for k in "abc"})
    m["a"].weight.data = counted(2, 2)
    m["b"].weight = m["c"].weight = m["a"].weight
    save_model(m, HERE + "good/shared.safetensors")


def listed():
    """A type that is only listed, between two that are read."""
    t = {"a": counted(4), "q": torch.arange(6, dtype=torch.uint8).view(
        torch.float4_e2m1fn_x2).reshape(3, 2), "z": counted(3).bfloat16()}
    save_file(t, HERE + "listed.safetensors")


for make in text_order, chosen_order, shared, listed:
    make()
