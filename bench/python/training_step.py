"""The training step of bench/training-step.ts in PyTorch: the U-Net of report 002, batch 8 of 128 x 128, on the CPU.

    python training_step.py [--steps 12]

Prints one line of JSON: library, parameters, secondsPerStep (median), peakMegabytes.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

FILTERS = [16, 32, 64, 128, 256]
SIZE, BATCH, WARM_UP = 128, 8, 3


def convolutions(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3x3 convolutions, each normalised over the batch and rectified."""
    parts = []
    for channels in (inputs, outputs):
        parts += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts)


class Unet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(convolutions(i, o) for i, o in zip([1, *FILTERS], FILTERS))
        self.doubled = nn.ModuleList(
            nn.ConvTranspose2d(o, i, 3, stride=2, padding=1, output_padding=1) for i, o in zip(FILTERS, FILTERS[1:])
        )
        self.up = nn.ModuleList(convolutions(2 * f, f) for f in FILTERS[:-1])
        self.dropout = nn.Dropout(0.1)
        self.logits = nn.Conv2d(FILTERS[0], 2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for level, part in enumerate(self.down):
            x = part(x)
            if level < len(FILTERS) - 1:
                skips.append(x)
                x = self.dropout(functional.max_pool2d(x, 2))
        for level in reversed(range(len(FILTERS) - 1)):
            x = self.up[level](self.dropout(torch.cat([self.doubled[level](x), skips[level]], 1)))
        return self.logits(x)


def soft_dice(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    predicted, truth = torch.softmax(logits, 1)[:, 1], (labels == 1).float()
    return 1 - (2 * (predicted * truth).sum() + 1) / (predicted.sum() + truth.sum() + 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=12)
    steps = parser.parse_args().steps
    torch.manual_seed(1)
    model = Unet().train()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = torch.randn(BATCH, 1, SIZE, SIZE)
    y = (torch.arange(SIZE) < SIZE / 3).long().expand(BATCH, SIZE, SIZE)
    seconds = []
    for step in range(WARM_UP + steps):
        started = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        logits = model(x)
        loss = functional.cross_entropy(logits, y) + soft_dice(logits, y)
        loss.backward()
        adam.step()
        if step >= WARM_UP:
            seconds.append(time.perf_counter() - started)
    print(
        json.dumps(
            {
                "library": f"PyTorch {torch.__version__}",
                "parameters": sum(p.numel() for p in model.parameters()),
                "secondsPerStep": statistics.median(seconds),
                "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
