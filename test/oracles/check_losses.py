"""Compares our losses, optimisers and plateau schedule with PyTorch and MONAI.

    check_losses.py COMPUTE_TRAINING_JS [BACKEND]

COMPUTE_TRAINING_JS is dist/bench/compute-training.js, BACKEND one of TensorFlow.js. Needs torch and monai beside numpy. PyPI's
torch brings gigabytes of CUDA: Debian's python3-torch (1.13.1) does, with requirements-torch.txt installed --no-deps.

Every loss is computed on random and adversarial tensors (logits of 0, ±40, one class alone), as a softmax and as a sigmoid.
Its value and its gradient are compared with the formula in PyTorch's float64 with autograd, and, where they
have it, with PyTorch's and MONAI's own losses in float64. Agreement within 1e-5: of the value relative to the larger of it
and 1, of the gradient relative to its largest number (both all below 1e-7: no gradient). What differs by definition:

- Class weights: PyTorch divides by the weights of the labels, ours by the number of pixels. Compared with reduction='sum'.
- α of the focal loss: MONAI gives class 0 the factor 1 − α. Compared without it, times α.
- Adam: ours is PyTorch's with `epsilonPlace: pytorch`. 50 steps, compared relative to how far the weights have moved.
- Gradient clipping: PyTorch adds 1e-6 to the norm.
- Plateau: PyTorch lowers the rate after one bad validation more than its patience (ours counts as Keras): its patience is
  given as one less.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from monai.losses import DiceLoss, FocalLoss, TverskyLoss

TOLERANCE = 1e-5
NO_GRADIENT = 1e-7
SHAPE = (2, 7, 9)


def batches(outputs):
    rng = np.random.default_rng(20261121 + outputs)
    classes = max(2, outputs)
    labels = rng.integers(0, classes, SHAPE)
    normal = rng.standard_normal((*SHAPE, outputs))
    right = np.where(labels == 1, 1.0, -1.0)[..., None] if outputs == 1 else np.eye(outputs)[labels] * 2 - 1
    rare = (rng.random(SHAPE) < 0.02) * (classes - 1)
    yield "random", labels, normal
    yield "wide", labels, normal * 8
    yield "zero", labels, normal * 0
    yield "sure and right", labels, right * 40
    yield "sure and wrong", labels, right * -40
    yield "sure at random", labels, np.where(rng.random((*SHAPE, outputs)) < 0.5, 40.0, -40.0)
    yield "background alone", labels * 0, normal * 3
    yield "background alone, found", labels * 0, (np.eye(outputs)[labels * 0] * 2 - 1) * 40 if outputs > 1 else normal * 0 - 40
    yield "one class alone", labels * 0 + classes - 1, normal * 3
    yield "rare", rare, normal * 2 - 1


def specs(outputs):
    for smooth in (1, 1e-3):
        yield {"kind": "soft-dice", "denominator": "squared", "smooth": smooth}
        yield {"kind": "soft-dice", "denominator": "plain", "smooth": smooth}
        yield {"kind": "iou", "smooth": smooth}
        for alpha, beta in ((0.3, 0.7), (0.5, 0.5), (1, 0)):
            yield {"kind": "tversky", "alpha": alpha, "beta": beta, "smooth": smooth}
    for alpha, gamma in ((1, 0), (0.25, 2), (1, 0.5), (0.75, 5)):
        yield {"kind": "focal", "alpha": alpha, "gamma": gamma}
    yield {"kind": "mean-squared-error"}
    entropy = {"kind": "binary-cross-entropy"} if outputs == 1 else {"kind": "cross-entropy"}
    yield entropy
    if outputs > 1:
        entropy = entropy | {"classWeights": [0.5 + n for n in range(outputs)]}
        yield entropy
    terms = [{"weight": 0.5, "loss": entropy}, {"weight": 2, "loss": {"kind": "tversky", "alpha": 0.3, "beta": 0.7, "smooth": 1}}]
    yield {"kind": "sum", "terms": terms}


def by_formula(spec, x, labels):
    """x: (N, C, H, W). Written from the papers, on probabilities."""
    kind, outputs = spec["kind"], x.shape[1]
    if kind == "sum":
        return sum(term["weight"] * by_formula(term["loss"], x, labels) for term in spec["terms"])
    if outputs == 1:
        p, y = torch.sigmoid(x), labels[:, None].double()
        log_right = F.logsigmoid(torch.where(y == 1, x, -x))
        foreground_p, foreground_y = p, y
    else:
        p, y = torch.softmax(x, 1), F.one_hot(labels, outputs).movedim(-1, 1).double()
        log_right = (F.log_softmax(x, 1) * y).sum(1)
        foreground_p, foreground_y = p[:, 1:], y[:, 1:]
    if kind in ("cross-entropy", "binary-cross-entropy"):
        weights = torch.tensor(spec["classWeights"]).double()[labels] if "classWeights" in spec else 1
        return -(log_right * weights).mean()
    if kind == "focal":
        if outputs == 1:
            log_wrong = F.logsigmoid(torch.where(y == 1, -x, x))
        else:
            others = x.masked_fill(y == 1, -torch.inf).logsumexp(1)
            log_wrong = F.logsigmoid(others - (x * y).sum(1))
        return -spec["alpha"] * (torch.exp(spec["gamma"] * log_wrong) * log_right).mean()
    if kind == "mean-squared-error":
        return F.mse_loss(p, y)
    axes, smooth = (0, 2, 3), spec["smooth"]
    both, predicted, truth = ((a).sum(axes) for a in (foreground_p * foreground_y, foreground_p, foreground_y))
    if kind == "iou":
        index = (both + smooth) / (predicted + truth - both + smooth)
    elif kind == "tversky":
        wrong = spec["alpha"] * (predicted - both) + spec["beta"] * (truth - both)
        index = (both + smooth) / (both + wrong + smooth)
    else:
        sizes = (foreground_p**2).sum(axes) + (foreground_y**2).sum(axes) if spec["denominator"] == "squared" else predicted + truth
        index = (2 * both + smooth) / (sizes + smooth)
    return 1 - index.mean()


def by_library(spec, x, labels):
    """The same loss as PyTorch or MONAI has it, or None."""
    kind, outputs = spec["kind"], x.shape[1]
    sigmoid = outputs == 1
    y = labels[:, None].double() if sigmoid else F.one_hot(labels, outputs).movedim(-1, 1).double()
    # MONAI leaves the first of several channels out; a single one is the foreground.
    common = {"sigmoid": sigmoid, "softmax": not sigmoid, "include_background": sigmoid, "batch": True}
    if kind == "binary-cross-entropy":
        return torch.nn.BCEWithLogitsLoss()(x, y)
    if kind == "cross-entropy":
        weights = torch.tensor(spec["classWeights"]).double() if "classWeights" in spec else None
        return torch.nn.CrossEntropyLoss(weight=weights, reduction="sum")(x, labels) / labels.numel()
    if kind == "focal":
        # Its softmax form is a mean over channels too, of which all but the true one are 0.
        focal = FocalLoss(gamma=spec["gamma"], use_softmax=not sigmoid, include_background=True)(x, y)
        return spec["alpha"] * focal * outputs
    if kind == "mean-squared-error":
        return torch.nn.MSELoss()(torch.sigmoid(x) if sigmoid else torch.softmax(x, 1), y)
    if kind == "soft-dice":
        same = {"smooth_nr": spec["smooth"], "smooth_dr": spec["smooth"], "squared_pred": spec["denominator"] == "squared"}
        return DiceLoss(**common, **same)(x, y)
    if kind == "iou":
        # MONAI's jaccard halves and doubles: 2·both / (2·(p + y − both)), its smoothing with it.
        return DiceLoss(**common, jaccard=True, smooth_nr=2 * spec["smooth"], smooth_dr=2 * spec["smooth"])(x, y)
    if kind == "tversky":
        same = {"smooth_nr": spec["smooth"], "smooth_dr": spec["smooth"], "alpha": spec["alpha"], "beta": spec["beta"]}
        return TverskyLoss(**common, **same)(x, y)
    return None


def differentiate(loss, spec, logits, labels):
    x = torch.tensor(logits).movedim(-1, 1).contiguous().requires_grad_()
    value = loss(spec, x, torch.tensor(labels))
    if value is None:
        return None
    value.backward()
    return value.item(), x.grad.movedim(1, -1).numpy()


def loss_cases():
    for outputs in (1, 2, 3):
        for name, labels, logits in batches(outputs):
            logits = logits.astype(np.float32).astype(np.float64)
            for spec in specs(outputs):
                request = {"loss": spec, "shape": logits.shape, "logits": logits.ravel().tolist(), "labels": labels.ravel().tolist()}
                yield f"{outputs} outputs, {name}, {json.dumps(spec)}", request, (spec, logits, labels)


def check_losses(cases, answers):
    """(figures compared, largest error of a value, of a gradient, failures)"""
    count, worst, failures = 0, {"value": 0.0, "gradient": 0.0}, []
    for (name, _, given), answer in zip(cases, answers, strict=True):
        value, gradient = answer["value"], np.array(answer["gradient"], float)
        if value is None or not np.isfinite(gradient).all():
            failures.append(f"{name}: not a number")
            continue
        for who, loss in (("formula", by_formula), ("library", by_library)):
            theirs = differentiate(loss, *given)
            if theirs is None or not np.isfinite(theirs[1]).all():
                # MONAI's power of 1 − p for γ < 1, where p is 1.
                assert theirs is None or who == "library", name
                continue
            count += 1
            errors = {"value": abs(value - theirs[0]) / max(1, abs(theirs[0]))}
            difference, largest = np.abs(gradient - theirs[1].ravel()).max(), np.abs(theirs[1]).max()
            errors["gradient"] = 0 if max(difference, largest) < NO_GRADIENT else difference / largest
            for what, error in errors.items():
                worst[what] = max(worst[what], error)
                if error > TOLERANCE:
                    failures.append(f"{name}: {what} differs from the {who} by {error:.1e}")
    return count, worst, failures


def optimizer_cases():
    rng = np.random.default_rng(50)
    adam = {"kind": "adam", "epsilonPlace": "pytorch"}
    for extra in ({}, {"weightDecay": 0.1}, {"betas": [0.5, 0.99], "epsilon": 1e-5}, {"clipNorm": 1.5}, {"kind": "adamw", "weightDecay": 0.1}):
        sizes = (40, 7)
        weights = [rng.standard_normal(size).astype(np.float32) for size in sizes]
        scales = [10 ** rng.uniform(-5, 1, size) for size in sizes]
        gradients = [[(rng.standard_normal(s.size) * s).astype(np.float32) for s in scales] for _ in range(50)]
        rates = [0.01 * (1 + np.cos(np.pi * n / 50)) / 2 + 1e-4 for n in range(50)]
        yield adam | extra, weights, gradients, rates


def torch_steps(spec, weights, gradients, rates):
    variables = [torch.nn.Parameter(torch.tensor(values)) for values in weights]
    kind = torch.optim.AdamW if spec["kind"] == "adamw" else torch.optim.Adam
    optimizer = kind(variables, betas=spec.get("betas", (0.9, 0.999)), eps=spec.get("epsilon", 1e-8), weight_decay=spec.get("weightDecay", 0))
    for step, rate in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        for variable, gradient in zip(variables, step, strict=True):
            variable.grad = torch.tensor(gradient)
        if "clipNorm" in spec:
            torch.nn.utils.clip_grad_norm_(variables, spec["clipNorm"])
        optimizer.step()
    return [variable.detach().numpy() for variable in variables]


def check_optimizers(cases, answers):
    worst, failures = 0.0, []
    for (spec, weights, gradients, rates), answer in zip(cases, answers, strict=True):
        for before, theirs, ours in zip(weights, torch_steps(spec, weights, gradients, rates), answer, strict=True):
            error = np.abs(np.array(ours) - theirs).max() / np.abs(theirs - before).max()
            worst = max(worst, error)
            if not error < TOLERANCE:
                failures.append(f"{spec}: weights differ by {error:.1e} of their way")
    return worst, failures


def plateau_cases():
    rng = np.random.default_rng(10)
    for goal, patience in (("lowest", 1), ("lowest", 3), ("highest", 10)):
        spec = {"goal": goal, "minDelta": 0.01, "patience": patience, "factor": 0.5, "minRate": 1e-4}
        yield {"plateau": spec, "rate": 2e-3, "values": (1 + 0.1 * rng.standard_normal(60)).tolist()}


def torch_rates(case):
    spec = case["plateau"]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=case["rate"])
    mode = "min" if spec["goal"] == "lowest" else "max"
    same = {"threshold": spec["minDelta"], "threshold_mode": "abs", "factor": spec["factor"], "min_lr": spec["minRate"], "eps": 0}
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode, patience=spec["patience"] - 1, **same)
    rates = []
    for value in case["values"]:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def main(script, *backend):
    losses, optimizers, plateaus = list(loss_cases()), list(optimizer_cases()), list(plateau_cases())
    as_lists = lambda arrays: [array.tolist() for array in arrays]  # noqa: E731
    requests = {
        "losses": [request for _, request, _ in losses],
        "optimizers": [
            {"optimizer": spec, "weights": as_lists(weights), "gradients": [as_lists(step) for step in gradients], "rates": rates}
            for spec, weights, gradients, rates in optimizers
        ],
        "plateaus": plateaus,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.json"
        file.write_text(json.dumps(requests))
        answer = json.loads(subprocess.run(["node", script, str(file), *backend], check=True, stdout=subprocess.PIPE, text=True).stdout)
    count, worst, failures = check_losses(losses, answer["losses"])
    way, more = check_optimizers(optimizers, answer["optimizers"])
    failures += more
    for case, ours in zip(plateaus, answer["plateaus"], strict=True):
        if not np.allclose(ours, torch_rates(case), rtol=1e-12, atol=0):
            failures.append(f"{case['plateau']}: rates differ from PyTorch's")
    print("\n".join(failures[:40]))
    print(f"{len(losses)} losses against {count} of PyTorch and MONAI: values within {worst['value']:.1e}, gradients within {worst['gradient']:.1e}")
    print(f"{len(optimizers)} optimisers, 50 steps each: within {way:.1e} of their way; {len(plateaus)} plateaus")
    print(f"{len(failures)} differ")
    return 1 if failures or count < 500 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
