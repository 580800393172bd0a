"""Compares our scores with deepmind's surface-distance, medpy, seg-metrics and SimpleITK.

    check_metrics.py SCORE_FILES_JS [REAL_LABELS.nii.gz …]

SCORE_FILES_JS is dist/bench/score-files.js. Masks: random, adversarial, and organs of real label maps against copies that
were shifted or eroded. Agreement within 1e-6 (relative to the larger of the value and 1). What differs by definition:

- ASSD counts each border voxel once, in ours as in LiTS and medpy 0.5 (before, medpy averaged two directed means).
- HD95: ours is medpy.hd95. deepmind's robust Hausdorff weighs by area and takes the larger direction: not compared.
- Both masks empty: medpy 0.5 says Dice 1, as we do; SimpleITK gives infinity, and is not asked.
- Hausdorff of SimpleITK runs between voxels of the masks, not their borders, and differs where one mask lies inside
  the other; ours is never below it and is compared with it from that side.
- seg-metrics takes voxels on the image's edge for inner ones, as SimpleITK does, and its distance map
  counts voxels that touch the background only at a corner as border: where no mask touches the edge, its distances are
  never above ours, and are compared from that side; its overlaps are compared.
- Surface Dice: deepmind sums in single steps, ours in array order: the last digits differ.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np
import scipy.ndimage as ndimage
import SimpleITK as sitk
from medpy.metric import binary as medpy
from seg_metrics.seg_metrics import computeQualityMeasures

np.Inf = np.inf  # surface-distance 0.1 was written for numpy 1
import surface_distance  # noqa: E402

TOLERANCE = 1e-6
SURFACE_TOLERANCES_MM = [0.5, 1.0330772532390826, 2.0]


def blob(rng, shape, keep):
    smooth = ndimage.gaussian_filter(rng.standard_normal(shape), 2)
    return smooth > np.quantile(smooth, 1 - keep)


def made_cases():
    rng = np.random.default_rng(20260101)
    spacings = [(1, 1, 1), (0.7, 0.7, 5), (0.5, 2.5, 1.25), (3, 0.8, 0.8)]
    for n in range(16):
        shape = tuple(rng.integers(3, 28, 3))
        truth = blob(rng, shape, 0.3) if n % 2 else rng.random(shape) < rng.choice([0.05, 0.5, 0.9])
        prediction = ndimage.shift(truth.astype(float), rng.integers(-2, 3, 3), order=0) > 0.5
        prediction ^= rng.random(shape) < 0.05
        yield f"random {n}", truth, prediction, spacings[n % 4]
        yield f"random {n} with a margin", np.pad(truth, 1), np.pad(prediction, 1), spacings[n % 4]
    shape = (9, 8, 7)
    empty, full, corner, centre = (np.zeros(shape, bool) for _ in range(4))
    full[:] = True
    corner[0, 0, 0] = True
    centre[4, 4, 3] = True
    plane = np.zeros(shape, bool)
    plane[:, :, 3] = True
    border = np.zeros(shape, bool)
    border[:3, :, :2] = True
    masks = {"empty": empty, "full": full, "corner": corner, "centre": centre, "plane": plane, "border": border}
    for a in masks:
        for b in masks:
            yield f"{a} against {b}", masks[a], masks[b], (0.7, 0.7, 5)
    line = np.zeros((6, 1, 1), bool)
    line[2:4] = True
    yield "one row", line, np.roll(line, 1, 0), (0.7, 0.9, 5)


def real_cases(files):
    for number, file in enumerate(files):
        image = nibabel.load(file)
        labels = np.asarray(image.dataobj).astype(int)
        spacing = tuple(float(s) for s in image.header.get_zooms()[:3])
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        for label in np.argsort(sizes)[::-1][:3]:
            if sizes[label] < 50:
                continue
            organ = labels == label
            yield f"real {number}, label {label}, shifted", organ, np.roll(organ, (2, -1, 1), (0, 1, 2)), spacing
            yield f"real {number}, label {label}, eroded", organ, ndimage.binary_erosion(organ), spacing


def expected(truth, prediction, spacing, tolerance):
    out = {"dice": medpy.dc(prediction, truth), "iou": medpy.jc(prediction, truth)}
    out["truthMl"] = truth.sum() * np.prod(spacing) / 1000
    if not truth.any() and not prediction.any():
        return out | {"precision": 1, "recall": 1, "surfaceDice": 1, "mssdMm": None, "rvd": 0}
    out |= {"precision": medpy.precision(prediction, truth), "recall": medpy.recall(prediction, truth)}
    out["rvd"] = medpy.ravd(prediction, truth) if truth.any() else None
    if not truth.any() or not prediction.any():
        return out | {"surfaceDice": 0, "assdMm": None, "mssdMm": None, "hd95Mm": None, "rmsdMm": None}
    directed = getattr(medpy, "__surface_distances")
    there, back = directed(prediction, truth, spacing), directed(truth, prediction, spacing)
    both = np.hstack((there, back))
    out |= {"assdMm": medpy.assd(prediction, truth, spacing), "rmsdMm": np.sqrt((both**2).mean())}
    out |= {"hd95Mm": medpy.hd95(prediction, truth, spacing), "mssdMm": medpy.hd(prediction, truth, spacing)}
    distances = surface_distance.compute_surface_distances(truth, prediction, spacing)
    out["surfaceDice"] = surface_distance.compute_surface_dice_at_tolerance(distances, tolerance)
    return out


def from_itk(truth, prediction, spacing):
    images = [sitk.GetImageFromArray(np.ascontiguousarray(mask.T).astype(np.uint8)) for mask in (truth, prediction)]
    for image in images:
        image.SetSpacing([float(s) for s in spacing])
    overlap, hausdorff = sitk.LabelOverlapMeasuresImageFilter(), sitk.HausdorffDistanceImageFilter()
    overlap.Execute(*images)
    hausdorff.Execute(*images)
    return {"dice": overlap.GetDiceCoefficient(), "iou": overlap.GetJaccardCoefficient()}, hausdorff.GetHausdorffDistance()


def touches_edge(mask):
    return any(np.take(mask, end, axis).any() for axis in range(3) for end in (0, -1))


def from_seg_metrics(truth, prediction, spacing):
    """Its arrays are z first, its spacing x first; labels of one face are neighbours, as for the others."""
    arrays = [np.ascontiguousarray(mask.T).astype(np.uint8) for mask in (prediction, truth)]
    found = computeQualityMeasures(*arrays, np.array(spacing, float), fullyConnected=False)
    overlaps = {"dice": "dice", "iou": "jaccard", "precision": "precision", "recall": "recall"}
    distances = {"assdMm": "msd", "hd95Mm": "hd95", "mssdMm": "hd"}
    if touches_edge(truth) or touches_edge(prediction):
        distances = {}
    return [{ours: found[theirs] for ours, theirs in names.items()} for names in (overlaps, distances)]


def differs(ours, theirs):
    if theirs is None or ours is None:
        return (theirs is None) != (ours is None)
    return abs(ours - theirs) > TOLERANCE * max(1, abs(theirs))


def main(script, *real_files):
    cases = [*made_cases(), *real_cases(real_files)]
    failures, compared, requests = [], 0, []
    with tempfile.TemporaryDirectory() as folder:
        for n, (_, truth, prediction, spacing) in enumerate(cases):
            request = {"options": {"regions": [{"name": "r", "labels": [1]}], "lesions": [], "definitions": "corrected"}}
            request["options"]["surfaceToleranceMm"] = {"r": SURFACE_TOLERANCES_MM[n % 3]}
            for role, mask in (("truth", truth), ("prediction", prediction)):
                request[role] = str(Path(folder) / f"{n}-{role}.nii")
                # float64 sform: the spacing that both sides see is the same to the last digit only for these.
                image = nibabel.Nifti2Image(mask.astype(np.uint8), np.diag([*spacing, 1.0]))
                nibabel.save(image, request[role])
            requests.append(request)
        list_file = Path(folder) / "requests.json"
        list_file.write_text(json.dumps(requests))
        answer = subprocess.run(["node", script, str(list_file)], check=True, capture_output=True, text=True).stdout
    for n, ((name, truth, prediction, spacing), scores) in enumerate(zip(cases, json.loads(answer), strict=True)):
        ours = scores["regions"][0]
        theirs = expected(truth, prediction, spacing, SURFACE_TOLERANCES_MM[n % 3])
        checks = [(f"{name}: {key}", ours.get(key), value) for key, value in theirs.items()]
        if truth.any() and prediction.any():
            itk, itk_hausdorff = from_itk(truth, prediction, spacing)
            checks += [(f"{name}: SimpleITK {key}", ours[key], value) for key, value in itk.items()]
            overlaps, distances = from_seg_metrics(truth, prediction, spacing)
            checks += [(f"{name}: seg-metrics {key}", ours[key], value) for key, value in overlaps.items()]
            checks += [(f"{name}: seg-metrics {key}", ours[key], max(ours[key], value)) for key, value in distances.items()]
            if ours["mssdMm"] < itk_hausdorff - 1e-5:
                failures.append(f"{name}: MSSD {ours['mssdMm']} below SimpleITK's {itk_hausdorff}")
        compared += len(checks)
        failures += [f"{what}: {mine} against {other}" for what, mine, other in checks if differs(mine, other)]
    print("\n".join(failures[:40]))
    print(f"{compared} figures of {len(cases)} pairs of masks compared, {len(failures)} differ")
    return 1 if failures or compared < 300 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
