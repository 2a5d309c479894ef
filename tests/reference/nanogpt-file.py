#!/usr/bin/env python3
"""nanogpt-file.py - writes tests/files/spec/nanogpt.pt with PyTorch

  nanogpt-file.py FILE

A checkpoint as nanoGPT's train.py saves it, of a compiled model: the names are
those of transformers' GPT-2, but the layers are torch.nn.Linear, stored
(out, in). Needs torch (made with 2.15).
"""
import sys

import torch
from torch import nn

ARGS = {"n_layer": 2, "n_head": 2, "n_embd": 8, "block_size": 8,
        "bias": False, "vocab_size": 12, "dropout": 0.0}


class LayerNorm(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))


class Attention(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.c_attn = nn.Linear(n, 3 * n, bias=False)
        self.c_proj = nn.Linear(n, n, bias=False)


class MLP(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.c_fc = nn.Linear(n, 4 * n, bias=False)
        self.c_proj = nn.Linear(4 * n, n, bias=False)


class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.ln_1 = LayerNorm(n)
        self.attn = Attention(n)
        self.ln_2 = LayerNorm(n)
        self.mlp = MLP(n)


class GPT(nn.Module):
    def __init__(self, n, vocab, block):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocab, n), "wpe": nn.Embedding(block, n),
            "drop": nn.Dropout(0.0),
            "h": nn.ModuleList([Block(n) for _ in range(ARGS["n_layer"])]),
            "ln_f": LayerNorm(n)})
        self.lm_head = nn.Linear(n, vocab, bias=False)
        self.transformer.wte.weight = self.lm_head.weight


torch.manual_seed(7)
model = GPT(ARGS["n_embd"], ARGS["vocab_size"], ARGS["block_size"])
state = {"_orig_mod." + k: v for k, v in model.state_dict().items()}
torch.save({"model": state, "model_args": ARGS, "iter_num": 2000,
            "best_val_loss": torch.tensor(1.5),
            "config": {"dataset": "shakespeare_char", "batch_size": 12}},
           sys.argv[1])
