"""A mask of ours against a hand-made one of the liver on the same slices, read by SimpleITK.

    python check_liver.py --mask MASK.nii.gz --truth SEGMENTATION --least 0.92 --ct SERIES --least-soft-tissue 0.95

Prints the Dice coefficient, and that with the soft tissue of the truth: a hand-made outline may lie in the fat beside the liver, where a
right one must not follow it. Fails where either is lower than its least, or where mask and truth do not lie on each other.
"""

import argparse
import sys

import numpy as np
import SimpleITK as sitk

# Liver is above it and fat below it, once the grain is smoothed away.
SOFT_TISSUE_HU = 0
GRAIN_PIXELS = 2


def read_series(folder: str) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    return sitk.Cast(reader.Execute(), sitk.sitkFloat32)


def is_soft_tissue(ct: sitk.Image) -> np.ndarray:
    # Bone and lung beside the liver must not weigh more than fat does.
    smooth = sitk.DiscreteGaussian(sitk.Clamp(ct, lowerBound=-150, upperBound=200), [GRAIN_PIXELS**2, GRAIN_PIXELS**2, 0], 32, 0.01, False)
    return sitk.GetArrayFromImage(smooth) > SOFT_TISSUE_HU


def dice(found: np.ndarray, expected: np.ndarray) -> float:
    return 2 * np.count_nonzero(found & expected) / (np.count_nonzero(found) + np.count_nonzero(expected))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mask", required=True)
    parser.add_argument("--truth", required=True)
    parser.add_argument("--ct", required=True)
    parser.add_argument("--least", type=float, required=True)
    parser.add_argument("--least-soft-tissue", type=float, required=True)
    options = parser.parse_args()
    mask, truth, ct = sitk.ReadImage(options.mask), sitk.ReadImage(options.truth), read_series(options.ct)
    if mask.GetSize() != truth.GetSize():
        print(f"the mask has {mask.GetSize()} voxels, the truth {truth.GetSize()}")
        return 1
    # In the order of the mask's voxels, wherever the truth and the series begin.
    truth, ct = (sitk.Resample(image, mask, sitk.Transform(), sitk.sitkNearestNeighbor) for image in (truth, ct))
    found, expected = sitk.GetArrayFromImage(mask) > 0, sitk.GetArrayFromImage(truth) > 0
    if not expected.any():
        print("the truth is empty where the mask lies")
        return 1
    soft = expected & is_soft_tissue(ct)
    whole, within = dice(found, expected), dice(found, soft)
    print(f"Dice {whole:.3f}; {within:.3f} with the soft tissue of the truth, which has {dice(soft, expected):.3f} itself")
    return 0 if whole >= options.least and within >= options.least_soft_tissue else 1


if __name__ == "__main__":
    sys.exit(main())
