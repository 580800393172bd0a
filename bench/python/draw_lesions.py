"""Lesions drawn into the liver of a real CT: how does a bundle do on real grain, of a patient whom it has not seen?

    python bench/python/draw_lesions.py --ct CT.nii.gz --liver liver.nrrd --out cases [--count 30]
    voxwatch evaluate --model liver-tumour --data cases --truth-label 7=liver --truth-label 9=tumour --out scores

The liver is brightened by 0, 30, 50 or 65 HU, as contrast medium does, evenly. Each case but every fifth has one to three ellipses with
an uneven edge, 4 to 22 mm in radius (evenly in its logarithm), 15 to 60 HU darker than the liver, blurred by 1.2 mm: the same in every
slice, so scans of a few thin slices are what it is for. What is drawn is no real tumour; what is round it is a real liver.
"""

import argparse
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
from scipy import ndimage

BRIGHTER_HU = (0, 0, 30, 50, 65)
RADIUS_MM = (4, 22)
DARKER_HU = (15, 60)
EDGE_MM = 1.2
LIVER, LESION = 7, 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ct", required=True)
    parser.add_argument("--liver", required=True, help="a mask that SimpleITK reads; what is above 0 is liver")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    image = nibabel.load(options.ct)
    hu = np.asarray(image.dataobj).astype(np.float32)
    liver = liver_on(options.ct, options.liver)
    spacing = nibabel.affines.voxel_sizes(image.affine)
    if abs(spacing[0] - spacing[1]) > 1e-3:
        raise SystemExit("pixels must be square")
    random = np.random.default_rng(options.seed)
    for number in range(options.count):
        drawn, truth = draw(hu, liver, float(spacing[0]), random, is_healthy=number % 5 == 4)
        folder = options.out / f"case_{number:05d}"
        folder.mkdir(parents=True)
        nibabel.save(nibabel.Nifti1Image(np.round(drawn).astype(np.int16), image.affine), folder / "imaging.nii.gz")
        nibabel.save(nibabel.Nifti1Image(truth, image.affine), folder / "segmentation.nii.gz")


def liver_on(ct: str, mask: str) -> np.ndarray:
    """The mask on the grid of the CT, axes as nibabel has them."""
    moved = sitk.Resample(sitk.ReadImage(mask), sitk.ReadImage(ct), sitk.Transform(), sitk.sitkNearestNeighbor)
    return sitk.GetArrayFromImage(moved).transpose(2, 1, 0) > 0


def draw(hu, liver, pixel_mm, random, is_healthy):
    drawn = hu + float(random.choice(BRIGHTER_HU)) * ndimage.gaussian_filter(liver.astype(np.float32), (1, 1, 0))
    truth = np.where(liver, LIVER, 0).astype(np.uint8)
    middle = liver.shape[2] // 2
    inside = np.argwhere(ndimage.binary_erosion(liver[:, :, middle], np.ones((15, 15))))
    for _ in range(0 if is_healthy else random.integers(1, 4)):
        shape = ellipse(inside[random.integers(len(inside))], liver.shape[:2], pixel_mm, random)
        lesion = shape[:, :, None] & liver & (truth != LESION)
        if lesion.sum() < 30:
            continue
        edge = ndimage.gaussian_filter(lesion.astype(np.float32), (EDGE_MM / pixel_mm, EDGE_MM / pixel_mm, 0))
        drawn -= random.uniform(*DARKER_HU) * edge * liver
        truth[lesion] = LESION
    return drawn, truth


def ellipse(centre, size, pixel_mm, random):
    radius = np.exp(random.uniform(*np.log(RADIUS_MM))) / pixel_mm
    x, y = np.meshgrid(*(np.arange(length) for length in size), indexing="ij")
    turn, stretch = random.uniform(0, np.pi), np.exp(0.15 * random.normal())
    along = (x - centre[0]) * np.cos(turn) + (y - centre[1]) * np.sin(turn)
    across = (y - centre[1]) * np.cos(turn) - (x - centre[0]) * np.sin(turn)
    uneven = ndimage.gaussian_filter(random.normal(size=size), radius / 2)
    return np.hypot(along * stretch, across / stretch) < radius * (1 + 0.1 * uneven / uneven.std())


main()
