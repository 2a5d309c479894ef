"""torch-ties.py - write checkpoints of models with tied tensors

    torch-ties.py FOLDER

gpt.pt: an embedding tied to the output layer. untied.safetensors: the same
model with both stored. alias.safetensors: the same by save_model, which stores
the output layer. t5.pt: one embedding with four names.
"""
import sys

import torch
from safetensors.torch import save_file, save_model

folder = sys.argv[1]


class Gpt(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = torch.nn.Embedding(6, 4)
        self.fc = torch.nn.Linear(4, 4)
        self.lm_head = torch.nn.Linear(4, 6, bias=False)
        self.lm_head.weight = self.wte.weight


class T5(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = torch.nn.Embedding(5, 3)
        self.encoder = torch.nn.ModuleDict({'embed_tokens': self.shared})
        self.decoder = torch.nn.ModuleDict({
            'embed_tokens': self.shared, 'q': torch.nn.Linear(3, 3)})
        self.lm_head = torch.nn.Linear(3, 5, bias=False)
        self.lm_head.weight = self.shared.weight


torch.manual_seed(1)
gpt = Gpt()
torch.save(gpt.state_dict(), f'{folder}/gpt.pt')
save_file({k: v.clone() for k, v in gpt.state_dict().items()},
          f'{folder}/untied.safetensors')
save_model(gpt, f'{folder}/alias.safetensors')
torch.save({'model': T5().state_dict()}, f'{folder}/t5.pt')
