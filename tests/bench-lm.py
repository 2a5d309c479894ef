"""bench-lm.py THREADS CONTEXT STEPS TYPE - PyTorch on the training of train-lm

The language model of the paper by PyTorch's own modules: width 256, 6 blocks, 4
heads, a vocabulary of 4096, 4096 tokens a step. TYPE is f32 or bf16 (autocast).
Prints torch's version, the seconds of one step, the fastest of STEPS, and the
process's peak memory in MB.
"""
import contextlib
import math
import resource
import sys
import time

import torch
from torch import nn

WIDTH, LAYERS, HEADS, VOCAB, TOKENS = 256, 6, 4, 4096, 4096


class LanguageModel(nn.Module):
    def __init__(self, context):
        super().__init__()
        self.encoder = nn.Embedding(VOCAB, WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, WIDTH, dropout=0, norm_first=True, batch_first=True)
        self.transformer_encoder = nn.TransformerEncoder(
            layer, LAYERS, enable_nested_tensor=False)
        self.decoder = nn.Linear(WIDTH, VOCAB)
        t = torch.arange(context).unsqueeze(1)
        rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000) / WIDTH))
        self.pe = torch.stack([torch.sin(t * rate), torch.cos(t * rate)], 2)
        self.pe = self.pe.flatten(1)
        self.mask = torch.triu(torch.full((context, context), -math.inf), 1)

    def forward(self, x):
        x = self.encoder(x) * math.sqrt(WIDTH) + self.pe
        return self.decoder(self.transformer_encoder(x, self.mask))


threads, context, steps = (int(a) for a in sys.argv[1:4])
torch.manual_seed(0)
torch.set_num_threads(threads)
model = LanguageModel(context)
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
