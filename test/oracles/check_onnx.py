"""Checks model bundles, and networks exported by tests, with tools that share no code with voxwatch.

For each bundle folder given: every stage's file, its variants and networks for WebGPU too, passes onnx.checker (full_check) and strict shape inference, has the
input and output of the contract, and has the sha256 of the manifest; and a cascade written here, on Python's ONNX
Runtime, gives the golden labels of the manifest, but for near ties where the bundle stores its labels; and each network, in
each precision, gives what the trained networks gave for the slices of the certificate, within the certificate's limits. Prints
one ok/FAIL line a check.

With --networks FOLDER: each network that test/export/random-networks.test.ts wrote there passes the same two checks, and
both onnx's reference evaluator and Python's ONNX Runtime give what TensorFlow.js gave. The evaluator is left out where it
is known to be wrong. Prints a line a network that fails, and one for all. --every N takes each N-th.

Exits 1 if a check failed. Needs: onnx, onnxruntime, numpy, nibabel.
Usage: check_onnx.py [BUNDLE ...] [--networks FOLDER [--every N]]
"""

import argparse
import gzip
import hashlib
import io
import json
import math
import sys
from pathlib import Path

import nibabel
import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from components import components_of
from millimetre_stage import run_millimetre_stage

AIR_HU = -1024  # what the runtime pads crops with
NEAR_TIES = 1e-3  # of the golden foreground
TOLERANCE = 1e-4  # of the largest value, where that is above 1 (docs/adr/0005)


def check_model(model):
    """Yields (what, whether it holds, detail) of what onnx itself says of a model."""
    yield "onnx.checker", *passes(lambda: onnx.checker.check_model(model, full_check=True))
    yield (
        "strict shape inference",
        *passes(lambda: onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)),
    )


def check_stage(folder, stage):
    """Yields (what, whether it holds, detail) for one stage's file."""
    content = (folder / stage["file"]).read_bytes()
    yield "sha256", hashlib.sha256(content).hexdigest() == stage["sha256"], ""
    try:
        model = onnx.load_from_string(content)
    except Exception as error:  # protobuf's own type, which onnx does not name
        yield "protobuf", False, str(error)
        return
    yield from check_model(model)
    found = [describe(value) for value in [*model.graph.input, *model.graph.output]]
    hu = f"hu {stage.get('input', 'INT16')} [N, 1, H, W]"
    if stage["space"] == "pixels":
        expected = [hu, "labels UINT8 [N, 1, H, W]"]
    else:
        outputs = len(stage["outputs"])
        expected = [hu, "size INT64 [2]", f"probabilities UINT8 [N, {outputs}, h, w]"]
        if stage.get("input") == "INT32":
            matrices = ["rows FLOAT [1, 1, padded-h, H]", "columns FLOAT [1, 1, W, padded-w]", "air FLOAT [1, 1, padded-h, padded-w]"]
            expected = [hu, *matrices, f"probabilities INT32 [N, {outputs}, padded-h, padded-w]"]
    yield "input and output", found == expected, ", ".join(found)
    opset = [(entry.domain, entry.version) for entry in model.opset_import]
    yield "opset", opset == [("", stage["opset"])], str(opset)
    stored = {entry.key: entry.value for entry in model.metadata_props}
    holds = stored.get("stage") == stage["name"] and stored.get("precision", "fp32") == stage.get("precision", "fp32")
    yield "stored facts", holds, str(sorted(stored))
    transposes = sum(node.op_type == "Transpose" for node in model.graph.node)
    yield "no transposes", transposes == 0, str(transposes)


def passes(attempt):
    try:
        attempt()
        return True, ""
    except Exception as error:  # the checker raises several unrelated types
        return False, str(error).splitlines()[0]


def describe(value):
    tensor = value.type.tensor_type
    dims = [dim.dim_param or str(dim.dim_value) for dim in tensor.shape.dim]
    return f"{value.name} {onnx.TensorProto.DataType.Name(tensor.elem_type)} [{', '.join(dims)}]"


def segment(folder, manifest, hu, voxel_mm):
    """The cascade on axial slices, hu [slices, rows, columns] with the patient's right on the left; voxel_mm likewise."""
    labels = np.zeros(hu.shape, np.uint8)
    centroids = {}
    for stage in manifest["stages"]:
        session = onnxruntime.InferenceSession(str(folder / stage["file"]), providers=["CPUExecutionProvider"])
        if stage["space"] == "millimetres":
            run_millimetre_stage(session, stage, hu, labels, voxel_mm)
            continue
        for k in range(len(hu)):
            before = {name: of_slices[k] for name, of_slices in centroids.items()}
            centroids.setdefault(stage["name"], []).append(run_pixel_stage(session, stage, hu[k], labels[k], before))
    voxel_ml = math.prod(voxel_mm) / 1000
    rules = manifest["postprocessing"]
    remove_components(labels, manifest, voxel_ml)
    relabel_small(labels, labels == manifest["lesionLabel"], rules["minLesionMl"] / voxel_ml, manifest["organLabel"])
    return labels


def run_pixel_stage(session, stage, hu, labels, centroids):
    """Writes a stage's labels into those of a slice, in place; returns the centroid of its foreground there."""
    start, size = stage_box(stage["region"], hu.shape, centroids)
    if start is None:
        return None
    crop = np.full(size, AIR_HU, np.int16)
    # What of the crop lies inside the slice, in both frames.
    lo = [max(0, start[axis]) for axis in (0, 1)]
    hi = [min(hu.shape[axis], start[axis] + size[axis]) for axis in (0, 1)]
    inside = tuple(slice(lo[axis], hi[axis]) for axis in (0, 1))
    within = tuple(slice(lo[axis] - start[axis], hi[axis] - start[axis]) for axis in (0, 1))
    crop[within] = hu[inside]
    (output,) = session.run(["labels"], {"hu": crop[None, None]})
    labels[inside] = np.asarray(stage["outputLabels"], np.uint8)[output[0, 0]][within]
    rows, columns = np.nonzero(labels[inside])
    return (rows.mean() + lo[0], columns.mean() + lo[1]) if rows.size else None


def remove_components(labels, manifest, voxel_ml):
    """Keeps the largest components of foreground that are large enough and hold enough organ, in place."""
    rules = manifest["postprocessing"]
    candidates = []
    for component in components_of(labels > 0, corners=True):
        organ = sum(labels[at] == manifest["organLabel"] for at in component)
        if len(component) >= rules["minComponentMl"] / voxel_ml and organ >= rules["minOrganMl"] / voxel_ml:
            candidates.append(component)
    candidates.sort(key=len, reverse=True)
    kept = {at for component in candidates[: rules["maxComponents"] or None] for at in component}
    for at in map(tuple, np.argwhere(labels)):
        if at not in kept:
            labels[at] = 0


def stage_box(region, shape, centroids):
    """Start and size [rows, columns] of what a stage sees; no start where there is nothing to crop round."""
    if region["kind"] == "whole-slice":
        return (0, 0), shape
    centre = centroids.get(region["ofStage"])
    if centre is None:
        return None, None
    share = [region["sizePixels"][1] / region["onGridPixels"][1], region["sizePixels"][0] / region["onGridPixels"][0]]
    size = tuple(max(1, math.floor(share[axis] * shape[axis] + 0.5)) for axis in (0, 1))
    return tuple(math.floor(centre[axis] + 0.5) - size[axis] // 2 for axis in (0, 1)), size


def relabel_small(labels, mask, least_voxels, becomes):
    """Gives components with fewer voxels another label, in place."""
    for component in components_of(mask, corners=True):
        if len(component) < least_voxels:
            for voxel in component:
                labels[voxel] = becomes


def check_golden(folder, manifest):
    """Yields (what, whether it holds, detail) for the golden slice."""
    golden = manifest["golden"]
    path = folder / golden["file"]
    if any(hashlib.sha256((folder / stage["file"]).read_bytes()).hexdigest() != stage["sha256"] for stage in manifest["stages"]):
        yield "golden labels", False, "not computed: a stage is not the right one"
        return
    yield "golden sha256", hashlib.sha256(path.read_bytes()).hexdigest() == golden["sha256"], ""
    image = nibabel.load(path)
    codes = "".join(nibabel.aff2axcodes(image.affine))
    yield "golden orientation", codes == "LPS", f"{codes} {image.shape}"
    hu = np.ascontiguousarray(np.asarray(image.dataobj).T.astype(np.int16))
    voxel_mm = [float(np.linalg.norm(image.affine[:3, axis])) for axis in (2, 1, 0)]
    labels = segment(folder, manifest, hu, voxel_mm)
    counts = {int(value): int(count) for value, count in zip(*np.unique(labels, return_counts=True))}
    holds, detail = hashlib.sha256(labels.tobytes()).hexdigest() == golden["labelsSha256"], f"voxels {counts}"
    if "labels" in golden:
        stored = (folder / golden["labels"]["file"]).read_bytes()
        yield "stored labels sha256", hashlib.sha256(stored).hexdigest() == golden["labels"]["sha256"], ""
        made = np.asarray(nibabel.load(folder / golden["labels"]["file"]).dataobj).T
        differing = int((made != labels).sum())
        # Another processor may sum in another order: as many near ties as `voxwatch verify` lets pass.
        holds = differing <= math.ceil(NEAR_TIES * np.count_nonzero(made))
        detail += f", {differing} differ"
    yield "golden labels", holds, detail


def check_certificate(folder, manifest):
    """Yields (what, whether it holds, detail) of each network beside what the trained one gave."""
    replay = manifest.get("parity", {}).get("replay")
    if replay is None:
        return
    stored = (folder / replay["file"]).read_bytes()
    yield "certificate sha256", hashlib.sha256(stored).hexdigest() == replay["sha256"], f"{len(stored)} bytes"
    values = io.BytesIO(gzip.decompress(stored))
    image = nibabel.load(folder / manifest["golden"]["file"])
    golden = np.ascontiguousarray(np.asarray(image.dataobj).T.astype(np.int16))
    for facts in replay["stages"]:
        stage = next(one for one in manifest["stages"] if one["name"] == facts["stage"])
        expected = [read_expected(values, stage, facts, place) for place in facts["slices"]]
        slices = [read_slice(golden, place) for place in facts["slices"]]
        digest = hashlib.sha256()
        for hu, place in zip(slices, facts["slices"]):
            digest.update(hu.astype("<i2").tobytes())
            digest.update("x".join(map(str, place.get("gridPixels", []))).encode())
        yield f"{stage['name']} certified slices", digest.hexdigest() == facts["inputSha256"], f"{len(slices)}"
        for network in [stage, *stage.get("variants", [])]:
            certificate = facts if network is stage else network["certificate"].get("replay")
            if certificate is None:
                continue
            session = session_with_logits(folder / network["file"])
            largest, differing = compare_values(session, stage, facts, slices, expected)
            limits = certificate["limits"]["cpu"]
            holds = largest <= limits["logitDifference"] and differing <= limits["labelDisagreements"]
            precision = network.get("precision", "fp32")
            yield f"{stage['name']} {precision} certificate", holds, f"logits within {largest:.1e}, {differing} labels differ"
    yield "certificate's length", values.read() == b"", ""


def read_expected(values, stage, facts, place):
    """The stored logits [channels, pixels kept] and the answer, flat, of the next slice."""
    if stage["space"] == "pixels":
        width, height = stage["gridPixels"]
        answered = math.prod(place["sizePixels"])
    else:
        width, height = (-(-side // stage["multipleOf"]) * stage["multipleOf"] for side in place["gridPixels"])
        answered = len(stage["outputs"]) * math.prod(place["gridPixels"])
    kept = -(-width * height // facts["everyPixel"])
    logits = np.frombuffer(values.read(4 * facts["channels"] * kept), "<f4").reshape(facts["channels"], kept)
    return logits, np.frombuffer(values.read(answered), np.uint8)


def read_slice(golden, place):
    """What of the golden volume [slices, rows, columns] a stage is shown; air where it leaves the slice."""
    (left, top), (width, height) = place["startPixels"], place["sizePixels"]
    columns, rows = np.arange(left, left + width), np.arange(top, top + height)
    source = golden[place["slice"]]
    inside = ((rows >= 0) & (rows < source.shape[0]))[:, None] & ((columns >= 0) & (columns < source.shape[1]))
    clipped = source[np.ix_(rows.clip(0, source.shape[0] - 1), columns.clip(0, source.shape[1] - 1))]
    return np.where(inside, clipped, AIR_HU).astype(np.int16)


def session_with_logits(path):
    """A session of the file whose second output is the network's logits: what the first operator behind it reads."""
    model = onnx.load(path)
    reader = next(node for node in model.graph.node if node.name.startswith("output/"))
    model.graph.output.append(onnx.helper.make_tensor_value_info(reader.input[0], onnx.TensorProto.FLOAT, None))
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def compare_values(session, stage, facts, slices, expected):
    """The largest difference of a logit, and how many labels (in millimetres: sides of a threshold) differ."""
    largest, differing = 0.0, 0
    for hu, place, (logits, answer) in zip(slices, facts["slices"], expected):
        feeds = {"hu": hu[None, None]}
        if stage["space"] == "millimetres":
            feeds["size"] = np.array(place["gridPixels"][::-1], np.int64)
        found, found_logits = session.run(None, feeds)
        kept = found_logits.reshape(facts["channels"], -1)[:, :: facts["everyPixel"]]
        # Python's own max would lose a NaN.
        largest = float(np.maximum(largest, np.abs(kept.astype(np.float64) - logits).max()))
        if stage["space"] == "pixels":
            differing += int((found.ravel() != answer).sum())
            continue
        thresholds = np.array([output["threshold"] * 255 for output in stage["outputs"]])[:, None]
        sides = [values.reshape(len(thresholds), -1) >= thresholds for values in (found, answer)]
        differing += int((sides[0] != sides[1]).sum())
    return largest, differing


def check_network(path):
    """Yields (what, whether it holds, detail) for one network with its input and output in TensorFlow.js."""
    model = onnx.load(path)
    yield from check_model(model)
    shapes = json.loads(path.with_suffix(".json").read_text())
    read = lambda which: np.fromfile(path.with_suffix(f".{which}.f32"), np.float32).reshape(shapes[which])
    given, expected = read("input"), read("output")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    engines = [("onnxruntime", session.run)]
    if not misreads_pads(model):
        engines.append(("reference evaluator", ReferenceEvaluator(model).run))
    for engine, run in engines:
        (found,) = run(None, {"x": given})
        if found.shape != expected.shape:
            yield engine, False, f"shape {found.shape}, not {expected.shape}"
            continue
        difference = float(np.abs(found.astype(np.float64) - expected).max())
        yield engine, difference <= TOLERANCE * max(1.0, float(np.abs(expected).max())), f"{difference:.1e}"


def misreads_pads(model):
    """Whether onnx's reference evaluator (1.23) computes something else: it takes a pooling's pads, which are
    [top, left, bottom, right], for [top, bottom, left, right]."""
    pads = [
        attribute.ints
        for node in model.graph.node
        if node.op_type in ("MaxPool", "AveragePool")
        for attribute in node.attribute
        if attribute.name == "pads"
    ]
    return any(left != bottom for _, left, bottom, _ in pads)


def check_networks(folder, every):
    """Prints what fails, then a line for all; returns the number of failures."""
    failures = evaluated = 0
    paths = sorted(Path(folder).glob("*.onnx"))[::every]
    for path in paths:
        for what, holds, detail in check_network(path):
            evaluated += what == "reference evaluator"
            if not holds:
                print("FAIL", path.name, what, detail)
                failures += 1
    verdict = "FAIL" if failures or not evaluated else "ok  "
    print(verdict, f"{len(paths)} networks, {evaluated} with the reference evaluator, {failures} failures")
    return failures if paths else 1


def other_networks(stage):
    """The stage as each of its other files has it: variants, and networks with an int32 input."""
    for variant in [{}, *stage.get("variants", [])]:
        own = {**stage, **variant}
        if variant:
            yield f"{stage['name']} {variant['precision']}", own
        if "int32" in (variant or stage):
            yield f"{stage['name']} {own.get('precision', 'fp32')} int32", {**own, **own["int32"], "input": "INT32"}


def variant_manifests(manifest):
    """The bundle as each of its variants runs it."""
    for n, variant in enumerate(manifest.get("variants", [])):
        stages = [{**stage, **stage["variants"][n]} for stage in manifest["stages"]]
        golden = {**manifest["golden"], **variant["golden"]}
        yield variant["precision"], {**manifest, "stages": stages, "golden": golden}


def check_bundles(folders):
    """Prints a line a check; returns the number of failures."""
    failures = 0
    for folder in map(Path, folders):
        manifest = json.loads((folder / "manifest.json").read_text())
        checks = [(stage["name"], check) for stage in manifest["stages"] for check in check_stage(folder, stage)]
        others = [other for stage in manifest["stages"] for other in other_networks(stage)]
        checks += [(name, check) for name, stage in others for check in check_stage(folder, stage)]
        checks += [("bundle", check) for check in check_golden(folder, manifest)]
        checks += [("bundle", check) for check in check_certificate(folder, manifest)]
        for precision, variant in variant_manifests(manifest):
            checks += [(f"bundle {precision}", check) for check in check_golden(folder, variant)]
        for subject, (what, holds, detail) in checks:
            print("ok  " if holds else "FAIL", manifest["name"], subject, what, detail)
            failures += not holds
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="*")
    parser.add_argument("--networks")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.bundles and not arguments.networks:
        parser.error("name a bundle, or --networks")
    failures = check_bundles(arguments.bundles)
    if arguments.networks:
        failures += check_networks(arguments.networks, arguments.every)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
