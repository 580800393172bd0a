"""Compares our measurements of labels and lesions with SimpleITK, SciPy, NumPy and bodies of known size.

    check_measures.py MEASURE_FILES_JS [REAL_LABELS.nii.gz …]

MEASURE_FILES_JS is dist/bench/measure-files.js. Tolerances (relative unless said otherwise):

- volume, centroid (mm), mean and standard deviation of HU, number of components: 1e-6.
- diameters, in a slice and in space: 1e-6, against all pairs of the middles of the voxels' faces (edges in a slice).
  SimpleITK's Feret diameter runs between voxel centres: ours is never below it, nor above it by more than a voxel.
- surface: 0.5 % of SimpleITK's "Perimeter", the same Crofton estimate, on cubic voxels, where a part has 500 of them or more
  (on others it shares the sphere out as on a cube: 10 % off on the longest ellipsoid here); 3 % of the true surface of
  balls and ellipsoids on any voxels and on uneven slices.
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
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist
from scipy.special import ellipeinc, ellipkinc

EXACT = 1e-6
LIKE_ITK = 0.005
TRUE_SURFACE = 0.03
ENOUGH_VOXELS = 500
TOUCHING = np.ones((3, 3, 3))


class Case:
    """labels and hu are indexed [i, j, k]; the affine is NIfTI's (RAS)."""

    def __init__(self, name, labels, hu, affine, positions=None, surfaces=None):
        self.name, self.labels, self.hu, self.affine = name, labels.astype(np.uint8), hu.astype(np.int16), affine
        self.positions, self.surfaces = positions, surfaces or {}

    def world(self, index):
        """LPS mm of fractional indices [n, 3]."""
        index = np.asarray(index, float).copy()
        if self.positions is not None:
            at = np.asarray(self.positions, float)
            k = np.clip(np.floor(index[:, 2]).astype(int), 0, len(at) - 2)
            height = at[k] + (index[:, 2] - k) * (at[k + 1] - at[k])
            index[:, 2] = (height - at[0]) / ((at[-1] - at[0]) / (len(at) - 1))
        return nibabel.affines.apply_affine(np.diag([-1, -1, 1, 1]) @ self.affine, index)

    def voxel_ml(self):
        mm3 = abs(np.linalg.det(self.affine[:3, :3])) * np.ones(self.labels.shape[2])
        if self.positions is not None:
            gaps = np.abs(np.diff(self.positions))
            mean = abs(self.positions[-1] - self.positions[0]) / (len(self.positions) - 1)
            mm3 *= (np.append(gaps[0], gaps) + np.append(gaps, gaps[-1])) / 2 / mean
        return mm3 / 1000


def spacing_affine(spacing):
    return np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])


def ellipsoid(shape, world, radii, centre):
    return (((world - centre) / radii) ** 2).sum(-1).reshape(shape) <= 1


def ellipsoid_surface(radii):
    a, b, c = sorted(radii, reverse=True)
    if a - c < 1e-9:
        return 4 * np.pi * a * a
    phi = np.arccos(c / a)
    m = a * a * (b * b - c * c) / (b * b * (a * a - c * c))
    return 2 * np.pi * (c * c + a * b / np.sin(phi) * (ellipeinc(phi, m) * np.sin(phi) ** 2 + ellipkinc(phi, m) * np.cos(phi) ** 2))


def cases(files):
    rng = np.random.default_rng(20260101)
    for n in range(8):
        shape = tuple(rng.integers(3, 26, 3))
        smooth = ndimage.gaussian_filter(rng.standard_normal(shape), 1.5)
        labels = (smooth > np.quantile(smooth, 0.6)).astype(int) + (smooth > np.quantile(smooth, 0.9))
        spacing = [(1, 1, 1), (0.7, 0.7, 5), (0.5, 2.5, 1.25), (3, 0.8, 0.8)][n % 4]
        yield Case(f"random {n}", labels, rng.normal(40, 60, shape), spacing_affine(spacing))
    full = np.ones((5, 4, 3), int)
    yield Case("a full grid", full, full * 7, spacing_affine((0.7, 0.9, 5)))
    one = np.zeros((5, 4, 3), int)
    one[2, 1, 1] = 2
    yield Case("one voxel", one, one * 7, spacing_affine((0.7, 0.9, 5)))
    shape = (20, 18, 12)
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 2)
    tilted = spacing_affine((0.8, 0.8, 4))
    tilted[1, 2] = 1.5
    yield Case("a tilted stack", (noise > 0) * 2, noise * 1000, tilted)
    turned = np.array([[0, 0, 1.2, 3], [0, -0.8, 0, 5], [2.5, 0, 0, 7], [0, 0, 0, 1.0]])
    yield Case("runs along the patient", (noise > 0) * 2, noise * 1000, turned)
    for spacing, radii in [((1, 1, 1), (20, 20, 20)), ((0.7, 0.7, 5), (30, 20, 25)), ((0.8, 0.8, 1.5), (6, 7, 5)), ((0.8, 0.8, 3), (60, 30, 25))]:
        shape = tuple(int(2 * r / s) + 7 for r, s in zip(radii, spacing))
        case = Case(f"an ellipsoid {radii} on {spacing}", np.zeros(shape), np.zeros(shape), spacing_affine(spacing))
        index = np.indices(shape).reshape(3, -1).T
        centre = case.world([[(n - 1) / 2 for n in shape]]) + 0.3
        case.labels = ellipsoid(shape, case.world(index), radii, centre).astype(np.uint8)
        case.surfaces = {1: ellipsoid_surface(radii)}
        yield case
    positions = np.cumsum(rng.choice([1.0, 1.5, 2.5, 4.0], 40))
    shape = (70, 70, 40)
    mean = (positions[-1] - positions[0]) / 39
    uneven = Case("a ball on uneven slices", np.zeros(shape), np.zeros(shape), spacing_affine((0.8, 0.8, mean)), list(positions))
    index = np.indices(shape).reshape(3, -1).T
    uneven.labels = ellipsoid(shape, uneven.world(index), (22, 22, 22), uneven.world([[34.5, 34.5, 20]])).astype(np.uint8)
    uneven.surfaces = {1: 4 * np.pi * 22**2}
    yield uneven
    for number, file in enumerate(files):
        image = nibabel.load(file)
        labels = np.asarray(image.dataobj).astype(int)
        largest = np.argsort(np.bincount(labels[labels > 0]))[::-1][:2]
        kept = np.where(labels == largest[0], 1, np.where(labels == largest[1], 2, 0))
        yield Case(f"real labels {number}", kept, rng.normal(40, 60, labels.shape), image.affine)


def longest(points):
    if len(points) > 8:
        try:
            points = points[ConvexHull(points).vertices]
        except QhullError:
            pass
    return pdist(points).max() if len(points) > 1 else 0.0


def face_middles(case, voxels, axes):
    steps = [step * np.eye(3)[axis] for axis in axes for step in (-0.5, 0.5)]
    return case.world(np.concatenate([voxels + step for step in steps]))


def axial_axis(case):
    return int(np.argmax([abs(np.array(c) / np.linalg.norm(c))[2] for c in case.affine[:3, :3].T]))


def in_plane(case, mask):
    """Of one part: the longest distance in any axial slice, and the slices it reaches, counted from the feet."""
    axis = axial_axis(case)
    others = [a for a in range(3) if a != axis]
    voxels = np.argwhere(mask)
    levels = np.unique(voxels[:, axis])
    best = 0.0
    for level in levels:
        best = max(best, longest(flat(face_middles(case, voxels[voxels[:, axis] == level], others), case, others)))
    if case.affine[2, axis] < 0:
        levels = mask.shape[axis] - 1 - levels
    return best, (int(levels.min()) + 1, int(levels.max()) + 1)


def flat(points, case, others):
    """World points of one slice in a frame of its plane."""
    u, v = (np.diag([-1, -1, 1]) @ case.affine[:3, a] for a in others)
    u = u / np.linalg.norm(u)
    v = v - u * (u @ v)
    return points @ np.stack([u, v / np.linalg.norm(v)], 1)


def by_itk(case, mask):
    """SimpleITK knows no tilt and no uneven slices."""
    image = sitk.GetImageFromArray(np.transpose(mask.astype(np.uint8)))
    image.SetSpacing([float(s) for s in np.linalg.norm(case.affine[:3, :3], axis=0)])
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.ComputeFeretDiameterOn()
    shape.ComputePerimeterOn()
    shape.Execute(image)
    return shape.GetPerimeter(1), shape.GetFeretDiameter(1)


class Report:
    def __init__(self):
        self.compared, self.worst, self.failures = 0, {}, []

    def same(self, what, ours, theirs, tolerance):
        self.compared += 1
        error = abs(ours - theirs) / max(1.0, abs(theirs))
        kind = what.split(":")[-1].strip()
        self.worst[kind] = max(self.worst.get(kind, 0), error)
        if not error <= tolerance:
            self.failures.append(f"{what}: ours {ours}, theirs {theirs}")


def check_figures(report, name, case, mask, ours):
    voxels = np.argwhere(mask)
    hu = case.hu[mask].astype(float)
    report.same(f"{name}: voxels", ours["voxelCount"], len(voxels), 0)
    report.same(f"{name}: volume", ours["volumeMl"], case.voxel_ml()[voxels[:, 2]].sum(), EXACT)
    report.same(f"{name}: mean HU", ours["meanHu"], hu.mean(), EXACT)
    report.same(f"{name}: standard deviation of HU", ours["sdHu"], hu.std(), EXACT)
    parts, count = ndimage.label(mask, TOUCHING)
    each = [parts == n + 1 for n in range(count)]
    in_space = max(longest(face_middles(case, np.argwhere(part), range(3))) for part in each)
    report.same(f"{name}: diameter in space", ours["largestDiameter3dMm"], in_space, EXACT)
    report.same(f"{name}: diameter in a slice", ours["largestDiameterMm"], max(in_plane(case, part)[0] for part in each), EXACT)
    if case.positions is None and np.allclose(case.affine[:3, :3].T @ case.affine[:3, :3], np.diag(np.sum(case.affine[:3, :3] ** 2, 0))):
        if len(voxels) >= ENOUGH_VOXELS and np.ptp(np.linalg.norm(case.affine[:3, :3], axis=0)) < 1e-9:
            perimeter, _ = by_itk(case, mask)
            report.same(f"{name}: surface by SimpleITK", ours["surfaceMm2"], perimeter, LIKE_ITK)
        feret = max(by_itk(case, part)[1] for part in each)
        voxel = np.linalg.norm(np.linalg.norm(case.affine[:3, :3], axis=0))
        if not feret - 1e-6 <= ours["largestDiameter3dMm"] <= feret + voxel:
            report.failures.append(f"{name}: diameter {ours['largestDiameter3dMm']}, Feret {feret}")
    return each


def check(report, case, measured):
    for label in measured["labels"]:
        mask = case.labels == label["index"]
        name = f"{case.name}: label {label['index']}"
        if not mask.any():
            report.same(f"{name}: voxels", label["voxelCount"], 0, 0)
            continue
        each = check_figures(report, name, case, mask, label)
        report.same(f"{name}: components", label["components"], len(each), 0)
        if label["index"] in case.surfaces:
            report.same(f"{name}: true surface", label["surfaceMm2"], case.surfaces[label["index"]], TRUE_SURFACE)
        if label["index"] == 2:
            check_lesions(report, case, each, measured["lesions"])


def check_lesions(report, case, parts, lesions):
    """Pairs ours with theirs by centroid."""
    report.same(f"{case.name}: lesions", len(lesions), len(parts), 0)
    volumes = [lesion["volumeMl"] for lesion in lesions]
    if volumes != sorted(volumes, reverse=True):
        report.failures.append(f"{case.name}: lesions are not sorted by volume")
    centroids = np.array([lesion["centroidMm"] for lesion in lesions])
    for n, part in enumerate(parts):
        voxels = np.argwhere(part)
        centroid = np.average(case.world(voxels), axis=0, weights=case.voxel_ml()[voxels[:, 2]])
        nearest = int(np.argmin(np.linalg.norm(centroids - centroid, axis=1)))
        report.same(f"{case.name}: lesion {n}: centroid", np.abs(centroids[nearest] - centroid).max(), 0, EXACT)
        check_figures(report, f"{case.name}: lesion {n}", case, part, lesions[nearest])
        first, last = in_plane(case, part)[1]
        report.same(f"{case.name}: lesion {n}: first slice", lesions[nearest]["slices"][0], first, 0)
        report.same(f"{case.name}: lesion {n}: last slice", lesions[nearest]["slices"][1], last, 0)


def main():
    program, files = sys.argv[1], sys.argv[2:]
    made = list(cases(files))
    with tempfile.TemporaryDirectory() as folder:
        requests = []
        for n, case in enumerate(made):
            image, labels = Path(folder) / f"{n}.nii", Path(folder) / f"{n}-labels.nii"
            nibabel.save(nibabel.Nifti1Image(case.hu, case.affine), image)
            nibabel.save(nibabel.Nifti1Image(case.labels, case.affine), labels)
            request = {"image": str(image), "labels": str(labels), "indices": [1, 2], "lesionLabel": 2}
            if case.positions is not None:
                request["slicePositionsMm"] = [float(p) for p in case.positions]
            requests.append(request)
        asked = Path(folder) / "requests.json"
        asked.write_text(json.dumps(requests))
        answer = subprocess.run(["node", program, str(asked)], check=True, capture_output=True, text=True).stdout
    report = Report()
    for case, measured in zip(made, json.loads(answer), strict=True):
        check(report, case, measured)
    for kind, worst in sorted(report.worst.items()):
        print(f"{kind}: within {worst:.2g}")
    print(f"{len(made)} cases, {report.compared} comparisons, {len(report.failures)} failures")
    for failure in report.failures[:20]:
        print(failure)
    sys.exit(1 if report.failures else 0)


main()
