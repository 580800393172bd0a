"""Compares our ResNet-34 U-Net with PyTorch: the encoder of torchvision's form, the decoder of fastai's.

    check_resnet34.py RESNET34_FEATURES_JS

RESNET34_FEATURES_JS is dist/bench/resnet34-features.js. Both networks are written here in plain PyTorch (torchvision and
fastai are not needed) with torchvision's names, filled with random weights and running statistics, and saved with the
safetensors package as float32, float16 and bfloat16. Images: even and odd sizes. Every stage of the encoder and the
logits must agree within 1e-4, relative to the largest value of the stage. What differs from fastai by definition:

- a pixel shuffle has four biases a channel, our transposed convolution one: the four are equal here;
- after doubling, odd sizes are cut here as in ours, where fastai stretches to the nearest pixel.

Needs: torch, safetensors, numpy; Debian's python3-torch does, see check_losses.py.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

TOLERANCE = 1e-4
SIZES = [(2, 128, 128), (1, 97, 75), (1, 33, 64)]
PARAMETERS = {"encoder": 21_284_672, "whole": 41_221_268}


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + (x if self.downsample is None else self.downsample(x)))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for n, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], start=1):
            stage = [Block(channels if b == 0 else filters, filters, 2 if b == 0 and n > 1 else 1) for b in range(blocks)]
            setattr(self, f"layer{n}", nn.Sequential(*stage))
            channels = filters

    def forward(self, x):
        outputs = [torch.relu(self.bn1(self.conv1(x)))]
        outputs.append(self.layer1(self.maxpool(outputs[0])))
        for stage in (self.layer2, self.layer3, self.layer4):
            outputs.append(stage(outputs[-1]))
        return outputs


class Doubling(nn.Module):
    """1x1 convolution, rectifier, pixel shuffle; cut to the size of what it is joined with."""

    def __init__(self, channels, filters):
        super().__init__()
        self.conv = nn.Conv2d(channels, 4 * filters, 1)

    def forward(self, x, like):
        out = functional.pixel_shuffle(torch.relu(self.conv(x)), 2)
        return out[:, :, : like.shape[2], : like.shape[3]]


class Level(nn.Module):
    def __init__(self, channels, skip_channels, is_last):
        super().__init__()
        self.upsampling = Doubling(channels, channels // 2)
        self.normalization = nn.BatchNorm2d(skip_channels)
        joined = channels // 2 + skip_channels
        self.filters = joined // 2 if is_last else joined
        self.convolution1 = nn.Conv2d(joined, self.filters, 3, padding=1)
        self.convolution2 = nn.Conv2d(self.filters, self.filters, 3, padding=1)

    def forward(self, x, skip):
        joined = torch.relu(torch.cat([self.upsampling(x, skip), self.normalization(skip)], 1))
        return torch.relu(self.convolution2(torch.relu(self.convolution1(joined))))


class Unet(nn.Module):
    """fastai 2.2's DynamicUnet on a ResNet-34: no blur, no self-attention, the image joined in at the end."""

    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        self.bottom = nn.ModuleDict(
            {
                "normalization": nn.BatchNorm2d(512),
                "convolution1": nn.Conv2d(512, 1024, 3, padding=1),
                "convolution2": nn.Conv2d(1024, 512, 3, padding=1),
            }
        )
        self.levels = nn.ModuleList()
        channels = 512
        for n, skip_channels in enumerate([256, 128, 64, 64]):
            self.levels.append(Level(channels, skip_channels, is_last=n == 3))
            channels = self.levels[-1].filters
        self.full = nn.ModuleDict(
            {
                "upsampling": Doubling(channels, channels),
                "convolution1": nn.Conv2d(channels + 3, channels + 3, 3, padding=1),
                "convolution2": nn.Conv2d(channels + 3, channels + 3, 3, padding=1),
            }
        )
        self.logits = nn.Conv2d(channels + 3, classes, 1)

    def forward(self, image):
        encoded = self.encoder(image)
        x = torch.relu(self.bottom["normalization"](encoded[-1]))
        x = torch.relu(self.bottom["convolution2"](torch.relu(self.bottom["convolution1"](x))))
        for level, skip in zip(self.levels, reversed(encoded[:-1]), strict=True):
            x = level(x, skip)
        x = torch.cat([self.full["upsampling"](x, image), image], 1)
        x = torch.relu(x + self.full["convolution2"](torch.relu(self.full["convolution1"](x))))
        return [*encoded, self.logits(x)]


def randomize(network):
    """Weights that keep the size of values over many layers, and statistics that are not those of a new network."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 0.5, 0.2)
            nn.init.normal_(module.bias, std=0.2)
            nn.init.normal_(module.running_mean, std=0.2)
            # Down to a variance at which the epsilon is seen.
            module.running_var.copy_(torch.rand_like(module.running_var) * 2 + 1e-4)
    # Afterwards, since a module comes before its parts.
    for module in network.modules():
        if isinstance(module, Doubling):
            biases = module.conv.bias.view(-1, 4)
            with torch.no_grad():
                biases[:] = biases[:, :1]


def decoder_tensors(unet):
    """By our layers' names and the place among a layer's weights; kernels [rows, columns, in, out]."""
    parts = {f"decoder.bottom.{name}": part for name, part in unet.bottom.items()}
    for n, level in enumerate(unet.levels, start=1):
        parts |= {f"decoder.{n}.{name}": part for name, part in level.named_children()}
    parts |= {f"decoder.full.{name}": part for name, part in unet.full.items()}
    parts["logits"] = unet.logits
    out = {}
    for name, part in parts.items():
        if isinstance(part, nn.BatchNorm2d):
            values = [part.weight, part.bias, part.running_mean, part.running_var]
        elif isinstance(part, Doubling):
            # [filters · rows · columns, in, 1, 1] → [rows, columns, filters, in].
            kernel = part.conv.weight[:, :, 0, 0].unflatten(0, (-1, 2, 2))
            values = [kernel.permute(1, 2, 0, 3), part.conv.bias.view(-1, 4)[:, 0]]
        else:
            values = [part.weight.permute(2, 3, 1, 0), part.bias]
        out |= {f"{name}.{index}": value.detach().contiguous() for index, value in enumerate(values)}
    return out


def run(script, folder, unet, dtype):
    encoder = {
        name: value.to(dtype) if value.is_floating_point() else value for name, value in unet.encoder.state_dict().items()
    }
    # What torchvision's file holds beside the encoder.
    encoder |= {"fc.weight": torch.zeros(1000, 512, dtype=dtype), "fc.bias": torch.zeros(1000, dtype=dtype)}
    unet.encoder.load_state_dict({name: value for name, value in encoder.items() if not name.startswith("fc.")})
    save_file(encoder, folder / "encoder.safetensors")
    save_file(decoder_tensors(unet), folder / "decoder.safetensors")
    images = [torch.randn(n, 3, height, width) for n, height, width in SIZES]
    request = {"encoder": str(folder / "encoder.safetensors"), "decoder": str(folder / "decoder.safetensors")}
    request |= {"out": str(folder), "images": []}
    for n, image in enumerate(images):
        content = image.permute(0, 2, 3, 1).contiguous().numpy()
        content.tofile(folder / f"image-{n}.bin")
        request["images"].append({"file": str(folder / f"image-{n}.bin"), "shape": content.shape})
    (folder / "request.json").write_text(json.dumps(request))
    answer = subprocess.run(["node", script, str(folder / "request.json")], check=True, capture_output=True, text=True)
    layers = json.loads(answer.stdout.splitlines()[-1])
    for n, image in enumerate(images):
        with torch.no_grad():
            expected = unet(image)
        for layer, theirs in zip(layers, expected, strict=True):
            theirs = theirs.permute(0, 2, 3, 1).numpy()
            ours = np.fromfile(folder / f"{n}-{layer}.bin", np.float32)
            if ours.size != theirs.size:
                yield n, layer, float("inf")
                continue
            yield n, layer, float(np.abs(ours.reshape(theirs.shape) - theirs).max() / np.abs(theirs).max())


def main(script):
    torch.manual_seed(20260102)
    unet = Unet(Encoder(), 3).eval()
    counts = {"encoder": unet.encoder, "whole": unet}
    failures = 0
    for what, module in counts.items():
        found = sum(parameter.numel() for parameter in module.parameters())
        failures += found != PARAMETERS[what]
        print(f"parameters, {what}: {found}")
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        with torch.no_grad():
            randomize(unet)
        with tempfile.TemporaryDirectory() as folder:
            for n, layer, difference in run(script, Path(folder), unet, dtype):
                # Not a number must fail too.
                ok = difference <= TOLERANCE
                failures += not ok
                size = " x ".join(map(str, SIZES[n]))
                print(f"{'ok  ' if ok else 'FAIL'} {dtype}, {size}, {layer}: {difference:.1e}")
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
