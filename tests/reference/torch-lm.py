#!/usr/bin/env python3
# torch-lm.py - reference values of the language models, by PyTorch
#
#	python3 tests/reference/torch-lm.py >tests/gold/lm.tsv
import torch
from torch import nn

from torch_lm import Gpt2, Neox, Paper
from torch_reference import reference

LAYERS, WIDTH, HEADS, HIDDEN, VOCAB, CONTEXT, N, STEPS = 2, 32, 4, 40, 50, 70, 3, 5

i = torch.arange(N * (CONTEXT + 1))
text = (i * i * 7 + i // 3).reshape(N, CONTEXT + 1) % VOCAB


def train(name, model, bias, *keys):
    """bias: suffix of its name; keys: slices of it that have no effect."""
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95),
                            weight_decay=0.1)
    # see clear_key_bias() in lm.c
    reference(name, lambda x: model(x).flatten(0, 1), text[:, :-1],
              text[:, 1:].flatten(), nn.functional.cross_entropy, opt, STEPS,
              [(bias, part) for part in keys], model)


sizes = LAYERS, WIDTH, HEADS, HIDDEN, VOCAB
keys = slice(WIDTH, 2 * WIDTH)
train("lm", Paper(*sizes, CONTEXT), "in_proj_bias", keys)
train("gpt2", Gpt2(*sizes, CONTEXT), "c_attn.bias", keys)
d = WIDTH // HEADS
parts = [slice(3 * h * d + d + d // 4, 3 * h * d + 2 * d) for h in range(HEADS)]
train("gpt-neox", Neox(*sizes), "key_value.bias", *parts)
train("gpt-neox-serial", Neox(*sizes, False), "key_value.bias", *parts)
