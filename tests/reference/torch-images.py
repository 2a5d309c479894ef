#!/usr/bin/env python3
# torch-images.py - reference values of the image networks, by PyTorch
#
#	python3 tests/reference/torch-images.py >tests/gold/images.tsv
import torch
from torch import nn

from torch_networks import CLASSES, Perceptron, ResNet20, Vgg
from torch_reference import reference, scatter

N, WIDTH, STEPS = 20, 16, 5


def train(name, model, side):
    pixels = N * 3 * side * side
    x = scatter(pixels, 0).reshape(N, 3, side, side)
    y = torch.arange(N) * 3 % CLASSES
    opt = torch.optim.SGD(model.parameters(), lr=3e-4, momentum=0.9,
                          weight_decay=1e-2)
    # a bias before a normalization has gradient 0, up to rounding
    reference(name, model, x, y, nn.functional.cross_entropy, opt, STEPS,
              [("conv.bias", slice(None))])


train("mlp", Perceptron(48, WIDTH), 4)
train("vgg", Vgg(WIDTH), 32)
train("resnet20", ResNet20(WIDTH), 32)
