"""open.py FILE - loads all tensors of a file by a Python library"""
import sys


def torch(path):
    import torch
    torch.load(path, map_location='cpu')


def safetensors(path):
    from safetensors.numpy import load_file
    load_file(path)


def numpy(path):
    import numpy
    with numpy.load(path) as f:
        for name in f.files:
            f[name]


def h5py(path):
    import h5py

    def load(name, x):
        if isinstance(x, h5py.Dataset):
            x[()]
    with h5py.File(path) as f:
        f.visititems(load)


def gguf(path):
    import gguf
    for t in gguf.GGUFReader(path).tensors:
        gguf.quants.dequantize(t.data, t.tensor_type)


def onnx(path):
    import onnx
    from onnx import numpy_helper
    for t in onnx.load(path).graph.initializer:
        numpy_helper.to_array(t)


LOADERS = {'pt': torch, 'pth': torch, 'th': torch, 'npz': numpy, 'h5': h5py,
           'safetensors': safetensors, 'gguf': gguf, 'onnx': onnx}
path = sys.argv[1]
LOADERS[path.rsplit('.', 1)[-1]](path)
