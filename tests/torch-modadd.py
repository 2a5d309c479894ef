#!/usr/bin/env python3
# torch-modadd.py - reference values of the modular addition models, by PyTorch
#
#	python3 tests/torch-modadd.py >tests/gold/modadd.tsv
#
# The whole layer at all three positions, by PyTorch's own modules, with weights
# that test-modadd.c can make too: sin(0.37 i + k) / 4 for the i-th element, k
# the sum of the bytes of the parameter's name (a gain: 1 + that). In double.
# Run once; the table is kept. A gradient is told by two sums over its elements:
# of g[i] cos(0.9 i), and of g[i]^2.
import math

import torch
from torch import nn

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


def fill(model):
    with torch.no_grad():
        for name, w in model.named_parameters():
            k = sum(name.encode())
            i = torch.arange(w.numel(), dtype=torch.float64)
            w.copy_((torch.sin(0.37 * i + k) / 4).reshape(w.shape))
            if "norm" in name and name.endswith("weight"):
                w.add_(1)


def say(model, what, name, *numbers):
    print(model, what, name, *("%.12g" % x for x in numbers), sep="\t")


def two_sums(x):
    x = x.detach().flatten()
    i = torch.arange(x.numel(), dtype=torch.float64)
    return (x * torch.cos(0.9 * i)).sum(), (x * x).sum()


def reference(name, model, mlp):
    fill(model)
    pairs = [(a, b, P) for a in range(P) for b in range(P) if (a + 2 * b) % 3]
    x = torch.tensor(pairs)
    y = (x[:, 0] + x[:, 1]) % P
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98),
                            weight_decay=1)
    for step in range(STEPS):
        out = model(x)
        loss = (((out - nn.functional.one_hot(y, P)) ** 2).mean() if mlp else
                nn.functional.cross_entropy(out, y))
        opt.zero_grad()
        loss.backward()
        say(name, "loss", "-", loss.item(), (out.argmax(1) != y).sum().item())
        if step == 0:
            for n, w in model.named_parameters():
                say(name, "gradient", n, *two_sums(w.grad))
        for n, w in model.named_parameters():
            if n.endswith("in_proj_bias"):  # see still_keys() in test-modadd.c
                w.grad[WIDTH:2 * WIDTH] = 0
        opt.step()
    for n, w in model.named_parameters():
        say(name, "weights", n, *two_sums(w))


torch.set_default_dtype(torch.float64)
print("model", "what", "name", "first", "second", sep="\t")
reference("plain", Transformer(False), False)
reference("norm", Transformer(True), False)
reference("mlp", Perceptron(), True)
