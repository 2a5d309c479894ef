"""torch_networks.py - the networks for images by PyTorch's own modules"""
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
