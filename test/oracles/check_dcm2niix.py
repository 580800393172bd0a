"""Checks that `convert` agrees with dcm2niix voxel for voxel, and with its affine within 1e-4 mm.

    check_dcm2niix.py --cli dist/cli/main.js FOLDER...

Each FOLDER holds one DICOM series. dcm2niix turns rows upside down; both outputs are brought to one orientation first.
Its native grid (x.nii) is compared, never the grids that it resamples itself (x_Tilt_1, x_Eq_1). Prints `ok …`,
`known …` or `FAIL …`, and exits 1 if one failed. Known are, and nothing else:

- padding: what pydicom finds within Pixel Padding Value … Pixel Padding Range Limit is air (-1024 HU) in ours, and left
  as it was stored by dcm2niix;
- uneven slices: an affine holds one step. dcm2niix puts the first one into its native grid and means its resampled one
  to be used; ours holds the mean step, so that first and last slice lie true. Columns i, j and the origin must agree.

Needs: dcm2niix (PyPI), nibabel, numpy, pydicom, SimpleITK; node.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

import check_geometry
from check_geometry import AFFINE_TOLERANCE_MM, AIR_HU, LPS_TO_RAS, affine_of_slices, check, normal_of, read_slices

UNEVEN_TOLERANCE_MM = 0.1

def canonical(image):
    image = nibabel.as_closest_canonical(image)
    return np.asarray(image.dataobj), image.affine


def padding_of(slices):
    """bool [i, j, k]: where a slice holds what its padding tags name."""
    volume = []
    for dataset in slices:
        first = dataset.get("PixelPaddingValue")
        ends = [] if first is None else sorted([int(first), int(dataset.get("PixelPaddingRangeLimit", first))])
        stored = dataset.pixel_array
        volume.append((stored >= ends[0]) & (stored <= ends[1]) if ends else np.zeros(stored.shape, bool))
    return np.transpose(np.array(volume), (2, 1, 0))


def step_lengths(slices):
    """Along the stack's own line, a slanted one where the gantry was tilted."""
    positions = np.array([s.ImagePositionPatient for s in slices], float)
    return np.linalg.norm(np.diff(positions, axis=0), axis=1)


def convert_with_dcm2niix(folder, out):
    out.mkdir()
    tool = pathlib.Path(sys.executable).parent / "dcm2niix"
    command = [str(tool), "-b", "n", "-z", "n", "-f", "x", "-o", str(out), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return out / "x.nii"


def compare(cli, folder, work):
    name = folder.name
    ours_path = work / "ours.nii.gz"
    subprocess.run(["node", str(cli), "convert", str(folder), str(ours_path)], check=True, capture_output=True)
    theirs_path = convert_with_dcm2niix(folder, work / "theirs")
    slices = read_slices(folder)
    ours, our_affine = canonical(nibabel.load(ours_path))
    theirs, their_affine = canonical(nibabel.load(theirs_path))
    padding, _ = canonical(nibabel.Nifti1Image(padding_of(slices).astype(np.uint8), affine_of_slices(slices)))
    shapes = f"{ours.shape}, dcm2niix {theirs.shape}, pydicom {padding.shape}"
    check(ours.shape == theirs.shape == padding.shape, f"{name}: size {shapes}")
    if not ours.shape == theirs.shape == padding.shape:
        return
    compare_voxels(name, ours, theirs, padding.astype(bool))
    compare_affines(name, our_affine, their_affine, slices)


def compare_voxels(name, ours, theirs, padding):
    different = int((ours != theirs)[~padding].sum())
    check(different == 0, f"{name}: {different} of {int((~padding).sum())} voxels differ")
    if padding.any():
        unlike_air = int((ours[padding] != AIR_HU).sum())
        check(unlike_air == 0, f"{name}: {unlike_air} of {int(padding.sum())} padding voxels are not air")
        print(f"known {name}: padding, by its tag, is {np.unique(theirs[padding]).tolist()} HU of dcm2niix")


def compare_affines(name, ours, theirs, slices):
    off = np.abs(ours - theirs)
    steps = step_lengths(slices)
    if len(steps) > 0 and np.ptp(steps) > UNEVEN_TOLERANCE_MM:
        even = off[:, [0, 1, 3]].max()
        check(even <= AFFINE_TOLERANCE_MM, f"{name}: affine columns i, j and origin off by {even:.2g} mm")
        mean = abs(np.linalg.norm(ours[:3, 2]) - steps.mean())
        check(mean <= AFFINE_TOLERANCE_MM, f"{name}: our k column is the mean step, {steps.mean():.4f} mm, off by {mean:.2g} mm")
        normal = LPS_TO_RAS[:3, :3] @ normal_of(slices[0])
        along = [abs(float(affine[:3, 2] @ normal)) for affine in (ours, theirs)]
        print(f"known {name}: uneven slices, steps along the normal {along[0]:.4f} mm (ours) and {along[1]:.4f} mm (dcm2niix)")
    else:
        check(off.max() <= AFFINE_TOLERANCE_MM, f"{name}: affine off by {off.max():.2g} mm")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True, type=pathlib.Path)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    for folder in arguments.folders:
        with tempfile.TemporaryDirectory() as work:
            compare(arguments.cli, folder, pathlib.Path(work))
    return 1 if check_geometry.failures else 0


if __name__ == "__main__":
    sys.exit(main())
