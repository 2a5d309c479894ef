"""torch_networks.py - image networks of PyTorch's modules"""
import math

import torch
from torch import nn

CLASSES = 10
VGG = [1, 1, "max", 2, 2, "max", 4, 4, 4, "max", 8, 8, 8, "max", 8, 8, 8, "mean"]


class Perceptron(nn.Module):
    def __init__(self, pixels, width=256):
        super().__init__()
        n = [pixels] + 3 * [width] + [CLASSES]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(n, n[1:]))

    def forward(self, x):
        x = x.flatten(1)
        for i, layer in enumerate(self.layers):
            x = layer(torch.relu(x) if i else x)
        return x


class Block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3, padding=1)
        self.bn = nn.BatchNorm2d(o)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Vgg(nn.Module):
    def __init__(self, width=64, channels=3):
        super().__init__()
        self.layers = nn.ModuleList()
        for layer in VGG:
            if layer == "max":
                self.layers.append(nn.MaxPool2d(2))
            elif layer == "mean":
                self.layers.append(nn.AvgPool2d(2))
            else:
                self.layers.append(Block(channels, layer * width))
                channels = layer * width
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.fc(x.flatten(1))


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.shortcut = nn.Sequential() if stride == 1 else nn.Sequential(
            nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self, width=16, channels=3):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        n = [width] * 4 + [2 * width] * 3 + [4 * width] * 3
        self.blocks = nn.Sequential(*(
            Residual(i, o, o // i) for i, o in zip(n, n[1:])))
        self.fc = nn.Linear(4 * width, CLASSES)

    def forward(self, x):
        x = self.blocks(torch.relu(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


class Fourier(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.W = nn.Parameter(30 * torch.randn(m), requires_grad=False)

    def forward(self, t):
        w = t.float()[:, None] * self.W.float()[None, :] * 2 * math.pi
        return torch.cat([w.sin(), w.cos()], 1).to(self.W.dtype)


class Dense(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.dense = nn.Linear(i, o)

    def forward(self, c):
        return self.dense(c)[..., None, None]


class Unet(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        c1, c2, c3, c4 = width, 2 * width, 4 * width, 8 * width
        self.time_embed = nn.Sequential(Fourier(c4 // 2), nn.Linear(c4, c4))
        self.conv1 = nn.Conv2d(1, c1, 3, 1, bias=False)
        self.dense1 = Dense(c4, c1)
        self.gnorm1 = nn.GroupNorm(4, c1)
        self.conv2 = nn.Conv2d(c1, c2, 3, 2, bias=False)
        self.dense2 = Dense(c4, c2)
        self.gnorm2 = nn.GroupNorm(32, c2)
        self.conv3 = nn.Conv2d(c2, c3, 3, 2, bias=False)
        self.dense3 = Dense(c4, c3)
        self.gnorm3 = nn.GroupNorm(32, c3)
        self.conv4 = nn.Conv2d(c3, c4, 3, 2, bias=False)
        self.dense4 = Dense(c4, c4)
        self.gnorm4 = nn.GroupNorm(32, c4)
        self.tconv4 = nn.ConvTranspose2d(c4, c3, 3, 2, bias=False)
        self.dense5 = Dense(c4, c3)
        self.tgnorm4 = nn.GroupNorm(32, c3)
        self.tconv3 = nn.ConvTranspose2d(c3, c2, 3, 2, output_padding=1,
                                         bias=False)
        self.dense6 = Dense(c4, c2)
        self.tgnorm3 = nn.GroupNorm(32, c2)
        self.tconv2 = nn.ConvTranspose2d(c2, c1, 3, 2, output_padding=1,
                                         bias=False)
        self.dense7 = Dense(c4, c1)
        self.tgnorm2 = nn.GroupNorm(32, c1)
        self.tconv1 = nn.ConvTranspose2d(c1, 1, 3, 1)

    def forward(self, x, t):
        def sw(x):
            return x * torch.sigmoid(x)

        c = sw(self.time_embed(t))
        h1 = sw(self.gnorm1(self.conv1(x) + self.dense1(c)))
        h2 = sw(self.gnorm2(self.conv2(h1) + self.dense2(c)))
        h3 = sw(self.gnorm3(self.conv3(h2) + self.dense3(c)))
        h4 = sw(self.gnorm4(self.conv4(h3) + self.dense4(c)))
        g4 = sw(self.tgnorm4(self.tconv4(h4) + self.dense5(c)))
        g3 = sw(self.tgnorm3(self.tconv3(g4 + h3) + self.dense6(c)))
        g2 = sw(self.tgnorm2(self.tconv2(g3 + h2) + self.dense7(c)))
        return self.tconv1(g2 + h1)
