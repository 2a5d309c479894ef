"""torch_lm.py - language models in PyTorch

The paper's model of PyTorch's modules; GPT-2 and GPT-NeoX with the names and
shapes of their public checkpoints.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


def positions(context, width):
    t = torch.arange(context).unsqueeze(1)
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000) / width))
    return torch.stack([torch.sin(t * rate), torch.cos(t * rate)], 2).flatten(1)


class Paper(nn.Module):
    def __init__(self, layers, width, heads, hidden, vocab, context):
        super().__init__()
        self.width = width
        self.encoder = nn.Embedding(vocab, width)
        layer = nn.TransformerEncoderLayer(
            width, heads, hidden, dropout=0, norm_first=True, batch_first=True)
        self.transformer_encoder = nn.TransformerEncoder(
            layer, layers, enable_nested_tensor=False)
        self.decoder = nn.Linear(width, vocab)
        self.pe = positions(context, width)
        self.mask = torch.triu(torch.full((context, context), -math.inf), 1)

    def forward(self, x):
        n = x.shape[1]
        x = self.encoder(x) * math.sqrt(self.width) + self.pe[:n]
        return self.decoder(self.transformer_encoder(x, self.mask[:n, :n]))


def attend(q, k, v):
    """(batch, heads, context, width of a head)"""
    n = q.shape[-2]
    s = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    s = s + torch.triu(torch.full((n, n), -math.inf), 1)
    return (s.softmax(-1) @ v).transpose(1, 2).flatten(2)


class Across(nn.Module):
    """A linear layer stored as (in, out)."""

    def __init__(self, i, o):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(i, o))
        self.bias = nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return x @ self.weight + self.bias


class Gpt2Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.ModuleDict({"c_attn": Across(width, 3 * width),
                                   "c_proj": Across(width, width)})
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"c_fc": Across(width, hidden),
                                  "c_proj": Across(hidden, width)})

    def forward(self, x):
        qkv = self.attn["c_attn"](self.ln_1(x))
        q, k, v = (a.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for a in qkv.chunk(3, -1))
        x = x + self.attn["c_proj"](attend(q, k, v))
        y = F.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.mlp["c_proj"](y)


class Gpt2(nn.Module):
    def __init__(self, layers, width, heads, hidden, vocab, context):
        super().__init__()
        self.wte = nn.Embedding(vocab, width)
        self.wpe = nn.Embedding(context, width)
        self.h = nn.Sequential(*(Gpt2Block(width, heads, hidden)
                                 for _ in range(layers)))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, x):
        x = self.wte(x) + self.wpe(torch.arange(x.shape[1]))
        return self.ln_f(self.h(x)) @ self.wte.weight.T


def turn(x, part):
    """Rotary embedding of the first columns."""
    n = int(x.shape[-1] * part)
    angle = torch.arange(x.shape[-2]).unsqueeze(1) * 10000. ** (
        -torch.arange(0, n, 2) / n)
    c, s = torch.cos(angle), torch.sin(angle)
    u, v, rest = x[..., :n // 2], x[..., n // 2:n], x[..., n:]
    return torch.cat([u * c - v * s, v * c + u * s, rest], -1)


class NeoxBlock(nn.Module):
    def __init__(self, width, heads, hidden, parallel):
        super().__init__()
        self.heads, self.parallel = heads, parallel
        self.input_layernorm = nn.LayerNorm(width)
        self.post_attention_layernorm = nn.LayerNorm(width)
        self.attention = nn.ModuleDict({
            "query_key_value": nn.Linear(width, 3 * width),
            "dense": nn.Linear(width, width)})
        self.mlp = nn.ModuleDict({"dense_h_to_4h": nn.Linear(width, hidden),
                                  "dense_4h_to_h": nn.Linear(hidden, width)})

    def forward(self, x):
        qkv = self.attention["query_key_value"](self.input_layernorm(x))
        q, k, v = qkv.unflatten(-1, (self.heads, -1)).transpose(1, 2).chunk(
            3, -1)
        a = self.attention["dense"](attend(turn(q, .25), turn(k, .25), v))
        y = x if self.parallel else x + a
        y = self.mlp["dense_h_to_4h"](self.post_attention_layernorm(y))
        return x + a + self.mlp["dense_4h_to_h"](F.gelu(y))


class Neox(nn.Module):
    def __init__(self, layers, width, heads, hidden, vocab, parallel=True):
        super().__init__()
        self.gpt_neox = nn.ModuleDict({
            "embed_in": nn.Embedding(vocab, width),
            "layers": nn.Sequential(*(
                NeoxBlock(width, heads, hidden, parallel)
                for _ in range(layers))),
            "final_layer_norm": nn.LayerNorm(width)})
        self.embed_out = nn.Linear(width, vocab, bias=False)

    def forward(self, x):
        for name in ("embed_in", "layers", "final_layer_norm"):
            x = self.gpt_neox[name](x)
        return self.embed_out(x)
