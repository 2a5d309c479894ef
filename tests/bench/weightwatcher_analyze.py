"""weightwatcher_analyze.py FILE - seconds of WeightWatcher's analyze

For all matrices of a safetensors file, as layers of a network: of analyze alone,
and from the start of the program. Needs weightwatcher from PyPI.
"""
import sys
import time
import warnings

begin = time.perf_counter()
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

warnings.simplefilter('ignore')
import weightwatcher  # noqa: E402


class Network(torch.nn.Module):
    def __init__(self, weights):
        super().__init__()
        for i, w in enumerate(weights):
            if w.dim() == 4:
                layer = torch.nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            else:
                layer = torch.nn.Linear(w.shape[1], w.shape[0])
            layer.weight.data = w
            setattr(self, 'layer%d' % i, layer)


def main(path):
    net = Network([w for w in load_file(path).values() if w.dim() in (2, 4)])
    watcher = weightwatcher.WeightWatcher(model=net, log_level='ERROR')
    start = time.perf_counter()
    details = watcher.analyze()
    print('weightwatcher', weightwatcher.__version__,
          '%.9g' % (time.perf_counter() - start),
          '%.9g' % (time.perf_counter() - begin), len(details), sep='\t')


main(sys.argv[1])
