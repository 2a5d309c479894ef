#!/usr/bin/env python3
# torch-images.py - reference values of the networks for images, by PyTorch
#
#	python3 tests/torch-images.py >tests/gold/images.tsv
import torch
from torch import nn

from torch_reference import reference, scatter

N, WIDTH, CLASSES, STEPS = 20, 16, 10, 5
VGG = [1, 1, "max", 2, 2, "max", 4, 4, 4, "max", 8, 8, 8, "max", 8, 8, 8, "mean"]


class Perceptron(nn.Module):
    def __init__(self, pixels):
        super().__init__()
        n = [pixels] + 3 * [WIDTH] + [CLASSES]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(n, n[1:]))

    def forward(self, x):
        x = x.flatten(1)
        for i, layer in enumerate(self.layers):
            x = layer(torch.relu(x) if i else x)
        return x


class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3, padding=1)
        self.bn = nn.BatchNorm2d(o)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()
        channels = 3
        for layer in VGG:
            if layer == "max":
                self.layers.append(nn.MaxPool2d(2))
            elif layer == "mean":
                self.layers.append(nn.AvgPool2d(2))
            else:
                self.layers.append(Block(channels, layer * WIDTH))
                channels = layer * WIDTH
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.flatten(1))


def train(name, model, side):
    pixels = N * 3 * side * side
    x = scatter(pixels, 0).reshape(N, 3, side, side)
    y = torch.arange(N) * 3 % CLASSES
    opt = torch.optim.SGD(model.parameters(), lr=3e-4, momentum=0.9,
                          weight_decay=1e-2)
    # what is added before a normalisation has gradient 0, up to rounding
    reference(name, model, x, y, nn.functional.cross_entropy, opt, STEPS,
              [("conv.bias", slice(None))])


train("mlp", Perceptron(48), 4)
train("vgg", Vgg(), 32)
