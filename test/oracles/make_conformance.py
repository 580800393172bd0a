"""Makes docs/conformance.md: each file and series of the shared data as we read it and as the oracles read it.

    make_conformance.py --cli dist/cli/main.js --data ../shared/data [--check]

Without --check every row is read anew by `inspect --json`, pydicom, SimpleITK, nibabel and dcm2niix, held against
expected.json, and the table is written; exits 1 if a difference has no explanation. With --check only our side is read
anew, and exits 1 if it is not what the committed table says.

Needs: dcm2niix (PyPI), nibabel, numpy, pydicom with pylibjpeg, SimpleITK; node.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
import pydicom
import SimpleITK as sitk
from check_dcm2niix import convert_with_dcm2niix
from check_geometry import AIR_HU, LPS_TO_RAS, affine_of_slices, hu_of_slices, normal_of, tilt_degrees

TABLE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
AFFINE_TOLERANCE_MM = 1e-4
TILT_TOLERANCE_DEGREES = 0.1
# Lossy: the decoders' arithmetic may round differently, by one stored level.
MAX_LOSSY_LEVELS = 1
LOSSY = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"}
# Folders that hold one or more series; everything else is looked at file by file.
FOLDERS = ["labelled/dcmqi-liver-3slice/ct-3slice", "dicomdir"]
DESCRIPTIONS = {".json", ".md"}
WORKERS = 2

HEAD = """# Conformance

Each file and series of the shared test data (`../shared/data`, beside the project): what voxwatch reads, what others read,
and why they differ where they do. Made by

    python test/oracles/make_conformance.py --cli dist/cli/main.js --data ../shared/data

with pydicom {pydicom}, SimpleITK {sitk}, nibabel {nibabel} and dcm2niix; never edited by hand. With `--check` it holds our
side against this table. Size is along i, j, k; spacing is the length of a voxel's step, a tilted stack's along its slant.
HU is the beginning of the SHA-256 of all voxels as int16, little endian, i fastest, slices ascending along their normal.
pydicom's and nibabel's voxels are rounded and kept within int16 as ours are, and padding is put as air (-1024), unless
said otherwise.

| input | voxwatch | oracles | differences |
|---|---|---|---|
"""


def inputs(data):
    """Names relative to the data folder, sorted."""
    folders = sorted(str(p.relative_to(data)) for p in (data / "series").iterdir()) + FOLDERS
    files = []
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        name = path.relative_to(data).as_posix()
        if path.suffix in DESCRIPTIONS or any(name.startswith(folder + "/") for folder in folders):
            continue
        # The other half of a pair: its .hdr stands for both.
        if path.suffix != ".img":
            files.append(name)
    return sorted(folders + files)


def digest(voxels):
    return hashlib.sha256(voxels.astype("<i2").tobytes(order="F")).hexdigest()[:12]


def numbers(values):
    return "×".join(f"{v:.4g}" for v in values)


def grid_text(size, affine, hu):
    spacing = np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)
    return f"{'×'.join(str(n) for n in size)}, {numbers(spacing)} mm, HU `{hu}`"


# Our side.


def inspect(cli, path):
    """rows of (name of the series or file within the input, what we read, inspect's own record)."""
    ended = subprocess.run(["node", str(cli), "inspect", "--json", str(path)], capture_output=True, text=True)
    try:
        seen = json.loads(ended.stdout)
    except json.JSONDecodeError:
        code = re.search(r"\[([A-Z_]+)\]", ended.stderr)
        return [(None, f"refused: {code[1] if code else 'no reason given'}", {"refusal": {"message": ended.stderr.strip()[:200]}})]
    rows = [(s["name"], our_text(s), s) for s in seen["series"]]
    rows += [(s["file"], f"set aside: {s['code']}", {"refusal": s}) for s in seen["setAside"]]
    return [(None, *rows[0][1:])] if len(rows) == 1 else sorted(rows, key=lambda row: row[0])


def our_text(series):
    if "refusal" in series:
        return f"refused: {series['refusal']['code']}"
    geometry = series["geometry"]
    affine = np.array(geometry["voxelToWorld"]).reshape(4, 4)
    text = grid_text(geometry["sizeVoxels"], affine, series["huSha256"][:12])
    findings = sorted({f["code"] for f in series["findings"]})
    return text + "".join(f"; {code}" for code in findings)


def convert(cli, path, series_name, out):
    options = ["--series", series_name] if series_name else []
    subprocess.run(["node", str(cli), "convert", str(path), str(out), *options], check=True, capture_output=True)
    return np.asarray(nibabel.load(out).dataobj)


# The oracles' side: each gives (texts, HU or None, voxel -> RAS or None, remarks).


def dicom_files(path, series_name):
    if path.is_file():
        return [path]
    files = [p for p in sorted(path.rglob("*")) if p.is_file()]
    if series_name is None:
        return files
    # `CT2N-2` is the second of those series that lie in folder CT2N.
    folder = re.sub(r"-\d+$", "", series_name)
    return [p for p in files if p.relative_to(path).as_posix() == series_name or p.parent.name in (series_name, folder)]


def read_dicom(path, series_name, expected, data, work):
    slices = []
    for file in dicom_files(path, series_name):
        try:
            slices.append(pydicom.dcmread(file))
        except Exception as error:
            return [f"pydicom: {type(error).__name__}"], None, None, []
    if not slices:
        return ["not looked up"], None, None, []
    first = slices[0]
    if "ImagePositionPatient" not in first or "PixelData" not in first:
        modality = first.get("Modality") or "no image"
        return [f"pydicom: {modality}, no slice of a volume"], None, None, []
    normal = normal_of(first)
    slices.sort(key=lambda s: np.dot(normal, np.array(s.ImagePositionPatient, float)))
    try:
        hu = hu_of_slices(slices)
    except Exception as error:
        return [f"pydicom: pixels not read ({type(error).__name__})"], None, None, []
    affine = affine_of_slices(slices)
    texts = [f"pydicom: {grid_text(hu.shape, affine, digest(hu))}"]
    remarks = []
    name = path.relative_to(data).as_posix()
    stored = {k.split(" [")[0]: v for k, v in expected["dicom_series"].items()} | expected["dicom_files"]
    known = [v for k, v in stored.items() if k == name or (series_name and k.startswith(name) and k.endswith("/" + series_name))]
    as_stored = known[0].get("hu_sha256", "")[:12] if known else ""
    if as_stored and as_stored != digest(hu):
        texts.append(f"expected.json, padding as stored: HU `{as_stored}`")
        padded = any("PixelPaddingValue" in s for s in slices)
        remarks.append("padding is air in ours" if padded else "UNEXPLAINED: pydicom is not what expected.json says")
    if path.is_dir() and path.parent.name == "series":
        texts += read_folder_with_others(path, first.SeriesInstanceUID, work, affine, tilt_degrees(slices), remarks)
    return texts, hu, affine, remarks


def read_folder_with_others(path, uid, work, affine, tilt, remarks):
    texts = []
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(path), uid))
    image = reader.Execute()
    step = np.linalg.norm(affine[:3, 2])
    if abs(image.GetSpacing()[2] - step) > AFFINE_TOLERANCE_MM:
        texts.append(f"SimpleITK: step {image.GetSpacing()[2]:.4g} mm")
    if tilt > TILT_TOLERANCE_DEGREES:
        remarks.append(f"tilt of {tilt:.1f}°, a shear in ours: SimpleITK cannot hold it")
    try:
        theirs = nibabel.load(convert_with_dcm2niix(path, work / "dcm2niix"))
    except Exception as error:
        return [*texts, f"dcm2niix: {type(error).__name__}"]
    their_step = np.linalg.norm(theirs.affine[:3, 2])
    if abs(their_step - step) > AFFINE_TOLERANCE_MM:
        texts.append(f"dcm2niix: step {their_step:.4g} mm")
        remarks.append("uneven slices: ours is the mean step with the true positions beside it, dcm2niix's the first")
    else:
        texts.append("dcm2niix: the same step")
    return texts


def read_nifti(path):
    try:
        image = nibabel.load(path)
        values = np.asarray(image.dataobj)
    except Exception as error:
        return [f"nibabel: {type(error).__name__}"], None, None, []
    if values.dtype.names or values.ndim != 3 and values.size != np.prod(values.shape[:3]):
        kind = "RGB" if values.dtype.names else values.dtype
        return [f"nibabel: {'×'.join(str(n) for n in values.shape)}, {kind}"], None, None, []
    values = np.nan_to_num(values.reshape(values.shape[:3]).astype(float), nan=AIR_HU)
    hu = np.clip(np.floor(values + 0.5), -32768, 32767).astype(np.int16)
    remarks = ["values beyond int16 are cut off at its ends in ours"] if (np.abs(values) > 32768).any() else []
    return [f"nibabel: {grid_text(hu.shape, image.affine, digest(hu))}"], hu, image.affine, remarks


def is_nifti(path):
    return path.name.endswith((".nii", ".nii.gz", ".hdr"))


def read_with_oracles(path, series_name, expected, data, work):
    if is_nifti(path):
        return read_nifti(path)
    return read_dicom(path, series_name, expected, data, work)


# Both sides.


def differences(cli, path, series_name, ours, oracle, work):
    texts, hu, affine, remarks = oracle
    if "refusal" in ours:
        # What we refuse, we give a reason for; whether an oracle reads it, its column says.
        return ours["refusal"]["message"]
    if hu is None:
        return "UNEXPLAINED: the oracles do not read it"
    told = list(remarks)
    found = LPS_TO_RAS @ np.array(ours["geometry"]["voxelToWorld"]).reshape(4, 4)
    off = float(np.abs(found - affine).max()) if affine is not None else 0
    if off > AFFINE_TOLERANCE_MM:
        told.append(f"UNEXPLAINED: affine off by {off:.2g} mm")
    if tuple(ours["geometry"]["sizeVoxels"]) != hu.shape:
        told.append("UNEXPLAINED: size")
    elif ours["huSha256"][:12] != digest(hu):
        told.append(voxel_difference(cli, path, series_name, ours, hu, work))
    return "; ".join(told) or "none"


def voxel_difference(cli, path, series_name, ours, hu, work):
    apart = np.abs(convert(cli, path, series_name, work / "ours.nii.gz").astype(int) - hu.astype(int))
    text = f"{int((apart > 0).sum())} voxels by at most {int(apart.max())} HU"
    if ours.get("acquisition", {}).get("transferSyntaxUid") in LOSSY:
        slope = float(pydicom.dcmread(dicom_files(path, series_name)[0], stop_before_pixels=True).get("RescaleSlope", 1))
        levels = round(apart.max() / slope)
        if levels <= MAX_LOSSY_LEVELS:
            return f"lossy, so decoders round differently: {text}; a stored level is {slope:.4g} HU"
    return f"UNEXPLAINED: {text}"


def row_name(name, series_name):
    return name if series_name is None else f"{name}: {series_name}"


def make_rows(cli, data, expected, name):
    rows = []
    for series_name, text, ours in inspect(cli, data / name):
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            oracle = read_with_oracles(data / name, series_name, expected, data, work)
            told = differences(cli, data / name, series_name, ours, oracle, work)
        rows.append((row_name(name, series_name), text, "<br>".join(oracle[0]), told))
    return rows


def write(cli, data):
    expected = json.loads((data / "expected.json").read_text())
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        rows = [row for made in pool.map(lambda name: make_rows(cli, data, expected, name), inputs(data)) for row in made]
    head = HEAD.format(pydicom=pydicom.__version__, sitk=sitk.Version.VersionString(), nibabel=nibabel.__version__)
    TABLE.write_text(head + "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows))
    unexplained = [row for row in rows if "UNEXPLAINED" in row[3]]
    for row in unexplained:
        print("FAIL " + " | ".join(row))
    print(f"{len(rows)} rows, {len(unexplained)} with a difference that nothing explains")
    return 1 if unexplained else 0


def check(cli, data):
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
    committed = {cells[1]: cells[2] for cells in (re.split(r" ?\| ?", line) for line in lines)}
    found = {}
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for name, rows in zip(inputs(data), pool.map(lambda name: inspect(cli, data / name), inputs(data))):
            found |= {row_name(name, series_name): text for series_name, text, _ in rows}
    failures = 0
    for name in sorted(committed.keys() | found.keys()):
        if committed.get(name) != found.get(name):
            failures += 1
            print(f"FAIL {name}: the table says {committed.get(name)!r}, now {found.get(name)!r}")
    print(f"{len(found)} rows, {failures} not as in docs/conformance.md")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="compare our side with the committed table")
    arguments = parser.parse_args()
    data = arguments.data.resolve()
    return (check if arguments.check else write)(arguments.cli, data)


if __name__ == "__main__":
    sys.exit(main())
