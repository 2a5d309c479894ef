"""lm.py THREADS CONTEXT STEPS TYPE - the training of train-lm in PyTorch

The language model of the paper in modules of PyTorch: width 256, 6 blocks, 4
heads, a vocabulary of 4096, 4096 tokens a step. TYPE is f32 or bf16 (autocast).
Prints torch's version, the seconds of one step, the fastest of STEPS, and the
process's peak memory in MB.
"""
import contextlib
import resource
import sys
import time

import torch
from torch import nn

from torch_lm import Paper

WIDTH, LAYERS, HEADS, VOCAB, TOKENS = 256, 6, 4, 4096, 4096


threads, context, steps = (int(a) for a in sys.argv[1:4])
torch.manual_seed(0)
torch.set_num_threads(threads)
model = Paper(LAYERS, WIDTH, HEADS, WIDTH, VOCAB, context)
opt = torch.optim.AdamW(model.parameters(), lr=6e-4, betas=(0.9, 0.95),
                        weight_decay=0.1)
x = torch.randint(VOCAB, (TOKENS // context, context + 1))
cast = contextlib.nullcontext()
if sys.argv[4] == "bf16":
    cast = torch.autocast("cpu", torch.bfloat16)
best = 1e99
for step in range(steps):
    start = time.perf_counter()
    with cast:
        y = model(x[:, :-1])
    loss = nn.functional.cross_entropy(
        y.reshape(-1, VOCAB).float(), x[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    opt.step()
    best = min(best, time.perf_counter() - start)
print("torch %s %s" % (torch.__version__, sys.argv[4]), best,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sep="\t")
