"""torch-steps.py - write PyTorch checkpoints that record their step

    torch-steps.py FOLDER

Each is named after its key and the type of its value.
"""
import sys

import numpy as np
import torch

folder = sys.argv[1]
weight = {'w': torch.arange(4.).reshape(2, 2)}


def save(name, content, **options):
    torch.save({**content, 'model': weight}, f'{folder}/{name}.pt', **options)


save('iter-int', {'iter': 5})
save('iteration-tensor', {'iteration': torch.tensor(7)})
save('global_step-numpy', {'global_step': np.int64(9), 'epoch': 1})
save('epoch-array', {'epoch': np.array(11)})
save('step-float', {'step': torch.tensor([13.])},
     _use_new_zipfile_serialization=False)
save('iter-float32', {'iter': np.float32(15)},
     _use_new_zipfile_serialization=False)
save('step-text', {'step': 'best'})
