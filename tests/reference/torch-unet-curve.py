#!/usr/bin/env python3
"""torch-unet-curve.py [options] DATA CHECKPOINT - train-unet in PyTorch

The settings of train-unet with the same initial weights (ckpt-cat -s 0 -F
safetensors), order and noise, so that only rounding differs. Prints the rows of
--log for the selected epochs. DATA is a directory of IDX files, plain or .gz.
"""
import argparse
import glob
import gzip
import time

import numpy as np
import torch
from safetensors.torch import load_file

from torch_networks import Unet

ORDER, NOISE, EVALUATION, BATCH, PIXELS = 2, 3, 0xe7a1 << 48, 128, 784

p = argparse.ArgumentParser()
p.add_argument("data")
p.add_argument("checkpoint")
p.add_argument("--subset", type=int, default=0)
p.add_argument("--epochs", type=int, default=100)
p.add_argument("--looks", default="0,1,2,5,10,20,50,100", help="epochs")
p.add_argument("--seed", type=int, default=0)
p.add_argument("--threads", type=int, default=2)
o = p.parse_args()
torch.set_num_threads(o.threads)


def philox(i, stream, purpose, key):
    """The four words of Philox 4x32-10 for arrays i, stream: (..., 4)."""
    c = [np.uint64(i) & 0xffffffff, np.uint64(i) >> 32, np.uint64(stream),
         np.uint64(purpose)]
    c = list(np.broadcast_arrays(*c))
    k0, k1 = key & 0xffffffff, key >> 32 & 0xffffffff
    for _ in range(10):
        a, b = c[0] * np.uint64(0xd2511f53), c[2] * np.uint64(0xcd9e8d57)
        c = [b >> np.uint64(32) ^ c[1] ^ np.uint64(k0),
             b & np.uint64(0xffffffff),
             a >> np.uint64(32) ^ c[3] ^ np.uint64(k1),
             a & np.uint64(0xffffffff)]
        k0, k1 = k0 + 0x9e3779b9 & 0xffffffff, k1 + 0xbb67ae85 & 0xffffffff
    return np.stack(c, -1)


def shuffled(n, stream):
    order, drawn = np.arange(n), 0
    words = philox(np.arange(n, dtype="u8"), stream, ORDER, o.seed).ravel()
    for i in range(n, 1, -1):
        z = words[drawn]
        drawn += 1
        while z >= (1 << 32) // i * i:
            z = words[drawn]
            drawn += 1
        j = int(z) % i
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def noised(x, key, streams):
    """x_t, t and e of images x, each from its own stream."""
    streams = np.asarray(streams, "u8")[:, None]
    w = philox(np.arange(PIXELS // 4, dtype="u8"), streams, NOISE, key)
    u, angle = (w[..., 0::2] + 1.) / 2**32, 2 * np.pi / 2**32 * w[..., 1::2]
    r = np.sqrt(-2 * np.log(u))
    e = np.stack([r * np.cos(angle), r * np.sin(angle)], -1)
    e = torch.from_numpy(e.reshape(x.shape).astype("f4"))
    u = philox(np.full(len(x), PIXELS // 4, "u8"), streams[:, 0], NOISE, key)
    t = torch.from_numpy((u[:, 0] * np.uint64(1000) >> np.uint64(32))
                         .astype("i8"))
    k = kept[t][:, None, None, None]
    return (k.sqrt() * x + (1 - k).sqrt() * e).float(), t, e


def loss_of(ids, key, streams):
    xt, t, e = noised(x[ids], key, streams)
    return ((model(xt, t) - e) ** 2).mean()


def read(name):
    path, = glob.glob(f"{o.data}/{name}") + glob.glob(f"{o.data}/{name}.gz")
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return np.frombuffer(f.read(), np.uint8)


x = read("train-images-idx3-ubyte")[16:].reshape(-1, 1, 28, 28)
x = torch.from_numpy((x.astype("f4") / 255 - 0.1307) / 0.3081).float()
ids = torch.randperm(len(x), generator=torch.Generator().manual_seed(42))
n = len(x) * 9 // 10
train, val = ids[:n], ids[n:]
if o.subset:
    train, val = train[:o.subset], val[:(o.subset + 8) // 9]
beta = 1e-5 + (0.005 - 1e-5) * torch.sigmoid(
    torch.linspace(-6, 6, 1000, dtype=torch.float64))
kept = torch.cumprod(1 - beta, 0)
weights = load_file(o.checkpoint)
model = Unet(weights["model.conv1.weight"].shape[0])
model.load_state_dict({k[6:]: w for k, w in weights.items()})
opt = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad],
                        lr=3e-4, betas=(0.9, 0.999), weight_decay=0)
steps = (len(train) + BATCH - 1) // BATCH
step = 0
print("step", "epoch", "split", "loss", "seconds", sep="\t")
start = time.perf_counter()


def looks(epoch):
    if str(epoch) not in o.looks.split(","):
        return
    for name, ids in ("train", train), ("val", val):
        loss = 0
        with torch.no_grad():
            for some in ids.split(BATCH):
                loss += loss_of(some, EVALUATION, some).item() * len(some)
        print(step, epoch, name, "%.9g" % (loss / len(ids)),
              "%.3f" % (time.perf_counter() - start), sep="\t", flush=True)


looks(0)
for epoch in range(o.epochs):
    for some in train[shuffled(len(train), epoch)].split(BATCH):
        loss = loss_of(some, o.seed + (step + 1 << 32), range(len(some)))
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
    looks(epoch + 1)
