"""The job of `voxwatch segment` as a Python programmer would write it: beside bench/segment-once.ts.

    segment.py BUNDLE SERIES_FOLDER OUT_FOLDER THREADS

Reads a DICOM series with pydicom, runs both stages with onnxruntime, cleans up with SciPy, writes mask.nii.gz (nibabel), an
overlay for each labelled slice (Pillow) and volumes. Cascades of two stages, the second in a crop, axial series. Prints wall
clock, CPU time and peak memory. Loading the networks is not counted, as in ours.
"""
import json
import resource
import sys
import time
from pathlib import Path

import nibabel
import numpy as np
import onnxruntime
import pydicom
from PIL import Image
from scipy import ndimage


def read_series(folder):
    slices = [pydicom.dcmread(file) for file in Path(folder).iterdir()]
    across, down = np.split(np.array(slices[0].ImageOrientationPatient, float), 2)
    normal = np.cross(across, down)
    slices.sort(key=lambda s: normal @ np.array(s.ImagePositionPatient, float))
    hu = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices]).round().astype(np.int16)
    first, last = (np.array(s.ImagePositionPatient, float) for s in (slices[0], slices[-1]))
    row_mm, column_mm = (float(v) for v in slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = across * column_mm, down * row_mm
    affine[:3, 2], affine[:3, 3] = (last - first) / max(1, len(slices) - 1), first
    return hu, affine


def crop_start(mask, size):
    j, i = np.nonzero(mask)
    return int(np.floor(j.mean() + 0.5)) - size[1] // 2, int(np.floor(i.mean() + 0.5)) - size[0] // 2


def segment(sessions, manifest, hu):
    labels = np.zeros(hu.shape, np.uint8)
    region = manifest["stages"][1]["region"]
    grid = region["onGridPixels"]
    size = [round(s * n / g) for s, n, g in zip(region["sizePixels"], (hu.shape[2], hu.shape[1]), grid)]
    for k, image in enumerate(hu):
        labels[k] = sessions[0].run(["labels"], {"hu": image[None, None]})[0][0, 0]
        if not labels[k].any():
            continue
        top, left = crop_start(labels[k], size)
        padded = np.pad(image, [(size[1], size[1]), (size[0], size[0])], constant_values=-1024)
        tile = np.ascontiguousarray(padded[top + size[1] : top + 2 * size[1], left + size[0] : left + 2 * size[0]])
        found = sessions[1].run(["labels"], {"hu": tile[None, None]})[0][0, 0]
        whole = np.pad(labels[k], [(size[1], size[1]), (size[0], size[0])])
        whole[top + size[1] : top + 2 * size[1], left + size[0] : left + 2 * size[0]] = found
        labels[k] = whole[size[1] : -size[1], size[0] : -size[0]]
    return labels


def clean_up(labels, rules, voxel_ml):
    parts, count = ndimage.label(labels > 0, np.ones((3, 3, 3)))
    whole = np.bincount(parts.ravel(), minlength=count + 1) * voxel_ml
    organ = np.bincount(parts[labels == 1], minlength=count + 1) * voxel_ml
    fine = [n for n in range(1, count + 1) if whole[n] >= rules["minComponentMl"] and organ[n] >= rules["minOrganMl"]]
    kept = sorted(fine, key=lambda n: -whole[n])[: rules["maxComponents"] or None]
    labels[~np.isin(parts, kept)] = 0
    lesions, count = ndimage.label(labels == 2, np.ones((3, 3, 3)))
    small = np.bincount(lesions.ravel(), minlength=count + 1) * voxel_ml < rules["minLesionMl"]
    small[0] = False
    labels[small[lesions]] = 1


def write(folder, hu, labels, affine, colors):
    folder.mkdir(parents=True)
    nibabel.save(nibabel.Nifti1Image(labels.T, np.diag([-1, -1, 1, 1]) @ affine), folder / "mask.nii.gz")
    for k in np.nonzero(labels.any((1, 2)))[0]:
        grey = np.clip((hu[k].astype(np.float32) + 160) / 400 * 255, 0, 255).astype(np.uint8)
        picture = np.repeat(grey[:, :, None], 3, 2)
        for label, color in colors.items():
            mask = labels[k] == label
            outline = mask & ~ndimage.binary_erosion(mask)
            picture[mask] = (picture[mask] * 0.75 + np.array(color) * 0.25).astype(np.uint8)
            picture[outline] = color
        Image.fromarray(picture).save(folder / f"{k + 1:04d}.jpg", quality=90, subsampling=0)


def main():
    bundle, series, out, threads = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    manifest = json.loads((bundle / "manifest.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    sessions = [
        onnxruntime.InferenceSession(bundle / stage["file"], options, providers=["CPUExecutionProvider"])
        for stage in manifest["stages"]
    ]
    started, cpu = time.perf_counter(), time.process_time()
    hu, affine = read_series(series)
    read = time.perf_counter()
    labels = segment(sessions, manifest, hu)
    voxel_ml = abs(np.linalg.det(affine[:3, :3])) / 1000
    clean_up(labels, manifest["postprocessing"], voxel_ml)
    segmented = time.perf_counter()
    colors = {l["index"]: tuple(bytes.fromhex(l["color"][1:])) for l in manifest["labels"]}
    write(out, hu, labels, affine, colors)
    ended = time.perf_counter()
    for label in manifest["labels"]:
        print(f"{label['name']}: {(labels == label['index']).sum() * voxel_ml:.2f} ml")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    cpu_seconds = time.process_time() - cpu
    print(f"{len(hu)} slices: {ended - started:.2f} s (CPU {cpu_seconds:.2f} s), read {read - started:.2f}, "
          f"segment {segmented - read:.2f}, write {ended - segmented:.2f}; peak memory {memory:.0f} MB")
    # For bench/segment-beside-python.ts.
    print(json.dumps({"wallS": ended - started, "cpuS": cpu_seconds, "peakMb": memory}))


main()
