"""Networks as other people make them, exported by PyTorch: weights are random but the same on every machine.

    /usr/bin/python3 make_import_models.py FOLDER     (needs PyTorch alone, also of 2022)

Each is small, deep enough to look around a voxel, and scaled so that its classes are all seen on a phantom.
"""

import pathlib
import sys

import torch
from torch import nn


def conv(dims):
    return {2: nn.Conv2d, 3: nn.Conv3d}[dims]


class Small(nn.Module):
    """Two 3-wide convolutions, instance norm as nnU-Net has it or none, a stride-2 branch that is led back."""

    def __init__(self, dims, channels, classes, norm, head=None):
        super().__init__()
        Conv = conv(dims)
        Transposed = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}[dims]
        Norm = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}[dims]
        self.first = nn.Sequential(
            Conv(channels, 6, 3, padding=1), Norm(6, affine=True) if norm else nn.Identity(), nn.LeakyReLU(0.01))
        self.down = nn.Sequential(Conv(6, 8, 3, stride=2, padding=1), nn.LeakyReLU(0.01))
        self.up = Transposed(8, 6, 2, stride=2)
        self.last = Conv(12, classes, 1)
        self.head = head

    def forward(self, x):
        a = self.first(x)
        y = self.last(torch.cat([a, self.up(self.down(a))], dim=1))
        return y if self.head is None else self.head(y)


class Labels(nn.Module):
    def forward(self, y):
        return torch.argmax(y, dim=1, keepdim=True)


def balanced(model, channels, dims, value_range):
    """Random weights favour one class everywhere: on blocks of the input's range each class gets mean 0 and deviation 2."""
    low, high = value_range
    blocks = torch.rand(1, 1, *[8] * dims) * (high - low) + low
    image = nn.functional.interpolate(blocks, scale_factor=6).expand(1, channels, *[48] * dims)
    head, model.head = model.head, None
    with torch.no_grad():
        answer = model.eval()(image).transpose(0, 1).flatten(1)
        mean, scale = answer.mean(dim=1), 2 / answer.std(dim=1)
        model.last.bias.sub_(mean).mul_(scale)
        model.last.weight.mul_(scale.reshape(-1, 1, *[1] * dims))
    model.head = head
    return model


def save(folder, name, model, shape, dynamic=None, opset=14):
    model.eval()
    names = dict(input_names=["image"], output_names=["answer"])
    torch.onnx.export(model, torch.zeros(shape), str(folder / f"{name}.onnx"), opset_version=opset,
                      dynamic_axes=dynamic, **names)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    save(folder, "planar", balanced(Small(2, 1, 3, False, nn.Softmax(dim=1)), 1, 2, (-2, 2)), (1, 1, 64, 64),
         {"image": {0: "n", 2: "h", 3: "w"}, "answer": {0: "n", 2: "h", 3: "w"}})
    save(folder, "neighbours", balanced(Small(2, 5, 4, False, Labels()), 5, 2, (-1, 1)), (1, 5, 48, 48))
    save(folder, "nnunet", balanced(Small(3, 1, 3, True), 1, 3, (-2.9, 2.7)), (1, 1, 16, 32, 32))
    save(folder, "monai", balanced(Small(3, 1, 2, False), 1, 3, (0, 1)), (1, 1, 32, 32, 16),
         {"image": {0: "n"}, "answer": {0: "n"}}, opset=13)


main()
