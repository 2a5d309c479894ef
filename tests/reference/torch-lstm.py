#!/usr/bin/env python3
# torch-lstm.py - reference values of train-lstm, by PyTorch: mel features, CTC,
# and training on packed sequences
#
#	python3 tests/reference/torch-lstm.py >tests/gold/lstm.tsv
import math

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from torch_reference import fill, say, scatter, two_sums

WIDTH, LAYERS, HIDDEN, SYMBOLS, STEPS = 7, 3, 12, 30, 5
# as in lstm.c
FRAMES = [19, 19, 17, 16, 12, 11, 11, 9, 5, 3, 2]
TEXTS = ["SEVEN", "A'B C", "", "HELLO ALL", "ZZ", "FOUR ONE", "O", "TWO", "AB",
         "EE", "NO WAY"]


# -------------------------------------------------------------- mel features

def triangles(rate, window, filters=40):
    """The mel filters of torchaudio.functional.melscale_fbanks: mel_scale htk,
    norm slaney, from 0 to rate / 2."""
    f = torch.linspace(0, rate // 2, window // 2 + 1)
    top = 2595 * math.log10(1 + rate / 2 / 700)
    mel = torch.linspace(0, top, filters + 2)
    at = 700 * (10 ** (mel / 2595) - 1)
    width = at[1:] - at[:-1]
    slope = at.unsqueeze(0) - f.unsqueeze(1)
    down, up = -slope[:, :-2] / width[:-1], slope[:, 2:] / width[1:]
    y = torch.clamp(torch.minimum(down, up), min=0)
    return y * (2 / (at[2:] - at[:-2])).unsqueeze(0)


def mel_features(sound, rate):
    window = rate // 40
    x = torch.stft(sound, window, rate // 100, window=torch.hann_window(window),
                   center=True, pad_mode="reflect", return_complex=True)
    return (x.abs() ** 2).T @ triangles(rate, window)


def standardize(x):
    return (x - x.mean(0)) / x.std(0)


for rate in 16000, 8000:
    try:
        import librosa
        import numpy
        theirs = librosa.filters.mel(sr=rate, n_fft=rate // 40, n_mels=40,
                                     fmin=0, fmax=rate / 2, htk=True,
                                     norm="slaney", dtype=numpy.float64)
        assert abs(theirs.T - triangles(rate, rate // 40).numpy()).max() < 1e-12
    except ImportError:
        pass
    i = torch.arange(5003)
    sound = 0.5 * torch.sin(2 * math.pi * (300 + i / 2) * i / 16000)
    sound = (sound + 0.1 * scatter(5003, 7)).float().double()
    x = mel_features(sound, rate)
    say("mel", "features", rate, *two_sums(x))
    x = standardize(x)
    say("mel", "standard", rate, *two_sums(x))
    x = x[:len(x) // 3 * 3].reshape(-1, 3, 40).mean(1)
    say("mel", "means", rate, *two_sums(x))


# ----------------------------------------------------------------------- CTC

LETTERS = "_? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ"
labels = [[LETTERS.index(c) for c in text] for text in TEXTS]
flat = torch.tensor(sum(labels, []))
frames = torch.tensor(FRAMES)
counts = torch.tensor([len(a) for a in labels])


def ctc(x, reduction):
    """x: (utterances, frames, symbols). 0 if too short for the text."""
    return nn.functional.ctc_loss(x.log_softmax(2).transpose(0, 1), flat,
                                  frames, counts, reduction=reduction,
                                  zero_infinity=True)


# frame t of utterance i: 30 numbers of its own series
x = torch.stack([torch.stack([3 * scatter(SYMBOLS, 100 * k + t)
                              for t in range(FRAMES[0])])
                 for k in range(len(FRAMES))]).requires_grad_()
for text, loss in zip(TEXTS, ctc(x, "none")):
    say("ctc", "each", text.replace(" ", "-") or "empty", loss.item(), 0)
ctc(x, "mean").backward()
say("ctc", "mean", "-", ctc(x, "mean").item(), 0)
for k, n in enumerate(FRAMES):
    say("ctc", "gradient", k, *two_sums(x.grad[k, :n]))


# --------------------------------------------------------------------- model

class Speech(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(WIDTH, HIDDEN, LAYERS, batch_first=True,
                            bidirectional=True)
        self.linear = nn.Linear(2 * HIDDEN, SYMBOLS)

    def forward(self, x):
        x = pack_padded_sequence(x, frames, batch_first=True)
        x = pad_packed_sequence(self.lstm(x)[0], batch_first=True)[0]
        return self.linear(x)


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, p in enumerate(a):
        new = [i + 1]
        for j, q in enumerate(b):
            new.append(min(row[j + 1] + 1, new[j] + 1, row[j] + (p != q)))
        row = new
    return row[-1]


def read(best):
    kept = [s for s, before in zip(best, [0] + best) if s != before]
    return [s for s in kept if s]


model = Speech()
fill(model)
opt = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
x = 2 * torch.stack([torch.stack([scatter(WIDTH, 50 * k + t)
                                  for t in range(FRAMES[0])])
                     for k in range(len(FRAMES))])
for step in range(STEPS):
    out = model(x)
    loss = ctc(out, "mean")
    opt.zero_grad()
    loss.backward()
    wrong = sum(edits(read(out[k, :n].argmax(1).tolist()), labels[k])
                for k, n in enumerate(FRAMES))
    say("lstm", "loss", "-", loss.item(), wrong)
    for name, w in model.named_parameters():
        if step == 0:
            say("lstm", "gradient", name, *two_sums(w.grad))
    opt.step()
for name, w in model.named_parameters():
    say("lstm", "weights", name, *two_sums(w))
