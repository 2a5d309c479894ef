"""torch-lm-curve.py TRAIN VAL TOKENIZER THREADS EPOCHS - train-lm in PyTorch

The settings of a small run of train-lm (width 128, 4 blocks, 4 heads, context
128, batches of 64 sequences, lr 3e-3, warm-up of 40 steps, cosine to a tenth),
with other initial weights and orders. Prints the loss on 1000 training and
validation sequences after each epoch.
"""
import math
import sys
import time

import torch
from tokenizers import Tokenizer
from torch import nn

from torch_lm import Paper

CONTEXT, BATCH, LR, WARMUP, FLOOR = 128, 64, 3e-3, 40, 0.1
train, val, tokenizer, threads, epochs = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(0)
t = Tokenizer.from_file(tokenizer)


def pieces(path):
    with open(path, encoding="utf8", newline="") as f:
        lines = f.read().splitlines(keepends=True)
    found = []
    for i in range(0, len(lines), 1000):
        ids = [k for e in t.encode_batch(lines[i:i + 1000]) for k in e.ids]
        n = len(ids) // (CONTEXT + 1) * (CONTEXT + 1)
        found.append(torch.tensor(ids[:n]).reshape(-1, CONTEXT + 1))
    return torch.cat(found)


def entropy(model, x):
    y = model(x[:, :-1])
    return nn.functional.cross_entropy(y.flatten(0, 1), x[:, 1:].flatten())


def mean_loss(model, x):
    with torch.no_grad():
        return sum(entropy(model, b).item() * len(b)
                   for b in x[:1000].split(50)) / min(len(x), 1000)


x, v = pieces(train), pieces(val)
model = Paper(4, 128, 4, 128, t.get_vocab_size(), CONTEXT)
model.encoder.weight.data.uniform_(-0.1, 0.1)
model.decoder.weight.data.uniform_(-0.1, 0.1)
model.decoder.bias.data.zero_()
opt = torch.optim.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.95),
                        weight_decay=0.1)
steps = int(epochs) * math.ceil(len(x) / BATCH)
print("step", "train", "val", "seconds", sep="\t", flush=True)
step, start = 0, time.process_time()
for epoch in range(int(epochs)):
    for b in x[torch.randperm(len(x))].split(BATCH):
        wave = FLOOR + (1 - FLOOR) / 2 * (1 + math.cos(
            math.pi * (step - WARMUP) / (steps - WARMUP)))
        opt.param_groups[0]["lr"] = LR * (
            step / WARMUP if step < WARMUP else wave)
        opt.zero_grad()
        for m in b.split(16):
            (entropy(model, m) * len(m) / len(b)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        opt.step()
        step += 1
    print(step, mean_loss(model, x), mean_loss(model, v),
          "%.1f" % (time.process_time() - start), sep="\t", flush=True)
