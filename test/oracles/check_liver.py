"""A mask of ours against a hand-made one of the liver on the same slices, read by SimpleITK.

    python check_liver.py --mask MASK.nii.gz --truth SEGMENTATION --least 0.92

Prints the Dice coefficient; fails where it is lower than the least, or where the two do not lie on each other.
"""

import argparse
import sys

import numpy as np
import SimpleITK as sitk


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mask", required=True)
    parser.add_argument("--truth", required=True)
    parser.add_argument("--least", type=float, required=True)
    options = parser.parse_args()
    mask, truth = sitk.ReadImage(options.mask), sitk.ReadImage(options.truth)
    if mask.GetSize() != truth.GetSize():
        print(f"the mask has {mask.GetSize()} voxels, the truth {truth.GetSize()}")
        return 1
    # In the order of the mask's voxels, wherever the truth begins.
    truth = sitk.Resample(truth, mask, sitk.Transform(), sitk.sitkNearestNeighbor)
    found, expected = sitk.GetArrayFromImage(mask) > 0, sitk.GetArrayFromImage(truth) > 0
    if not expected.any():
        print("the truth is empty where the mask lies")
        return 1
    dice = 2 * np.count_nonzero(found & expected) / (np.count_nonzero(found) + np.count_nonzero(expected))
    print(f"Dice {dice:.3f}")
    return 0 if dice >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
