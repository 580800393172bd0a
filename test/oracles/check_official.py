"""Compares `--official kits19|kits23|lits` with the challenges' own definitions.

    check_official.py SCORE_FILES_JS [--scripts DIR]

SCORE_FILES_JS is dist/bench/score-files.js. The definitions are written here after the challenges' code (`evaluation.py`
of KiTS19; `metrics.py`, `dice.py` and `labels.py` of KiTS23; `evaluation_notebook.ipynb` and `surface.py` of LiTS), on scipy,
medpy and surface-distance. Their licences do not let us carry that code; where it lies in DIR (`kits19.py`, `kits23.py`,
`lits.py`, each with a `scores(prediction, truth, spacing)` round the original), it is run instead.

Label maps: nested blobs with organ, tumour and cyst, some without one, in three spacings; float64 geometry, so that both
sides see the same spacing. A figure that stops the challenge's code with an error must be absent from ours.
"""
import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np
import scipy.ndimage as ndimage
import scipy.spatial
from medpy.metric import binary as medpy

np.Inf = np.inf  # surface-distance 0.1 was written for numpy 1
import surface_distance  # noqa: E402

TOLERANCE = 1e-6
KITS23_CLASSES = {
    "kidney with masses": ((1, 2, 3), 1.0330772532390826),
    "masses": ((2, 3), 1.1328796488598762),
    "tumour": ((2,), 1.1498198361434828),
}


def kits19(prediction, truth, _spacing):
    out = {}
    for name, above in (("kidney with tumour", 0), ("tumour", 1)):
        p, t = prediction > above, truth > above
        total = p.sum() + t.sum()
        # numpy divides 0 by 0 to NaN; the ZeroDivisionError that the original waits for never comes.
        out[name] = {"dice": 2 * (p & t).sum() / total if total else None}
    return out


def kits23(prediction, truth, spacing):
    out = {}
    for name, (labels, tolerance) in KITS23_CLASSES.items():
        p, t = np.isin(prediction, labels), np.isin(truth, labels)
        if not p.any() or not t.any():
            value = 1 if not p.any() and not t.any() else 0
            out[name] = {"dice": value, "surfaceDice": value}
            continue
        distances = surface_distance.compute_surface_distances(t, p, spacing)
        agreement = surface_distance.compute_surface_dice_at_tolerance(distances, tolerance)
        out[name] = {"dice": 2 * (p & t).sum() / (p.sum() + t.sum()), "surfaceDice": agreement}
    return out


def lits(prediction, truth, spacing):
    return {
        "liver with lesions": lits_region(prediction >= 1, truth >= 1, spacing),
        "lesions": lits_region(prediction == 2, truth == 2, spacing),
    }


def lits_region(p, t, spacing):
    both, either = (p & t).sum(), (p | t).sum()
    out = {"dice": 2 * both / (p.sum() + t.sum()) if either else 0}
    out["iou"] = both / either if either else None
    out["voe"] = 1 - out["iou"] if either else None
    out["rvd"] = (float(t.sum()) - p.sum()) / p.sum() if p.any() else None
    if not p.any() or not t.any():
        return out | {"assdMm": 0, "mssdMm": 0}
    faces_and_edges = ndimage.generate_binary_structure(3, 2)
    ends = [np.argwhere(m & ~ndimage.binary_erosion(m, faces_and_edges)) * np.array(spacing) for m in (p, t)]
    trees = [scipy.spatial.cKDTree(points) for points in ends]
    distances = np.hstack((trees[0].query(ends[1])[0], trees[1].query(ends[0])[0]))
    return out | {"assdMm": distances.mean(), "mssdMm": medpy.hd(t, p, spacing)}


def label_map(rng, shape, *, organ=True, tumour=True, cyst=True):
    smooth = ndimage.gaussian_filter(rng.standard_normal(shape), 2)
    labels = np.zeros(shape, np.uint8)
    if organ:
        labels[smooth > np.quantile(smooth, 0.6)] = 1
    if tumour:
        labels[smooth > np.quantile(smooth, 0.85)] = 2
    if cyst:
        labels[smooth > np.quantile(smooth, 0.97)] = 3
    return labels


def made_cases(with_cyst):
    rng = np.random.default_rng(20261121)
    spacings = [(1.0, 1.0, 1.0), (0.7, 0.7, 5.0), (0.5, 2.5, 1.25)]
    for n in range(18):
        shape = tuple(rng.integers(6, 26, 3))
        truth = label_map(rng, shape, tumour=n % 5 != 1, cyst=with_cyst and n % 3 == 0)
        prediction = np.roll(truth, tuple(rng.integers(-2, 3, 3)), (0, 1, 2))
        prediction[rng.random(shape) < 0.03] = 0
        if n % 4 == 2:
            prediction[prediction == 2] = 1
        yield f"blobs {n}", prediction, truth, spacings[n % 3]
    shape = (9, 8, 7)
    empty, full = np.zeros(shape, np.uint8), label_map(rng, shape, cyst=with_cyst)
    for name, prediction, truth in (("both empty", empty, empty), ("nothing found", empty, full), ("nothing there", full, empty)):
        yield name, prediction, truth, spacings[1]


def options(name):
    source = f"import('{{}}').then((m) => console.log(JSON.stringify(m.OFFICIAL_OPTIONS['{name}'])))"
    return lambda module: json.loads(
        subprocess.run(["node", "-e", source.format(module)], check=True, capture_output=True, text=True).stdout
    )


def original(folder, name):
    spec = importlib.util.spec_from_file_location(f"original_{name}", Path(folder) / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.scores


def differs(ours, theirs):
    if theirs is None or ours is None:
        return (theirs is None) != (ours is None)
    return abs(ours - theirs) > TOLERANCE * max(1, abs(theirs))


def main(script, scripts):
    score_case = Path(script).resolve().parent.parent / "evaluate" / "score-case.js"
    failures, compared = [], 0
    for name, own in (("kits19", kits19), ("kits23", kits23), ("lits", lits)):
        theirs_of = original(scripts, name) if scripts else own
        cases = list(made_cases(with_cyst=name == "kits23"))
        requests = []
        with tempfile.TemporaryDirectory() as folder:
            for n, (_, prediction, truth, spacing) in enumerate(cases):
                request = {"options": options(name)(score_case.as_uri())}
                for role, labels in (("truth", truth), ("prediction", prediction)):
                    request[role] = str(Path(folder) / f"{n}-{role}.nii")
                    nibabel.save(nibabel.Nifti2Image(labels, np.diag([*spacing, 1.0])), request[role])
                requests.append(request)
            (Path(folder) / "requests.json").write_text(json.dumps(requests))
            run = subprocess.run(
                ["node", script, str(Path(folder) / "requests.json")], check=True, capture_output=True, text=True
            )
        for (case, prediction, truth, spacing), scores in zip(cases, json.loads(run.stdout), strict=True):
            regions = {region["region"]: region for region in scores["regions"]}
            for region, theirs in theirs_of(prediction, truth, spacing).items():
                for key, value in theirs.items():
                    compared += 1
                    if differs(regions[region].get(key), value):
                        failures.append(f"{name}, {case}, {region}, {key}: {regions[region].get(key)} against {value}")
    print("\n".join(failures[:40]))
    print(f"{compared} figures of the challenges compared, {len(failures)} differ")
    return 1 if failures or compared < 300 else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("script")
    parser.add_argument("--scripts")
    arguments = parser.parse_args()
    sys.exit(main(arguments.script, arguments.scripts))
