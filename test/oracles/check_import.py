"""Others' models: `voxwatch import` and `segment` against a pipeline of the same descriptions in NumPy, SciPy and ONNX Runtime.

    check_import.py --cli dist/cli/main.js --torch-python /usr/bin/python3 [--work DIR]

PyTorch makes four networks (make_import_models.py): slices with a softmax, slices with their neighbours as channels and the
arg-max inside, blocks in the manner of nnU-Net (its spacing, cubic, clip + z-score, bell-weighted half-overlapping tiles,
mirrored along all axes), blocks in the manner of MONAI (RAS, first centres, two sigmoid channels). They are imported, segment
phantoms of uneven voxels in several voxel orders, and every label is compared with this file's own.

Rule: labels are equal but for near ties: voxels at which our two best classes differ by less than TIE (or a channel lies
within TIE of its threshold) may differ. Those are counted and may be one voxel in 5,000 at most.
Sources of the rules: nnU-Net 2 (default_resampling.py, sliding_window_prediction.py), MONAI 1 (Spacing, inferers/utils.py);
written anew from their descriptions.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
import onnxruntime
from scipy import ndimage

TIE = 2e-4
MOST_TIES = 1 / 5000

LABELS = {2: [{"index": 1, "name": "organ"}, {"index": 2, "name": "tumour"}],
          3: [{"index": 1, "name": "organ"}, {"index": 2, "name": "tumour"}, {"index": 3, "name": "other"}]}
ABOUT = {"madeBy": "check_import.py", "trainedOn": "nothing: its weights are random"}


def native(*_):
    return {"kind": "native"}


def mm(value):
    return {"kind": "spacing", "mm": value}


DESCRIPTIONS = {
    "planar": {
        "labels": LABELS[2], "convention": "nnunet",
        "network": {
            "grid": [native(), mm(2.0), mm(2.0)], "interpolation": ["linear"] * 3, "overshoot": "kept",
            "channels": [{"scheme": "volume-standardise", "clampHu": [-300, 400]}],
            "tile": {"kind": "planar", "sizePixels": [64, 64], "neighbours": 0},
            "answer": {"kind": "classes", "activation": "none", "activatedOn": "scan", "labels": [0, 1, 2]}}},
    "neighbours": {
        "labels": LABELS[3], "convention": "nnunet",
        "network": {
            "axes": ["S", "P", "L"], "grid": [native(), {"kind": "size", "voxels": 60}, {"kind": "size", "voxels": 72}],
            "interpolation": ["linear"] * 3, "interpolationBack": ["nearest"] * 3, "overshoot": "kept",
            "intensityTaken": "after-resampling",
            "channels": [{"scheme": "window", "rangeHu": [-150, 250], "to": [-1, 1], "clips": True}],
            "tile": {"kind": "planar", "sizePixels": [48, 48], "neighbours": 2}, "stepFraction": 0.5,
            "padding": {"kind": "edge"},
            "answer": {"kind": "labels", "labels": [0, 1, 2, 3]}}},
    "nnunet": {
        "labels": LABELS[2], "convention": "nnunet",
        "network": {
            "grid": [mm(3.0), mm(1.7), mm(1.7)],
            "channels": [{"scheme": "standardise", "clampHu": [-200, 300], "meanHu": 60, "standardDeviationHu": 90}],
            "tile": {"kind": "solid", "sizeVoxels": [16, 32, 32]}, "mirrorAxes": [0, 1, 2],
            "answer": {"kind": "classes", "activation": "softmax", "activatedOn": "scan", "labels": [0, 1, 2]}}},
    "monai": {
        "labels": LABELS[2], "convention": "monai",
        "network": {
            "grid": [mm(2.0), mm(2.0), mm(4.0)],
            "channels": [{"scheme": "window", "rangeHu": [-175, 250], "to": [0, 1], "clips": True}],
            "tile": {"kind": "solid", "sizeVoxels": [32, 32, 16]},
            "weight": {"kind": "gaussian", "sigmaFraction": 0.125, "centre": "middle", "floor": 0.001},
            "answer": {"kind": "channels", "activation": "sigmoid", "activatedOn": "tile", "count": 2,
                       "outputs": [{"channel": 0, "threshold": 0.5, "label": 1}, {"channel": 1, "threshold": 0.5, "label": 2}]}}},
}

HABITS = {
    "nnunet": {"axes": ["S", "P", "L"], "alignment": "edges", "interpolation": ["cubic"] * 3, "interpolationBack": ["linear"] * 3,
               "overshoot": "within-volume", "intensityTaken": "before-resampling", "stepFraction": 0.5, "stepping": "spread",
               "weight": {"kind": "gaussian", "sigmaFraction": 0.125, "centre": "upper-voxel", "floor": 0},
               "padding": {"kind": "constant", "value": 0}, "mirrorAxes": []},
    "monai": {"axes": ["R", "A", "S"], "alignment": "first-centre", "interpolation": ["linear"] * 3,
              "interpolationBack": ["linear"] * 3, "overshoot": "kept", "intensityTaken": "after-resampling",
              "stepFraction": 0.75, "stepping": "fixed", "weight": {"kind": "constant"},
              "padding": {"kind": "constant", "value": 0}, "mirrorAxes": []},
}


def phantom(shape_mm, spacing, seed):
    """Balls of several HU in noise, RAS order, as a NIfTI image; anatomy does not matter to random weights."""
    random = np.random.default_rng(seed)
    size = [int(round(extent / step)) for extent, step in zip(shape_mm, spacing)]
    grid = np.stack(np.meshgrid(*[np.arange(n) * step for n, step in zip(size, spacing)], indexing="ij"))
    hu = np.full(size, -100.0)
    for _ in range(9):
        centre = [random.uniform(0.1, 0.9) * extent for extent in shape_mm]
        radius = random.uniform(0.1, 0.35) * min(shape_mm)
        ball = sum((grid[a] - centre[a]) ** 2 for a in range(3)) < radius ** 2
        hu[ball] = random.choice([-900, -60, 20, 60, 120, 180, 400])
    hu = np.round(hu + random.normal(0, 15, size)).astype(np.int16)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [-40, 10, 25]
    return nibabel.Nifti1Image(hu, affine)


def reordered(image, codes):
    transform = nibabel.orientations.ornt_transform(
        nibabel.orientations.io_orientation(image.affine), nibabel.orientations.axcodes2ornt(codes))
    return image.as_reoriented(transform)


def intensity(values, scheme, volume):
    kind = scheme["scheme"]
    if kind == "as-stored":
        return values.astype(np.float32)
    if kind == "window":
        (low, high), (a, b) = scheme["rangeHu"], scheme["to"]
        out = (values.astype(np.float64) - low) / (high - low) * (b - a) + a
        return (np.clip(out, a, b) if scheme["clips"] else out).astype(np.float32)
    clamp = scheme.get("clampHu", [-np.inf, np.inf])
    values = np.clip(values.astype(np.float64), *clamp)
    if kind == "standardise":
        return ((values - scheme["meanHu"]) / scheme["standardDeviationHu"]).astype(np.float32)
    whole = np.clip(volume.astype(np.float64), *clamp)
    return ((values - whole.mean()) / max(whole.std(), 1e-8)).astype(np.float32)


def places(new, old, axis, spacing, alignment):
    """Where each voxel of the network's axis lies in the scan's."""
    if axis["kind"] == "native":
        return np.arange(new, dtype=float)
    if alignment == "edges":
        return (np.arange(new) + 0.5) * old / new - 0.5
    return np.arange(new) * axis["mm"] / spacing


def new_size(old, axis, spacing, alignment):
    if axis["kind"] == "native":
        return old
    if axis["kind"] == "size":
        return axis["voxels"]
    if alignment == "edges":
        return int(np.round(old * spacing / axis["mm"]))
    return int(np.round((old - 1) * spacing / axis["mm"])) + 1


ORDERS = {"nearest": 0, "linear": 1, "cubic": 3}


def resample(image, coordinates, kinds, overshoot="kept"):
    """Axis by axis, SciPy's splines with the outer voxel going on."""
    out = image.astype(np.float64)
    for axis, (where, kind) in enumerate(zip(coordinates, kinds)):
        if len(where) == out.shape[axis] and np.allclose(where, np.arange(len(where))):
            continue
        moved = np.moveaxis(out, axis, 0)
        flat = moved.reshape(moved.shape[0], -1)
        if ORDERS[kind] < 3:
            below = np.floor(where + 0.5) if kind == "nearest" else np.floor(np.clip(where, 0, flat.shape[0] - 1))
            below = np.clip(below, 0, flat.shape[0] - 1).astype(int)
            if kind == "nearest":
                flat = flat[below]
            else:
                share = (np.clip(where, 0, flat.shape[0] - 1) - below)[:, None]
                flat = flat[below] * (1 - share) + flat[np.minimum(below + 1, flat.shape[0] - 1)] * share
        else:
            lines = np.stack([ndimage.map_coordinates(line, [where], order=3, mode="nearest") for line in flat.T], axis=1)
            flat = lines
        out = np.moveaxis(flat.reshape(-1, *moved.shape[1:]), 0, axis)
    if overshoot == "within-volume":
        out = np.clip(out, image.min(), image.max())
    return out.astype(np.float32)


def starts_of(size, tile, fraction, stepping):
    if stepping == "spread":
        count = int(np.ceil((size - tile) / (tile * fraction))) + 1
        step = (size - tile) / (count - 1) if count > 1 else 0
        return [int(np.round(step * n)) for n in range(count)]
    interval = max(int(tile * fraction), 1)
    count = next(n for n in itertools.count() if n * interval + tile >= size) + 1
    return [min(n * interval, size - tile) for n in range(count)]


def bell(tile, weight):
    if weight["kind"] == "constant":
        return np.ones(tile, np.float32)
    out = np.ones(tile)
    for axis, size in enumerate(tile):
        if size == 1:
            continue
        if weight["centre"] == "upper-voxel":
            point = np.zeros(size)
            point[size // 2] = 1
            line = ndimage.gaussian_filter(point, size * weight["sigmaFraction"], mode="constant")
            line /= line.max()
        else:
            line = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * (size * weight["sigmaFraction"]) ** 2))
        shape = [1, 1, 1]
        shape[axis] = size
        out = out * line.reshape(shape)
    out = np.maximum(out, weight["floor"])
    out[out == 0] = out[out > 0].min()
    return out.astype(np.float32)


def softmax(x):
    e = np.exp(x - x.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


ACTIVATIONS = {"none": lambda x: x, "softmax": softmax, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


def pipeline(image, session, network):
    """@returns labels in the image's own voxel order, and where they are near ties."""
    axes, tile = network["axes"], network["tile"]
    codes = "".join(axes)
    seen = reordered(image, codes)
    volume = np.asanyarray(seen.dataobj)
    spacing = np.sqrt((seen.affine[:3, :3] ** 2).sum(axis=0))
    size = [new_size(n, axis, s, network["alignment"]) for n, axis, s in zip(volume.shape, network["grid"], spacing)]
    into = [places(*args, network["alignment"]) for args in zip(size, volume.shape, network["grid"], spacing)]
    channels = []
    for scheme in network["channels"]:
        if network["intensityTaken"] == "before-resampling":
            channels.append(resample(intensity(volume, scheme, volume), into, network["interpolation"], network["overshoot"]))
        else:
            channels.append(intensity(resample(volume, into, network["interpolation"], network["overshoot"]), scheme, volume))
    prepared = np.stack(channels)
    planar = tile["kind"] == "planar"
    shape = (1, *tile["sizePixels"]) if planar else tuple(tile["sizeVoxels"])
    missing = [max(0, t - n) for t, n in zip(shape, size)]
    before = [m // 2 for m in missing]
    pads = [(b, m - b) for b, m in zip(before, missing)]
    beside = tile.get("neighbours", 0)
    padding = network["padding"]
    how = dict(mode="edge") if padding["kind"] == "edge" else dict(mode="constant", constant_values=padding["value"])
    padded = np.pad(prepared, [(0, 0), (pads[0][0] + beside, pads[0][1] + beside), *pads[1:]], **how)
    grid = [padded.shape[1] - 2 * beside, *padded.shape[2:]]
    answer = network["answer"]
    classes = answer["count"] if answer["kind"] == "channels" else len(answer["labels"])
    sums, counts = np.zeros((classes, *grid), np.float32), np.zeros(grid, np.float32)
    weights = bell(shape, network["weight"])
    name = session.get_inputs()[0].name

    def run(block):
        values = session.run(None, {name: block[None]})[0][0]
        if answer["kind"] == "labels":
            values = np.stack([values.reshape(values.shape[-2:] if planar else shape) == n for n in range(classes)]).astype(np.float32)
        elif answer["activatedOn"] == "tile":
            values = ACTIVATIONS[answer["activation"]](values)
        return values.reshape(classes, *shape)

    mirrors = [m for n in range(len(network["mirrorAxes"]) + 1) for m in itertools.combinations(network["mirrorAxes"], n)]
    for start in itertools.product(*[starts_of(g, t, network["stepFraction"], network["stepping"]) for g, t in zip(grid, shape)]):
        where = tuple(slice(s, s + t) for s, t in zip(start, shape))
        if planar:
            stack = padded[(slice(None), slice(start[0], start[0] + 2 * beside + 1), *where[1:])]
            block = stack.transpose(1, 0, 2, 3).reshape(-1, *stack.shape[2:])
            shift = 0
        else:
            block, shift = padded[(slice(None), *where)], 1
        total = np.zeros((classes, *shape), np.float32)
        for mirror in mirrors:
            flips = [axis + shift for axis in mirror]
            out = run(np.ascontiguousarray(np.flip(block, flips) if flips else block))
            total += np.flip(out, [axis + 1 for axis in mirror]) if mirror else out
        sums[(slice(None), *where)] += weights * total / len(mirrors)
        counts[where] += weights
    blended = (sums / counts)[(slice(None), *[slice(b, b + n) for b, n in zip(before, size)])]
    if answer["kind"] != "labels" and answer["activatedOn"] == "grid":
        blended = ACTIVATIONS[answer["activation"]](blended)
    back = []
    for n, old, axis, s in zip(size, volume.shape, network["grid"], spacing):
        if axis["kind"] == "native":
            back.append(np.arange(old, dtype=float))
        elif network["alignment"] == "edges":
            back.append((np.arange(old) + 0.5) * n / old - 0.5)
        else:
            back.append(np.arange(old) * s / axis["mm"])
    scan = np.stack([resample(channel, back, network["interpolationBack"]) for channel in blended])
    if answer["kind"] == "channels":
        if answer["activatedOn"] == "scan":
            scan = ACTIVATIONS[answer["activation"]](scan)
        labels, ties = np.zeros(volume.shape, np.uint8), np.zeros(volume.shape, bool)
        for output in answer["outputs"]:
            labels[scan[output["channel"]] >= output["threshold"]] = output["label"]
            ties |= np.abs(scan[output["channel"]] - output["threshold"]) < TIE
    else:
        labels = np.array(answer["labels"], np.uint8)[scan.argmax(axis=0)]
        top = np.sort(scan, axis=0)
        ties = top[-1] - top[-2] < TIE
    own = nibabel.orientations.aff2axcodes(image.affine)
    to_own = lambda array: np.asanyarray(reordered(nibabel.Nifti1Image(array, seen.affine), own).dataobj)
    return to_own(labels), to_own(ties.astype(np.uint8)).astype(bool)


def run_quietly(*words):
    done = subprocess.run([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words[:3]))} …: exit code {done.returncode}\n{done.stdout}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cli", required=True)
    arguments.add_argument("--torch-python", default="/usr/bin/python3")
    arguments.add_argument("--work")
    options = arguments.parse_args()
    work = pathlib.Path(options.work or tempfile.mkdtemp())
    voxwatch = lambda *words: run_quietly("node", options.cli, *words)
    run_quietly(options.torch_python, pathlib.Path(__file__).with_name("make_import_models.py"), work / "models")
    scans = work / "scans"
    scans.mkdir(parents=True, exist_ok=True)
    images = {}
    for name, (extent, spacing, codes) in {
        "ras": ((110, 120, 100), (1.6, 1.6, 5.0), "RAS"),
        "lps": ((130, 100, 75), (1.3, 1.9, 3.0), "LPS"),
        "turned": ((100, 110, 90), (2.1, 1.5, 2.5), "SAR"),
        "small": ((50, 45, 30), (1.5, 1.5, 6.0), "LAI"),
    }.items():
        images[name] = reordered(phantom(extent, spacing, len(images) + 1), codes)
        nibabel.save(images[name], scans / f"{name}.nii.gz")
    wrong = 0
    for name, description in DESCRIPTIONS.items():
        described = work / f"{name}.json"
        described.write_text(json.dumps({"name": name, **ABOUT, **description}))
        model = work / "models" / f"{name}.onnx"
        voxwatch("import", model, "--describe", described, "--golden", scans / "ras.nii.gz", "--out", work / "bundles" / name)
        voxwatch("verify", work / "bundles" / name)
        results = work / "results" / name
        voxwatch("segment", *[scans / f"{scan}.nii.gz" for scan in images], "--model", work / "bundles" / name, "--out", results,
                 "--overlays", "none", "--provider", "cpu")
        network = {**HABITS[description["convention"]], **description["network"]}
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        for scan, image in images.items():
            mask = nibabel.load(results / scan / "mask.nii.gz")
            ours, (theirs, ties) = np.asanyarray(mask.dataobj), pipeline(image, session, network)
            same_place = np.allclose(mask.affine, image.affine, atol=1e-4)
            differing = ours != theirs
            unexplained = int((differing & ~ties).sum())
            fails = unexplained > 0 or differing.sum() > max(1, MOST_TIES * theirs.size) or not same_place
            wrong += fails
            counts = np.bincount(theirs.ravel(), minlength=1)
            print(flush=True, end=f"{'FAIL' if fails else 'ok  '}  {name:10} {scan:7} {theirs.size:8} voxels, labels {counts.tolist()}: "
                  f"{int(differing.sum())} differ, {unexplained} of them no near tie\n")
            if scan != "small" and (len(counts) <= len(description["labels"]) or counts.min() < theirs.size / 1000):
                print(f"FAIL  {name} {scan}: a label that hardly occurs shows nothing")
                wrong += 1
    sys.exit(1 if wrong else 0)


main()
