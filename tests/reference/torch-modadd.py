#!/usr/bin/env python3
# torch-modadd.py - reference values of the modular addition models, by PyTorch
#
#	python3 tests/reference/torch-modadd.py >tests/gold/modadd.tsv
#
# The complete layer at all three positions, by modules of PyTorch.
import math

import torch
from torch import nn

from torch_reference import reference

P, WIDTH, HEADS, HIDDEN, STEPS = 11, 16, 4, 24, 5


class Transformer(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.encoder = nn.Embedding(P + 1, WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, HIDDEN, dropout=0, norm_first=True, batch_first=True)
        if not norm:
            layer.norm1 = layer.norm2 = nn.Identity()
        self.transformer_encoder = nn.TransformerEncoder(
            layer, 1, enable_nested_tensor=False)
        self.decoder = nn.Linear(WIDTH, P + 1)

    def forward(self, x):
        t = torch.arange(3).unsqueeze(1)
        rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000) / WIDTH))
        pe = torch.zeros(3, WIDTH)
        pe[:, 0::2] = torch.sin(t * rate)
        pe[:, 1::2] = torch.cos(t * rate)
        x = self.encoder(x) * math.sqrt(WIDTH) + pe
        mask = torch.triu(torch.full((3, 3), -math.inf), 1)
        return self.decoder(self.transformer_encoder(x, mask))[:, -1]


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        n = [2 * P] + 4 * [WIDTH] + [P]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(n, n[1:]))

    def forward(self, x):
        a, b = (nn.functional.one_hot(x[:, i], P) for i in (0, 1))
        x = torch.cat([a, b], 1).double()
        for i, layer in enumerate(self.layers):
            x = layer(torch.relu(x) if i else x)
        return x


pairs = [(a, b, P) for a in range(P) for b in range(P) if (a + 2 * b) % 3]
x = torch.tensor(pairs)
y = (x[:, 0] + x[:, 1]) % P


def square_error(out, y):
    return ((out - nn.functional.one_hot(y, P)) ** 2).mean()


def train(name, model, loss_of):
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98),
                            weight_decay=1)
    # see clear_key_bias() in modadd.c
    reference(name, model, x, y, loss_of, opt, STEPS,
              [("in_proj_bias", slice(WIDTH, 2 * WIDTH))])


train("plain", Transformer(False), nn.functional.cross_entropy)
train("norm", Transformer(True), nn.functional.cross_entropy)
train("mlp", Perceptron(), square_error)
