"""Checks that `convert` agrees with dcm2niix voxel for voxel, and with its affine within 1e-4 mm.

    check_dcm2niix.py --cli dist/cli/main.js FOLDER...

Each FOLDER holds one DICOM series. dcm2niix turns rows upside down; both outputs are brought to one orientation first.
Its native grid (x.nii) is compared, never the grids that it resamples itself (x_Tilt_1, x_Eq_1).
Prints `ok …`, `known …` or `FAIL …`, and exits 1 on any disagreement that KNOWN does not explain.

Needs: dcm2niix (PyPI), nibabel, numpy; node.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

AFFINE_TOLERANCE_MM = 1e-4
AIR_HU = -1024

KNOWN_STEP = "uneven slices: dcm2niix' native affine holds the first step, ours the mean step"
KNOWN_PADDING = "padding: dcm2niix keeps stored padding values below -1024 HU, ours are air"

failures = 0


def report(passed, text):
    global failures
    failures += 0 if passed else 1
    print(("ok   " if passed else "FAIL ") + text)


def canonical(path):
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return np.asarray(image.dataobj), image.affine


def has_uneven_slices(folder):
    """By dcm2niix itself: it writes a resampled x_Eq beside the native grid."""
    return any("_Eq" in path.name for path in folder.glob("x*.nii"))


def compare(cli, folder, work):
    name = folder.name
    ours_path = work / "ours.nii.gz"
    subprocess.run(["node", str(cli), "convert", str(folder), str(ours_path)], check=True, capture_output=True)
    theirs_folder = work / "theirs"
    theirs_folder.mkdir()
    tool = pathlib.Path(sys.executable).parent / "dcm2niix"
    command = [str(tool), "-b", "n", "-z", "n", "-f", "x", "-o", str(theirs_folder), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    ours, our_affine = canonical(ours_path)
    theirs, their_affine = canonical(theirs_folder / "x.nii")
    report(ours.shape == theirs.shape, f"{name}: size {ours.shape}, dcm2niix {theirs.shape}")
    if ours.shape != theirs.shape:
        return
    different = ours != theirs
    padded = different & (ours == AIR_HU) & (theirs < AIR_HU)
    report(not (different & ~padded).any(), f"{name}: {int((different & ~padded).sum())} of {ours.size} voxels differ")
    if padded.any():
        print(f"known {name}: {int(padded.sum())} voxels, {KNOWN_PADDING}")
    off = np.abs(our_affine - their_affine)
    if has_uneven_slices(theirs_folder):
        print(f"known {name}: k column off by {off[:, 2].max():.3g} mm, {KNOWN_STEP}")
        off[:, 2] = 0
    report(off.max() <= AFFINE_TOLERANCE_MM, f"{name}: affine off by {off.max():.2g} mm")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True, type=pathlib.Path)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    for folder in arguments.folders:
        with tempfile.TemporaryDirectory() as work:
            compare(arguments.cli, folder, pathlib.Path(work))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
