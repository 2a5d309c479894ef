"""modadd.py THREADS STEPS - the training of train-modadd in PyTorch

The model of figure 2(a) in modules of PyTorch, computed at all three positions. Prints torch's version and the seconds of
one step, the fastest of STEPS.
"""
import math
import sys
import time

import torch
from torch import nn

P, WIDTH, HEADS, HIDDEN, PAIRS = 113, 128, 4, 512, 3830


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(P + 1, WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, HIDDEN, dropout=0, norm_first=True, batch_first=True)
        layer.norm1 = layer.norm2 = nn.Identity()
        self.transformer_encoder = nn.TransformerEncoder(
            layer, 1, enable_nested_tensor=False)
        self.decoder = nn.Linear(WIDTH, P + 1)
        t = torch.arange(3).unsqueeze(1)
        rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000) / WIDTH))
        self.pe = torch.stack([torch.sin(t * rate), torch.cos(t * rate)], 2)
        self.pe = self.pe.flatten(1)
        self.mask = torch.triu(torch.full((3, 3), -math.inf), 1)

    def forward(self, x):
        x = self.encoder(x) * math.sqrt(WIDTH) + self.pe
        return self.decoder(self.transformer_encoder(x, self.mask)[:, -1])


torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]))
model = Transformer()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98),
                        weight_decay=1)
x = torch.randint(P, (PAIRS, 3))
x[:, 2] = P
y = (x[:, 0] + x[:, 1]) % P
best = 1e99
for step in range(int(sys.argv[2])):
    start = time.perf_counter()
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    best = min(best, time.perf_counter() - start)
print('torch %s F32' % torch.__version__, best, sep='\t')
