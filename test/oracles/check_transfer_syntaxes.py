"""Checks that `convert` reads a CT in every transfer syntax and wrapping as pydicom does.

    check_transfer_syntaxes.py [--real <folder of DICOM files, each of one slice>] [-- <command of voxwatch>]

Makes small CT series and multi-frame CTs in memory, signed and unsigned, of 12 and 16 bits, and writes each as implicit,
explicit, big-endian, deflated, RLE and JPEG 2000, without preamble, without meta group, with sequences as UN; multi-frame
ones with their frames in random order, a rescale each, with a basic, an empty and an extended offset table, and several
fragments a frame. Each goes through `convert`; HU must be those of pydicom bit for bit, the affine within 1e-4 mm.
With --real the files of a folder go the same way. Prints one line a case, `ok …` or `FAIL …`, and exits 1 if one failed.

JPEG of 8 bits (….4.50) is lossy, and the standard leaves the arithmetic of the inverse cosine transform to the decoder.
HU must be those of SimpleITK (GDCM, which has the arithmetic of libjpeg, as our decoder does) bit for bit; pydicom decodes
with another (pylibjpeg-libjpeg) here, and its stored values may differ by one: the line says in how many pixels. HU are
whole numbers here: where the slope is not, every level of a picture of 8 bits is rounded by its own amount, and with most
pixels on the few levels of air the mean shifts; the line says by how much. JPEG Extended of 12 bits must be refused with
its UID.

Needs: pydicom, pylibjpeg with openjpeg and libjpeg, SimpleITK, nibabel, numpy.
"""

import argparse
import concurrent.futures
import copy
import io
import pathlib
import struct
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    generate_uid,
)

AFFINE_TOLERANCE_MM = 1e-4
AIR_HU = -1024
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
ROWS, COLUMNS, SLICES = 36, 40, 5  # OpenJPEG encodes nothing below 32
CT, ENHANCED_CT, LEGACY_CT = (f"1.2.840.10008.5.1.4.1.1.2{rest}" for rest in ("", ".1", ".2"))
JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
NATIVE = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
COMPRESSED = {"RLE": RLELossless, "JPEG 2000": JPEG2000Lossless}
PER_FRAME = 0x52009230
PARALLEL = 2
REFUSED = 3


# What is written


def stored_values(bits, signed):
    """[slice, row, column]: a slope with noise over the whole range, its ends among them."""
    random = np.random.default_rng(7)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    slope = np.linspace(low, high, SLICES * ROWS * COLUMNS).reshape(SLICES, ROWS, COLUMNS)
    values = np.clip(np.rint(slope + random.normal(0, 40, slope.shape)), low, high)
    values[:, 0, 0], values[:, 0, 1] = low, high
    return values.astype(np.int16 if signed else np.uint16)


def base(sop_class, bits, signed):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, generate_uid()
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Modality, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = "CT", generate_uid(), generate_uid()
    dataset.FrameOfReferenceUID, dataset.SeriesNumber, dataset.PatientName = generate_uid(), 3, "Nobody"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PixelRepresentation = int(signed)
    return dataset


def position(k):
    return [-12.5, 7.25, 100 - 2.5 * k]


def plain_series(bits, signed):
    """One file a slice; another intercept each, and a padding value."""
    values = stored_values(bits, signed)
    first = base(CT, bits, signed)
    files = []
    for k in range(SLICES):
        dataset = copy.deepcopy(first)
        dataset.SOPInstanceUID, dataset.InstanceNumber = generate_uid(), k + 1
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = position(k), [1, 0, 0, 0, 0.8, -0.6]
        dataset.PixelSpacing, dataset.SliceThickness = [0.75, 0.5], 9
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1000 - k
        dataset.add_new("PixelPaddingValue", "SS" if signed else "US", int(values[k, 3, 4]))
        set_pixels(dataset, values[k : k + 1])
        files.append(dataset)
    return files


def multi_frame(bits, signed, sop_class=ENHANCED_CT):
    """One file; frames in random order."""
    dataset = base(sop_class, bits, signed)
    dataset.NumberOfFrames = SLICES
    shared = Dataset()
    shared.PlaneOrientationSequence = [item(ImageOrientationPatient=[1, 0, 0, 0, 0.8, -0.6])]
    shared.PixelMeasuresSequence = [item(PixelSpacing=[0.75, 0.5], SliceThickness=9)]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for n, k in enumerate(np.random.default_rng(3).permutation(SLICES)):
        frame = Dataset()
        frame.PlanePositionSequence = [item(ImagePositionPatient=position(int(k)))]
        rescale = item(RescaleSlope=1 + n % 2, RescaleIntercept=-1000 - n, RescaleType="HU")
        frame.PixelValueTransformationSequence = [rescale]
        frame.CTImageFrameTypeSequence = [item(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])]
        if sop_class == LEGACY_CT:
            frame.UnassignedPerFrameConvertedAttributesSequence = [item(AcquisitionNumber=1, InstanceNumber=n + 1)]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    set_pixels(dataset, stored_values(bits, signed))
    return dataset


def item(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def set_pixels(dataset, values):
    dataset.add_new("PixelData", "OW", values.astype(values.dtype.newbyteorder("<")).tobytes())


# How it is written


def as_file(dataset, syntax, preamble=True, meta=True):
    dataset = copy.deepcopy(dataset)
    if syntax == ExplicitVRBigEndian:
        dataset["PixelData"].value = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    buffer = io.BytesIO()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    if meta:
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
        return buffer.getvalue()[0 if preamble else 128 :]
    del dataset.file_meta
    implicit = syntax == ImplicitVRLittleEndian
    pydicom.dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=syntax != ExplicitVRBigEndian)
    return buffer.getvalue()


def compressed(dataset, syntax, table="basic", fragments=1):
    """table: basic, empty or extended."""
    dataset = copy.deepcopy(dataset)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.compress(syntax, generate_instance_uid=False)
    frames = list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1))))
    if table == "extended":
        dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    else:
        dataset.PixelData = encapsulate(frames, fragments_per_frame=fragments, has_bot=table == "basic")
    dataset["PixelData"].is_undefined_length = True
    return as_file(dataset, syntax)


def with_unknown_sequence(dataset, undefined_length):
    """Explicit little endian, but the per-frame groups as UN, which are implicit little endian inside."""
    rest = copy.deepcopy(dataset)
    only = Dataset()
    only[PER_FRAME] = rest[PER_FRAME]
    del rest[PER_FRAME]
    only[PER_FRAME].is_undefined_length = undefined_length
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, only, implicit_vr=True, little_endian=True)
    head, content = buffer.getvalue()[:8], buffer.getvalue()[8:]
    whole = as_file(rest, ExplicitVRLittleEndian)
    pixels_at = whole.rindex(struct.pack("<HH", 0x7FE0, 0x0010) + b"OW")
    return whole[:pixels_at] + head[:4] + b"UN\0\0" + head[4:] + content + whole[pixels_at:]


def cases():
    """name, bytes of each file[, the same as pydicom can read them]."""
    for bits, signed in ((12, False), (16, True), (12, True), (16, False)):
        kind = f"{'signed' if signed else 'unsigned'} {bits} bits"
        series, multi = plain_series(bits, signed), multi_frame(bits, signed)
        for name, syntax in NATIVE.items():
            yield f"{kind}, slices, {name}", [as_file(one, syntax) for one in series]
            yield f"{kind}, multi-frame, {name}", [as_file(multi, syntax)]
        for name, syntax in COMPRESSED.items():
            yield f"{kind}, slices, {name}", [compressed(one, syntax) for one in series]
            yield f"{kind}, multi-frame, {name}, basic offset table", [compressed(multi, syntax)]
        if (bits, signed) not in ((12, False), (16, True)):
            continue
        for name, syntax in COMPRESSED.items():
            for table in ("empty", "extended"):
                yield f"{kind}, multi-frame, {name}, {table} offset table", [compressed(multi, syntax, table)]
            yield f"{kind}, multi-frame, {name}, basic offset table, 3 fragments a frame", [compressed(multi, syntax, fragments=3)]
            yield f"{kind}, slices, {name}, 3 fragments", [compressed(one, syntax, "empty", 3) for one in series]
        yield f"{kind}, multi-frame, JPEG 2000, no table, 3 fragments a frame", [compressed(multi, JPEG2000Lossless, "empty", 3)]
        whole = [as_file(one, ExplicitVRLittleEndian) for one in series]
        for name in ("implicit", "explicit", "big endian"):
            yield f"{kind}, slices, {name}, no meta group", [as_file(one, NATIVE[name], meta=False) for one in series], whole
            yield f"{kind}, slices, {name}, no preamble", [as_file(one, NATIVE[name], preamble=False) for one in series], whole
        yield f"{kind}, multi-frame, sequence as UN", [with_unknown_sequence(multi, False)]
        yield f"{kind}, multi-frame, sequence as UN of undefined length", [with_unknown_sequence(multi, True)]
        legacy = multi_frame(bits, signed, LEGACY_CT)
        yield f"{kind}, Legacy Converted, explicit", [as_file(legacy, ExplicitVRLittleEndian)]
        yield f"{kind}, Legacy Converted, RLE", [compressed(legacy, RLELossless)]


# What pydicom reads


def slices_of(dataset):
    """(position, orientation, spacing, HU before rounding, slope, whether padding) of each frame."""
    pixels = dataset.pixel_array.astype(np.int64).reshape(-1, dataset.Rows, dataset.Columns)
    shared = dataset.get("SharedFunctionalGroupsSequence", [Dataset()])[0]
    groups = dataset.get("PerFrameFunctionalGroupsSequence", [Dataset()])

    def value(frame, group, keyword):
        for layer in (frame, shared):
            if group in layer:
                return layer[group][0].get(keyword)
        return dataset.get(keyword)

    for frame, stored in zip(groups, pixels, strict=True):
        slope = float(value(frame, "PixelValueTransformationSequence", "RescaleSlope") or 1)
        intercept = float(value(frame, "PixelValueTransformationSequence", "RescaleIntercept") or 0)
        padding = stored == dataset.PixelPaddingValue if "PixelPaddingValue" in dataset else np.zeros(stored.shape, bool)
        yield (
            np.array(value(frame, "PlanePositionSequence", "ImagePositionPatient"), float),
            np.array(value(frame, "PlaneOrientationSequence", "ImageOrientationPatient"), float),
            [float(v) for v in value(frame, "PixelMeasuresSequence", "PixelSpacing")],
            stored * slope + intercept,
            slope,
            padding,
        )


def expected_of(files):
    """affine (voxel -> RAS), HU [i, j, k] before rounding, slope, where padding is."""
    datasets = [pydicom.dcmread(io.BytesIO(content)) for content in files]
    slices = [one for dataset in datasets for one in slices_of(dataset)]
    orientation, spacing = slices[0][1], slices[0][2]
    normal = np.cross(orientation[:3], orientation[3:])
    slices.sort(key=lambda one: np.dot(normal, one[0]))
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = orientation[:3] * spacing[1], orientation[3:] * spacing[0]
    step = (slices[-1][0] - slices[0][0]) / (len(slices) - 1) if len(slices) > 1 else None
    affine[:3, 2] = normal * float(datasets[0].get("SliceThickness") or 1) if step is None else step
    affine[:3, 3] = slices[0][0]
    hu = np.transpose(np.array([one[3] for one in slices]), (2, 1, 0))
    padding = np.transpose(np.array([one[5] for one in slices]), (2, 1, 0))
    return LPS_TO_RAS @ affine, hu, slices[0][4], padding, str(datasets[0].file_meta.get("TransferSyntaxUID", ""))


# The comparison


def compare(command, name, files, readable=None):
    """(passed, line)"""
    affine, exact, slope, padding, syntax = expected_of(readable or files)
    with tempfile.TemporaryDirectory() as folder:
        inputs = pathlib.Path(folder, "in")
        inputs.mkdir()
        for n, content in enumerate(files):
            (inputs / f"{n}.dcm").write_bytes(content)
        output = pathlib.Path(folder, "out.nii.gz")
        done = subprocess.run([*command, "convert", str(inputs), str(output)], capture_output=True, text=True, check=False)
        if syntax == JPEG_EXTENDED:
            passed = done.returncode == REFUSED and JPEG_EXTENDED in done.stderr
            return passed, f"{name}: refused with its UID (exit code {done.returncode})"
        if done.returncode != 0:
            return False, f"{name}: convert ended with {done.returncode}: {done.stderr.strip()[-200:]}"
        written = nibabel.load(output)
        found = np.asarray(written.dataobj).astype(np.int64)
    if found.shape != exact.shape:
        return False, f"{name}: shape {found.shape} instead of {exact.shape}"
    hu = np.clip(np.floor(exact + 0.5), -32768, 32767).astype(np.int64)
    hu[padding] = AIR_HU
    off = float(np.abs(written.affine - affine).max())
    different = found != hu
    if syntax == JPEG_BASELINE:
        return compare_lossy(name, files[0], exact, slope, found, off)
    passed = off <= AFFINE_TOLERANCE_MM and not different.any()
    return passed, f"{name}: {int(different.sum())} of {hu.size} HU differ; affine off by {off:.1g} mm"


def compare_lossy(name, content, exact, slope, found, off):
    """(passed, line) for a file of one slice of 8-bit JPEG."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "0.dcm")
        path.write_bytes(content)
        libjpeg = np.transpose(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), (2, 1, 0))
    rounded = np.floor(libjpeg + 0.5)
    different = int((rounded != found).sum())
    # One stored value more or less is a slope in HU, and rounding may add one half on either side.
    levels = np.rint((found - exact) / slope)
    passed = off <= AFFINE_TOLERANCE_MM and different == 0 and float(np.abs(levels).max()) <= 1
    line = f"{name}: {different} of {found.size} HU differ from SimpleITK's, rounding shifts the mean by {np.mean(rounded - libjpeg):+.4f}"
    line += f" (slope {slope:g}); {int((levels != 0).sum())} stored values differ by one from pydicom's"
    return passed, f"{line}; affine off by {off:.1g} mm"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=pathlib.Path, help="a folder of DICOM files, each of one slice")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("command", nargs="*", default=["node", "dist/cli/main.js"])
    arguments = parser.parse_args()
    found = [case for case in cases() if arguments.only in case[0]]
    if arguments.real:
        found += [(path.name, [path.read_bytes()]) for path in sorted(arguments.real.glob("*.dcm")) if arguments.only in path.name]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for passed, line in pool.map(lambda case: compare(arguments.command, *case), found):
            failures += not passed
            print(("ok   " if passed else "FAIL ") + line, flush=True)
    print(f"{len(found) - failures} of {len(found)} cases as pydicom reads them")
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
