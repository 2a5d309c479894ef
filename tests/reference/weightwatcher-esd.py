"""weightwatcher-esd.py FILE ... - alpha and D of ckpt-esd and WeightWatcher

Prints tensor, alpha by both, the relative difference, D by both. Needs
weightwatcher from PyPI, and ckpt-esd and ckpt-cat in PATH.
"""
import io
import subprocess
import sys

import numpy as np
from weightwatcher.WW_powerlaw import pl_fit

worst = 0
for path in sys.argv[1:]:
    rows = subprocess.run(['ckpt-esd', '-c', 'slices', path], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    npz = np.load(io.BytesIO(subprocess.run(
        ['ckpt-cat', '-s', 'last', '-d', 'F32', '-F', 'npz', path], check=True,
        capture_output=True).stdout))
    for row in rows[1:]:
        f = row.split('\t')
        w = npz[f[1]].astype(float)
        taps = w.reshape(*w.shape[:2], -1)
        s = np.concatenate([np.linalg.svd(taps[..., i], compute_uv=False)
                            for i in range(taps.shape[2])])
        evals = np.sort(s * s)
        if len(evals) < 8:
            continue
        fit = pl_fit(data=evals[evals > 1e-5])
        off = abs(float(f[5]) / fit.alpha - 1)
        worst = max(worst, off)
        print(f[1], f[5], '%.9g' % fit.alpha, '%.1e' % off, f[7],
              '%.9g' % fit.D, sep='\t')
print('largest relative difference of alpha', '%.1e' % worst, sep='\t')
