#!/usr/bin/env python3
# torch-mlp.py - reference values of the perceptron on images, by PyTorch
#
#	python3 tests/torch-mlp.py >tests/gold/mlp.tsv
import torch
from torch import nn

from torch_reference import reference

N, PIXELS, WIDTH, CLASSES, STEPS = 30, 48, 16, 10, 5


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        n = [PIXELS] + 3 * [WIDTH] + [CLASSES]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(n, n[1:]))

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(torch.relu(x) if i else x)
        return x


model = Perceptron()
x = torch.sin(0.7 * torch.arange(N * PIXELS)).reshape(N, PIXELS)
y = torch.arange(N) * 3 % CLASSES
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9,
                      weight_decay=1e-2)
reference("mlp", model, x, y, nn.functional.cross_entropy, opt, STEPS)
