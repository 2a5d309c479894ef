#!/usr/bin/env python3
# torch-unet.py - reference values of the diffusion network, by PyTorch
#
#	python3 tests/reference/torch-unet.py >tests/gold/unet.tsv
import torch

from torch_networks import Unet
from torch_reference import fill, say, scatter, two_sums

N, WIDTH, STEPS = 5, 64, 5

x = scatter(N * 784, 0).reshape(N, 1, 28, 28)
e = scatter(N * 784, 1).reshape(N, 1, 28, 28)
t = torch.arange(N) * 249
model = Unet(WIDTH)
fill(model)
with torch.no_grad():
    # angles are always computed in F32
    model.time_embed[0].W.copy_((30 * scatter(4 * WIDTH, 2)).float())
trained = [(n, w) for n, w in model.named_parameters() if w.requires_grad]
opt = torch.optim.AdamW([w for _, w in trained], lr=1e-3, weight_decay=1e-2)
for step in range(STEPS):
    loss = ((model(x, t) - e) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    say("unet", "loss", "-", loss.item(), 0)
    for n, w in trained:
        if step == 0:
            say("unet", "gradient", n, *two_sums(w.grad))
    opt.step()
for n, w in trained:
    say("unet", "weights", n, *two_sums(w))
