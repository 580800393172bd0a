"""A stage in millimetres on axial slices, written with numpy and Python's ONNX Runtime from docs/export.md alone.

Arrays are [slices, rows, columns], spacings likewise in mm; slices are evenly spaced here.
"""

import math

import numpy as np

from components import components_of, neighbours, steps

CERTAIN = 255
REACH = 3  # of the bell, in standard deviations
INPUT_REACH = 2.4  # of the one that averages thin slices


def run_millimetre_stage(session, stage, hu, labels, voxel_mm):
    """Writes a stage's labels into labels, in place."""
    box = part_of(stage["region"], labels, voxel_mm)
    if box is None:
        return
    seen = smoothed(hu.astype(float), voxel_mm[0], stage.get("inputSmoothingMm", 0), INPUT_REACH)
    part = seen.astype(np.int16)[box]
    size = part.shape[1:]
    grid = tuple(max(1, half_up(size[axis] * voxel_mm[axis + 1] / stage["spacingMm"])) for axis in (0, 1))
    feeds = {"hu": np.ascontiguousarray(part)[:, None], "size": np.array(grid, np.int64)}
    (found,) = session.run(["probabilities"], feeds)
    cell_mm = (voxel_mm[0], *(voxel_mm[axis + 1] * size[axis] / grid[axis] for axis in (0, 1)))
    marked = labels[box]
    for output, probabilities in zip(stage["outputs"], np.moveaxis(found, 1, 0)):
        smooth = smoothed(probabilities.astype(float), voxel_mm[0], output["smoothingMm"])
        mark_output(output, smooth, marked, cell_mm)


def part_of(region, labels, voxel_mm):
    """The box that a stage sees, as slices of an array."""
    if region["kind"] == "whole-slice":
        return (slice(None),) * 3
    places = np.nonzero(np.isin(labels, region["labels"]))
    if places[0].size == 0:
        return None
    pixels = [math.ceil(region["marginMm"] / mm) for mm in voxel_mm[1:]]
    # Pixels are rounded up, so that the margin is there; of slices those whose middle lies within it.
    margins = [math.floor(region["marginMm"] / voxel_mm[0]), *pixels]
    return tuple(slice(max(0, at.min() - margin), at.max() + margin + 1) for at, margin in zip(places, margins))


def smoothed(values, step_mm, sigma_mm, reach=REACH):
    """Along the slices by a bell, which is cut at the ends, rounded to whole numbers."""
    if sigma_mm == 0:
        return values
    away = np.abs(np.subtract.outer(np.arange(len(values)), np.arange(len(values)))) * step_mm / sigma_mm
    weights = np.where(away <= reach, np.exp(-(away**2) / 2), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.floor(np.tensordot(weights, values, axes=1) + 0.5)


def mark_output(output, probabilities, marked, cell_mm):
    """Judges one output on the network's grid and writes it into marked, a view of the labels."""
    least = output["threshold"] * CERTAIN
    above = probabilities >= least
    inside = np.ones_like(above)
    deep = np.zeros_like(above)
    if "redrawMm" in output:
        before = at_centres(marked, above.shape) == output["label"]
        deep = before & ~above & ~near(~before, before, output["redrawMm"], cell_mm)
        above = (above & near(before, above, output["redrawMm"], cell_mm)) | deep
    if "within" in output:
        inside = at_centres(marked, above.shape) == output["within"]
        above &= near(inside, above, output.get("bulgeMm", 0), cell_mm)
        for part in map(tuple, map(np.transpose, components_of(above, corners=False))):
            if inside[part].mean() < 0.5:
                above[part] = inside[part]
    cell_ml = math.prod(cell_mm) / 1000
    kept = np.zeros_like(above)
    parts = [part for part in components_of(above, corners=False) if len(part) * cell_ml >= output["minComponentMl"]]
    peak = output.get("leastPeak", 0) * CERTAIN
    parts = [part for part in parts if probabilities[tuple(np.transpose(part))].max() >= peak]
    for part in sorted(parts, key=len, reverse=True)[: output["maxComponents"] or None]:
        kept[tuple(np.transpose(part))] = True
    holes = enclosed(kept) if output["fillHoles"] else np.zeros_like(kept)
    holes |= kept & deep
    kept &= ~deep
    if "redrawMm" in output:
        marked[marked == output["label"]] = 0
    chances = interpolated(np.where(holes, CERTAIN, probabilities), marked.shape)
    belongs = at_centres(holes, marked.shape) | (at_centres(beside(kept), marked.shape) & (chances >= least))
    if "within" in output:
        bulging = at_centres(beside(kept & ~inside), marked.shape)
        belongs &= (marked == output["within"]) | (bulging & (marked == 0))
    marked[belongs] = output["label"]


def near(inside, wanted, reach_mm, cell_mm):
    """What is wanted and inside, or no farther from it than that, from centre to centre."""
    if reach_mm == 0:
        return inside
    found = inside.copy()
    places = np.argwhere(inside) * cell_mm
    for place in map(tuple, np.argwhere(wanted & ~inside)):
        away = np.linalg.norm(places - np.multiply(place, cell_mm), axis=1)
        found[place] = away.size > 0 and away.min() <= reach_mm
    return found


def enclosed(kept):
    """What lies outside and reaches no face of the grid."""
    holes = np.zeros_like(kept)
    for part in components_of(~kept, corners=False):
        places = np.transpose(part)
        is_open = any((at == 0).any() or (at == size - 1).any() for at, size in zip(places, kept.shape))
        if not is_open:
            holes[tuple(places)] = True
    return holes


def beside(kept):
    """What was kept, and the four pixels of the same slice round each of it."""
    near = kept.copy()
    for step in steps(2, corners=False):
        for place in map(tuple, np.argwhere(kept)):
            for to in neighbours(place, kept.shape, [(0, *step)]):
                near[to] = True
    return near


def at_centres(values, shape):
    """For each voxel of a grid of another shape, the value of the pixel that its centre lies in; of two at the same
    distance that of the one before."""
    for axis in (1, 2):
        places = [((2 * x + 1) * values.shape[axis] - 1) // (2 * shape[axis]) for x in range(shape[axis])]
        values = np.take(values, places, axis)
    return values


def interpolated(values, shape):
    """Bilinear in each slice, at the centres of the pixels of a grid of another shape; beyond the edge it repeats."""
    for axis in (1, 2):
        at = (np.arange(shape[axis]) + 0.5) * values.shape[axis] / shape[axis] - 0.5
        at = np.clip(at, 0, values.shape[axis] - 1)
        first = np.floor(at).astype(int)
        second = np.minimum(first + 1, values.shape[axis] - 1)
        share = (at - first)[:, None] if axis == 1 else at - first
        low, high = np.take(values, first, axis), np.take(values, second, axis)
        values = low + (high - low) * share
    return values


def half_up(value):
    return math.floor(value + 0.5)
