#!/usr/bin/env python3
"""torch-curves.py [options] DATA - the training of train-vgg in PyTorch

The same settings and split, with initial weights, order and kernels of PyTorch;
prints the table that train-vgg --log writes. DATA is a directory of the binary
version of CIFAR-10 (.bin or .bin.xz) or of IDX files (plain or .gz). The options
are those of train-vgg. tests/reference/curves.sh plots both.
"""
import argparse
import glob
import gzip
import lzma
import time

import numpy as np
import torch
from torch import nn

from torch_networks import Perceptron, ResNet20, Vgg

p = argparse.ArgumentParser()
p.add_argument("data")
p.add_argument("--model", default="vgg", choices=["vgg", "resnet20", "mlp"])
p.add_argument("--width", type=int, default=64)
p.add_argument("--subset", type=int, default=0)
p.add_argument("--epochs", type=int, default=164)
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--lr-drops", default="82,123,160")
p.add_argument("--weight-decay", type=float, default=1e-4)
p.add_argument("--eval-count", type=int, default=0)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--threads", type=int, default=2)
o = p.parse_args()
torch.set_num_threads(o.threads)
torch.manual_seed(o.seed)
BATCH = 128


def read(path):
    kind = {".gz": gzip.open, ".xz": lzma.open}.get(path[-3:], open)
    with kind(path, "rb") as f:
        return np.frombuffer(f.read(), np.uint8)


def cifar(files):
    records = np.concatenate([read(f).reshape(-1, 3073) for f in files])
    mean = np.array([0.4914, 0.4822, 0.4465], "f4")[:, None, None]
    sd = np.array([0.2470, 0.2435, 0.2616], "f4")[:, None, None]
    x = records[:, 1:].reshape(-1, 3, 32, 32).astype("f4") / 255
    return (x - mean) / sd, records[:, 0]


def idx(folder):
    x = read(glob.glob(folder + "/train-images-idx3-ubyte*")[0])[16:]
    y = read(glob.glob(folder + "/train-labels-idx1-ubyte*")[0])[8:]
    x = x.reshape(len(y), 1, 28, 28).astype("f4") / 255
    mean, sd = x.mean(dtype="f8"), x.std(dtype="f8")
    if o.model != "mlp":
        x = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    return ((x - mean) / sd).astype("f4"), y


files = sorted(glob.glob(o.data + "/data_batch_*.bin*"))
x, y = cifar(files) if files else idx(o.data)
x, y = torch.from_numpy(x), torch.from_numpy(y.astype("i8"))
order = torch.randperm(len(x), generator=torch.Generator().manual_seed(42))
n = len(x) * 9 // 10
train, val = order[:n], order[n:]
if o.subset:
    train, val = train[:o.subset], val[:(o.subset + 8) // 9]

if o.model == "mlp":
    model = Perceptron(x[0].numel(), o.width)
elif o.model == "vgg":
    model = Vgg(o.width, x.shape[1])
else:
    model = ResNet20(o.width, x.shape[1])
opt = torch.optim.SGD(model.parameters(), lr=o.lr, momentum=0.9,
                      weight_decay=o.weight_decay)
steps = (len(train) + BATCH - 1) // BATCH
drops = [int(e) for e in o.lr_drops.split(",") if e]
print("step", "epoch", "split", "loss", "error", "lr", "seconds", sep="\t")
start = time.perf_counter()


def look(step, name, ids):
    model.eval()
    loss = wrong = 0
    with torch.no_grad():
        for i in range(0, len(ids), BATCH):
            some = ids[i:i + BATCH]
            z = model(x[some])
            loss += nn.functional.cross_entropy(
                z, y[some], reduction="sum").item()
            wrong += (z.argmax(1) != y[some]).sum().item()
    model.train()
    print(step, step / steps, name, loss / len(ids), wrong / len(ids),
          opt.param_groups[0]["lr"], time.perf_counter() - start, sep="\t",
          flush=True)


def looks(step):
    for name, ids in ("train", train), ("val", val):
        look(step, name, ids[:o.eval_count] if o.eval_count else ids)


looks(0)
for epoch in range(o.epochs):
    opt.param_groups[0]["lr"] = o.lr * 0.1 ** sum(epoch >= e for e in drops)
    order = train[torch.randperm(len(train))]
    for i in range(0, len(order), BATCH):
        some = order[i:i + BATCH]
        loss = nn.functional.cross_entropy(model(x[some]), y[some])
        opt.zero_grad()
        loss.backward()
        opt.step()
    looks((epoch + 1) * steps)
