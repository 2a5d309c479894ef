"""lstm.py THREADS STEPS - the training of train-lstm in PyTorch

32 utterances of 200 frames and 80 letters, of equal length, so that no packing
is needed. Prints torch's version, the seconds of one step, the fastest
of STEPS, and the process's peak memory in MB.
"""
import resource
import sys
import time

import torch
from torch import nn

N, FRAMES, LETTERS, SYMBOLS = 32, 200, 80, 30

threads, steps = (int(a) for a in sys.argv[1:])
torch.manual_seed(0)
torch.set_num_threads(threads)
lstm = nn.LSTM(40, 256, 4, batch_first=True, bidirectional=True)
linear = nn.Linear(512, SYMBOLS)
opt = torch.optim.AdamW([*lstm.parameters(), *linear.parameters()], lr=3e-4,
                        weight_decay=0.1)
x = torch.randn(N, FRAMES, 40)
text = torch.randint(4, SYMBOLS, (N, LETTERS))
frames, letters = torch.full((N,), FRAMES), torch.full((N,), LETTERS)
best = 1e99
for step in range(steps):
    start = time.perf_counter()
    y = linear(lstm(x)[0]).log_softmax(2).transpose(0, 1)
    loss = nn.functional.ctc_loss(y, text, frames, letters, zero_infinity=True)
    opt.zero_grad()
    loss.backward()
    opt.step()
    best = min(best, time.perf_counter() - start)
print("torch %s f32" % torch.__version__, best,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sep="\t")
