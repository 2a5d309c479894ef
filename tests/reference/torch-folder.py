#!/usr/bin/env python3
"""torch-folder.py - writes distributed checkpoints and newer dtypes

  torch-folder.py DIRECTORY

Needs torch 2.9 or newer (made with 2.15). Writes newer.pt (one-byte and unsigned
dtypes) and the directories whole and sharded; two processes write the latter,
half of every tensor each. whole.pt and sharded.pt are the same tensors for
torch-reference.py, and need not be kept.
"""
import os
import sys

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

NEWER = ["uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2",
         "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]


def numbers(*shape):
    n = 1
    for d in shape:
        n *= d
    return (torch.arange(n, dtype=torch.float32) * 0.75 - 2).reshape(shape)


def newer():
    t = {d: numbers(2, 4).abs().to(getattr(torch, d)) for d in NEWER}
    return {"tensors": t, "column": t["float8_e5m2"][:, 1]}


def state():
    return {"model": {"fc.weight": numbers(4, 3), "fc.bias": numbers(5),
                      "half": numbers(2, 3).bfloat16(),
                      "scalar": torch.tensor(3)},
            "optimizer": {"state": numbers(4)}, "step": 7}


def shard(rank, directory):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor

    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT="29512")
    dist.init_process_group("gloo", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    model = {"rows": distribute_tensor(numbers(5, 3), mesh, [Shard(0)]),
             "columns": distribute_tensor(numbers(3, 4, 2), mesh, [Shard(1)]),
             "both": distribute_tensor(numbers(3), mesh, [Replicate()])}
    dcp.save({"model": model}, checkpoint_id=directory)
    dist.destroy_process_group()


def main(directory):
    os.chdir(directory)
    torch.save(newer(), "newer.pt")
    dcp.save(state(), checkpoint_id="whole")
    mp.spawn(shard, ("sharded",), nprocs=2)
    for name in ("whole", "sharded"):
        dcp_to_torch_save(name, name + ".pt")


if __name__ == "__main__":
    main(sys.argv[1])
