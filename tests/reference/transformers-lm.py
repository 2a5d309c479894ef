#!/usr/bin/env python3
"""transformers-lm.py DIR TOKENIZER.JSON TEXT - losses of Hugging Face models

Makes small random GPT-2 and GPT-NeoX models by transformers, with weights large
enough to affect the loss, writes config.json and model.safetensors of each to
a directory in DIR, and prints the mean loss of each on TEXT, in sequences of 65
tokens as train-lm --group 0 --context 64 makes them:

  train-lm --eval --eval-on val --config DIR/gpt2 --tokenizer TOKENIZER.JSON \\
      -d TEXT --val TEXT --group 0 --context 64 DIR/gpt2/model.safetensors
"""
import os
import sys

import torch
from tokenizers import Tokenizer
from transformers import (GPT2Config, GPT2LMHeadModel, GPTNeoXConfig,
                          GPTNeoXForCausalLM)

CONTEXT = 64
folder, tokenizer, text = sys.argv[1:]
t = Tokenizer.from_file(tokenizer)
with open(text, encoding="utf8", newline="") as f:
    ids = t.encode(f.read(), add_special_tokens=False).ids
n = len(ids) // (CONTEXT + 1)
pieces = torch.tensor(ids[:n * (CONTEXT + 1)]).reshape(n, CONTEXT + 1)
vocab = t.get_vocab_size() + 19
models = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(
        vocab_size=vocab, n_embd=48, n_layer=3, n_head=4, n_positions=96,
        initializer_range=0.15)),
    "pythia": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(
        vocab_size=vocab, hidden_size=64, num_hidden_layers=3,
        num_attention_heads=4, intermediate_size=256,
        max_position_embeddings=96, rotary_pct=0.25, initializer_range=0.15)),
}
print("model", "loss", "n", sep="\t")
for name, make in models.items():
    torch.manual_seed(1)
    model = make().eval()
    with torch.no_grad():
        for k, w in model.named_parameters():
            if w.dim() == 1:
                w.add_(0.1 * torch.randn_like(w))
        total = sum(model(p[None], labels=p[None]).loss.double().item()
                    for p in pieces) / n
    model.save_pretrained(os.path.join(folder, name), safe_serialization=True)
    print(name, "%.9g" % total, n, sep="\t")
