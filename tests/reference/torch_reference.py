"""torch_reference.py - common to the torch-*.py scripts; see reference.h

A gradient or weight is summarized by two sums over its elements, in double: of
x[i] cos(0.9 i), and of x[i]^2.
"""
import torch

torch.set_default_dtype(torch.float64)
print("model", "what", "name", "first", "second", sep="\t")


def scatter(n, k):
    x = torch.sin(12.9898 * torch.arange(n) + k) * 43758.5453
    return 2 * (x - torch.floor(x)) - 1


def fill(model):
    with torch.no_grad():
        for name, w in model.named_parameters():
            k = sum(name.encode())
            w.copy_(scatter(w.numel(), k).reshape(w.shape) / 4)
            if len(w.shape) == 1 and name.endswith("weight"):
                w.add_(1)


def say(model, what, name, *numbers):
    print(model, what, name, *("%.12g" % x for x in numbers), sep="\t")


def two_sums(x):
    x = x.detach().flatten()
    i = torch.arange(x.numel(), dtype=torch.float64)
    return (x * torch.cos(0.9 * i)).sum(), (x * x).sum()


def reference(name, forward, x, y, loss_of, opt, steps, still=(), model=None):
    """Loss and errors of each step, the first gradients, the last weights.

    still: (suffix of a name, slice) of gradients to set to 0. model: the module
    that forward belongs to, if forward is not a module.
    """
    model = model or forward
    fill(model)
    for step in range(steps):
        out = forward(x)
        loss = loss_of(out, y)
        opt.zero_grad()
        loss.backward()
        say(name, "loss", "-", loss.item(), (out.argmax(1) != y).sum().item())
        for n, w in model.named_parameters():
            if step == 0 and w.grad.norm() > 1e-12:
                say(name, "gradient", n, *two_sums(w.grad))
            for end, part in still:
                if n.endswith(end):
                    w.grad[part] = 0
        opt.step()
    for n, w in [*model.named_parameters(), *model.named_buffers()]:
        say(name, "weights", n, *two_sums(w))
