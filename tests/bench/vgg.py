"""vgg.py MODEL THREADS PRECISION STEPS - training steps in PyTorch

The networks of torch_networks.py at full width, batches of 128, SGD with
momentum; bf16 is autocast. Prints the minimum and median seconds of a step, and
peak resident memory in MB.
"""
import resource
import sys
import time

import torch
from torch import nn

from torch_networks import Perceptron, ResNet20, Vgg

name, threads, precision, steps = sys.argv[1:]
torch.manual_seed(0)
torch.set_num_threads(int(threads))
model = {"vgg": Vgg, "resnet20": ResNet20,
         "mlp": lambda: Perceptron(3 * 32 * 32)}[name]()
x = torch.randn(128, 3, 32, 32)
y = torch.randint(10, (128,))
opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9,
                      weight_decay=1e-4)
took = []
for step in range(int(steps)):
    start = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    took.append(time.perf_counter() - start)
took.sort()
print(took[0], took[len(took) // 2],
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sep="\t")
