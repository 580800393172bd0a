"""Checks that voxwatch reads every kind of NIfTI as nibabel does, and writes files that other readers lay in place.

    check_nifti.py [--only TEXT] [--tilted <DICOM folder>] [--mask <mask.nii.gz>]

Writes variants of one small image with nibabel (data types, byte orders, versions, pairs, scaling, orientation by
qform, sform, both or neither, voxel orders, units, gzip), converts each with `node dist/cli/main.js convert`, and
compares voxels (HU, rounded and clamped) and affine with what nibabel reads of the variant; SimpleITK must see the output
where it sees the input. What must be refused has to end with exit code 3. With --tilted, a DICOM series with gantry tilt
is converted too: nibabel must read the sheared affine, SimpleITK the straight one that it makes of the series itself.
With --mask, nibabel reads the label names of a mask that voxwatch wrote. Prints one line a case, `ok …` or `FAIL …`, and
exits 1 if one failed.

Needs: nibabel, SimpleITK, numpy.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
import SimpleITK as sitk

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPE = (5, 6, 7)
AFFINE_TOLERANCE_MM = 1e-4
AIR_HU = -1024
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]
MM_PER_UNIT = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}

failures = 0


def check(passed, name, text=""):
    global failures
    failures += 0 if passed else 1
    print(("ok   " if passed else "FAIL ") + name + (f": {text}" if text and not passed else ""), flush=True)


def convert(source, target):
    command = ["node", str(ROOT / "dist/cli/main.js"), "convert", str(source), str(target)]
    return subprocess.run(command, capture_output=True, text=True)


def values_for(dtype):
    """Every voxel another value, over the range of a CT as far as the type has it."""
    rank = np.arange(np.prod(SHAPE)).reshape(SHAPE, order="F") * 7919 % 4000
    if dtype.kind == "u":
        return (rank % 256 if dtype.itemsize == 1 else rank).astype(dtype)
    if dtype.kind == "i":
        return (rank % 256 - 128 if dtype.itemsize == 1 else rank - 1000).astype(dtype)
    return (rank - 1000 + 0.25).astype(dtype)


def rotation(degrees=12.0):
    a, b = np.radians(degrees), np.radians(degrees / 2)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return about_z @ about_x


def affine_of(directions, spacing=(0.75, 0.875, 2.5), origin=(-100.5, 90.25, 33.0)):
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(directions, float) @ np.diag(spacing)
    affine[:3, 3] = origin
    return affine


STANDARD = affine_of(np.diag([-1, -1, 1]))


def image_of(dtype="int16", order="<", version=1, pair=False, affine=STANDARD, sform=1, qform=1, scaling=None, units="mm"):
    dtype = np.dtype(dtype)
    classes = {(1, False): nibabel.Nifti1Image, (1, True): nibabel.Nifti1Pair, (2, False): nibabel.Nifti2Image, (2, True): nibabel.Nifti2Pair}
    image_class = classes[version, pair]
    header = image_class.header_class(endianness=order)
    header.set_data_dtype(dtype.newbyteorder(order))
    image = image_class(values_for(dtype), affine, header, dtype=dtype)
    image.set_sform(affine, sform)
    image.set_qform(affine, qform)
    image.header.set_xyzt_units(units)
    if scaling:
        image.header.set_slope_inter(*scaling)
    return image


def signed_permutations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            yield np.eye(3)[:, order] * signs


def variants(tmp):
    """(name, path to convert)"""

    def saved(name, extension=".nii", **options):
        path = tmp / (name.replace(" ", "-").replace("/", "-") + extension)
        nibabel.save(image_of(**options), path)
        return name, path

    for dtype in TYPES:
        for order in "<>":
            yield saved(f"{dtype} {'little' if order == '<' else 'big'} endian", dtype=dtype, order=order)
    yield saved("version 2", version=2)
    yield saved("version 2 big endian gz", ".nii.gz", version=2, order=">", dtype="float32")
    for version in (1, 2):
        name, path = saved(f"pair, version {version}", ".img", version=version, pair=True)
        yield name, path.with_suffix(".hdr")
    name, path = saved("pair gz", ".img.gz", pair=True)
    yield name, path.with_name(path.name.replace(".img.gz", ".hdr.gz"))
    yield saved("gz", ".nii.gz")
    yield saved("slope and intercept", dtype="uint8", scaling=(8.5, -1024.0))
    yield saved("slope and intercept, big endian gz", ".nii.gz", dtype="uint16", order=">", scaling=(0.5, -1000.0))
    yield saved("values beyond int16", dtype="float64", scaling=(100.0, 0.0))
    oblique = affine_of(rotation())
    for name, sform, qform in [("qform alone", 0, 1), ("sform alone", 2, 0), ("neither form", 0, 0), ("both forms", 4, 1)]:
        yield saved(name, affine=oblique, sform=sform, qform=qform)
    yield saved("qform alone, left-handed", affine=affine_of(rotation() @ np.diag([1, 1, -1])), sform=0)
    sheared = affine_of(np.array([[-1, 0, 0], [0, -1, 0.3], [0, 0, 1]]))
    yield saved("sheared sform", affine=sheared, qform=0)
    for n, directions in enumerate(signed_permutations()):
        if n % 4 == 1:
            yield saved(f"voxel order {''.join(nibabel.aff2axcodes(affine_of(directions)))}", affine=affine_of(directions))
    for units in ("micron", "meter", "unknown"):
        yield saved(f"units {units}", units=units)


def affine_mm(image):
    return np.diag([*[MM_PER_UNIT[image.header.get_xyzt_units()[0]]] * 3, 1.0]) @ image.affine


def expected_hu(image):
    values = np.nan_to_num(np.asarray(image.dataobj, dtype=float), nan=AIR_HU)
    return np.clip(np.floor(values + 0.5), -32768, 32767).astype(np.int16)


def place_of_sitk(path):
    """Size, spacing, origin, direction; nothing if SimpleITK refuses the file."""
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError:
        return None
    return np.concatenate([image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()])


def check_variant(name, path, target):
    done = convert(path, target)
    if done.returncode != 0:
        check(False, name, done.stderr.strip())
        return
    source, written = nibabel.load(path), nibabel.load(target)
    problems = []
    if not np.array_equal(expected_hu(source), np.asarray(written.dataobj)):
        problems.append("voxels differ from nibabel's")
    difference = np.abs(affine_mm(source) - affine_mm(written)).max()
    if not difference <= AFFINE_TOLERANCE_MM * max(1.0, np.abs(affine_mm(source)).max() / 1000):
        problems.append(f"affine off by {difference:.3g} mm")
    before, after = place_of_sitk(path), place_of_sitk(target)
    if (before is None) != (after is None) or (before is not None and not np.allclose(before, after, atol=1e-6)):
        problems.append("SimpleITK sees it elsewhere")
    check(not problems, name, "; ".join(problems))


def check_refused(name, path, target, text):
    done = convert(path, target)
    check(done.returncode == 3 and text in done.stderr, f"refused: {name}", f"exit {done.returncode}: {done.stderr.strip()}")


def refusals(tmp):
    """(name, path, words that the message must hold)"""
    rgb = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgba = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1"), ("A", "u1")])
    for name, data, text in [
        ("RGB", rgb, "RGB"),
        ("RGBA", rgba, "RGBA"),
        ("complex64", np.zeros(SHAPE, np.complex64), "complex"),
        ("complex128", np.zeros(SHAPE, np.complex128), "complex"),
        ("three volumes", np.zeros((*SHAPE, 3), np.int16), "volume"),
    ]:
        path = tmp / f"refused-{name.replace(' ', '-')}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(data, STANDARD), path)
        yield name, path, text


def check_labels(target):
    """The label names of a mask that voxwatch wrote, as nibabel reads them."""
    extensions = nibabel.load(target).header.extensions
    check(len(extensions) == 1 and extensions[0].get_code() == 6, "label names: one header extension with code 6")
    content = extensions[0].get_content()
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    labels = json.loads(text.rstrip("\0"))["labels"]
    check(all({"index", "name", "color", "code"} <= set(label) for label in labels), "label names: index, name, colour, code each")


def check_tilted(folder, target):
    done = convert(folder, target)
    if done.returncode != 0:
        check(False, "tilted series", done.stderr.strip())
        return
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    series, written = reader.Execute(), sitk.ReadImage(str(target))
    affine = nibabel.load(target).affine
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    check(abs(axes[:, 1] @ axes[:, 2]) > 0.1, "tilted series: nibabel reads a sheared affine")
    check(series.GetSize() == written.GetSize(), "tilted series: SimpleITK opens it")
    check(np.allclose(series.GetDirection(), written.GetDirection(), atol=1e-3), "tilted series: in the direction that SimpleITK gives the series")
    check(np.allclose(series.GetOrigin(), written.GetOrigin(), atol=1e-3), "tilted series: at the origin that SimpleITK gives the series")
    print(f"     SimpleITK: series spacing {series.GetSpacing()}, ours {written.GetSpacing()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--tilted", type=pathlib.Path, help="a DICOM series with gantry tilt")
    parser.add_argument("--mask", type=pathlib.Path, help="a mask that voxwatch wrote: its label names are read")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        for name, path in variants(tmp):
            if arguments.only in name:
                check_variant(name, path, tmp / "out.nii.gz")
        for name, path, text in refusals(tmp):
            if arguments.only in name:
                check_refused(name, path, tmp / "out.nii.gz", text)
        if arguments.tilted:
            check_tilted(arguments.tilted, tmp / "tilted.nii.gz")
        if arguments.mask:
            check_labels(arguments.mask)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
