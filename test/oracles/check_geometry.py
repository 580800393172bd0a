"""Checks that a NIfTI written by voxwatch lies exactly where other readers see its input.

    check_geometry.py --input <DICOM folder | NIfTI file> --mask <written.nii.gz> [--voxels]

For DICOM the input is read by SimpleITK (GDCM series reader) and by pydicom with the plane equation of PS3.3
C.7.6.2.1.1; for NIfTI by nibabel and SimpleITK. Compared are size, affine (1e-4 mm; for NIfTI bit for bit) and voxel
order; with --voxels (for the output of `convert`) also every voxel: HU as pydicom or nibabel read them, pixel padding
as -1024. Prints one line a check, `ok …`, `skip …` or `FAIL …`, and exits 1 if one failed.

Needs: pydicom, SimpleITK, nibabel, numpy.
"""

import argparse
import pathlib
import sys

import nibabel
import numpy as np
import pydicom
import SimpleITK as sitk

AFFINE_TOLERANCE_MM = 1e-4
TILT_TOLERANCE_DEGREES = 0.1
AIR_HU = -1024
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])

failures = 0


def check(passed, text):
    global failures
    failures += 0 if passed else 1
    print(("ok   " if passed else "FAIL ") + text)


def skip(text):
    print("skip " + text)


def affine_of_sitk(image):
    """voxel -> RAS."""
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return LPS_TO_RAS @ affine


def check_affine(name, expected, found):
    difference = float(np.abs(expected - found).max())
    check(difference <= AFFINE_TOLERANCE_MM, f"affine as {name} reads the input: off by {difference:.2g} mm")


def check_size(name, expected, found):
    check(tuple(expected) == tuple(found), f"size as {name} reads the input: {tuple(expected)}, written {tuple(found)}")


def check_voxels(name, expected, found):
    if expected.shape != found.shape:
        check(False, f"voxels as {name} reads the input: shapes {expected.shape} and {found.shape}")
        return
    different = int((expected != found).sum())
    check(different == 0, f"voxels as {name} reads the input: {different} of {expected.size} differ")


def read_slices(folder):
    """CT slices of the folder's largest series, ascending along the slice normal."""
    by_series = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        try:
            dataset = pydicom.dcmread(path)
        except (pydicom.errors.InvalidDicomError, IsADirectoryError, PermissionError):
            continue
        if dataset.get("Modality") == "CT" and "ImagePositionPatient" in dataset:
            by_series.setdefault(dataset.SeriesInstanceUID, []).append(dataset)
    slices = max(by_series.values(), key=len)
    normal = normal_of(slices[0])
    return sorted(slices, key=lambda s: np.dot(normal, np.array(s.ImagePositionPatient, float)))


def normal_of(dataset):
    orientation = np.array(dataset.ImageOrientationPatient, float)
    return np.cross(orientation[:3], orientation[3:])


def affine_of_slices(slices):
    """voxel -> RAS: i along the rows, j along the columns, k through the slices (a tilt is a shear)."""
    first = slices[0]
    orientation = np.array(first.ImageOrientationPatient, float)
    between_rows, between_columns = (float(v) for v in first.PixelSpacing)
    positions = np.array([s.ImagePositionPatient for s in slices], float)
    affine = np.eye(4)
    affine[:3, 0] = orientation[:3] * between_columns
    affine[:3, 1] = orientation[3:] * between_rows
    if len(slices) > 1:
        affine[:3, 2] = (positions[-1] - positions[0]) / (len(slices) - 1)
    else:
        affine[:3, 2] = normal_of(first) * float(first.get("SliceThickness") or 1)
    affine[:3, 3] = positions[0]
    return LPS_TO_RAS @ affine


def hu_of_slices(slices):
    """int16 [i, j, k]; padding as air."""
    volume = []
    for dataset in slices:
        stored = dataset.pixel_array.astype(np.int64)
        hu = stored * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))
        hu = np.floor(hu + 0.5)
        if "PixelPaddingValue" in dataset:
            ends = [int(dataset.PixelPaddingValue), int(dataset.get("PixelPaddingRangeLimit", dataset.PixelPaddingValue))]
            hu[(stored >= min(ends)) & (stored <= max(ends))] = AIR_HU
        volume.append(np.clip(hu, -32768, 32767).astype(np.int16))
    return np.transpose(np.array(volume), (2, 1, 0))


def tilt_degrees(slices):
    if len(slices) < 2:
        return 0.0
    step = np.array(slices[-1].ImagePositionPatient, float) - np.array(slices[0].ImagePositionPatient, float)
    normal = normal_of(slices[0])
    cosine = np.dot(step, normal) / np.linalg.norm(step) / np.linalg.norm(normal)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def read_series_with_sitk(folder, series_uid):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series_uid))
    return reader.Execute()


def check_dicom(folder, written_path, written, with_voxels):
    slices = read_slices(folder)
    found = np.asarray(written.dataobj)
    check_size("pydicom", (slices[0].Columns, slices[0].Rows, len(slices)), written.shape)
    check_affine("pydicom", affine_of_slices(slices), written.affine)
    image = read_series_with_sitk(folder, slices[0].SeriesInstanceUID)
    check_size("SimpleITK", image.GetSize(), written.shape)
    if tilt_degrees(slices) > TILT_TOLERANCE_DEGREES:
        skip("affine as SimpleITK reads the input: it does not know gantry tilt")
    else:
        check_affine("SimpleITK", affine_of_sitk(image), written.affine)
        check_affine("SimpleITK", affine_of_sitk(image), affine_of_sitk(sitk.ReadImage(str(written_path))))
    if with_voxels:
        expected = hu_of_slices(slices)
        check_voxels("pydicom", expected, found)
        hu = np.transpose(sitk.GetArrayFromImage(image), (2, 1, 0))
        # SimpleITK does not know padding: compare where pydicom saw none.
        known = expected != AIR_HU
        check_voxels("SimpleITK (without padding)", np.where(known, hu, 0), np.where(known, found, 0))


def check_nifti(path, written, with_voxels):
    source = nibabel.load(path)
    shape = tuple(source.shape) + (1,) * (3 - len(source.shape))
    check_size("nibabel", shape[:3], written.shape)
    check(np.array_equal(source.affine, written.affine), "affine as nibabel reads the input: bit for bit")
    fields = ["qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"]
    fields += ["srow_x", "srow_y", "srow_z"]
    same = all(np.array_equal(source.header[f], written.header[f], equal_nan=True) for f in fields)
    check(same and np.array_equal(source.header["pixdim"][:4], written.header["pixdim"][:4]), "orientation fields of the header")
    if with_voxels:
        values = np.asarray(source.dataobj, dtype=float).reshape(written.shape)
        values = np.clip(np.floor(np.nan_to_num(values, nan=AIR_HU) + 0.5), -32768, 32767).astype(np.int16)
        check_voxels("nibabel", values, np.asarray(written.dataobj))


def check_both_with_sitk(path, written_path, shape):
    """Both files through SimpleITK; it refuses sheared images, whoever wrote them."""
    try:
        source = sitk.ReadImage(str(path))
    except RuntimeError:
        skip("geometry as SimpleITK reads both: it cannot read the input")
        return
    image = sitk.ReadImage(str(written_path))
    check_size("SimpleITK", source.GetSize()[:3], shape)
    same = source.GetOrigin()[:3] == image.GetOrigin() and source.GetSpacing()[:3] == image.GetSpacing()
    if source.GetDimension() == 3:
        same = same and source.GetDirection() == image.GetDirection()
    check(same, "origin, spacing, direction as SimpleITK reads both: bit for bit")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", required=True, type=pathlib.Path)
    parser.add_argument("--mask", required=True, type=pathlib.Path)
    parser.add_argument("--voxels", action="store_true", help="compare voxels too: for the output of convert")
    arguments = parser.parse_args()
    written = nibabel.load(arguments.mask)
    if arguments.input.is_dir():
        check_dicom(arguments.input, arguments.mask, written, arguments.voxels)
    else:
        check_nifti(arguments.input, written, arguments.voxels)
        check_both_with_sitk(arguments.input, arguments.mask, written.shape)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
