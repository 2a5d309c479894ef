"""unet.py WIDTH THREADS STEPS - the training of train-unet in PyTorch

Prints torch's version, the seconds of one step of 128 images, the fastest of
STEPS, and the peak of resident memory in MB.
"""
import resource
import sys
import time

import torch
from torch_networks import Unet

N = 128

torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[2]))
model = Unet(int(sys.argv[1]))
opt = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad],
                        lr=3e-4, betas=(0.9, 0.999), weight_decay=0)
beta = 1e-5 + (0.005 - 1e-5) * torch.sigmoid(torch.linspace(-6, 6, 1000))
kept = torch.cumprod(1 - beta, 0)
x = torch.randn(N, 1, 28, 28)
best = 1e99
for step in range(int(sys.argv[3])):
    start = time.perf_counter()
    t = torch.randint(0, 1000, (N,))
    e = torch.randn_like(x)
    k = kept[t][:, None, None, None]
    loss = ((model(k.sqrt() * x + (1 - k).sqrt() * e, t) - e) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    best = min(best, time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print('torch %s F32' % torch.__version__, best, peak, sep='\t')
