/** Variants of small fused stages, and of a whole bundle made of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAmendEngine } from '../../../cli/amend/amend-engine.ts';
import { segmentGolden } from '../../../cli/golden-slice.ts';
import { createOnnxReference, type OnnxReference } from '../../../cli/onnx-reference.ts';
import { replaySlices } from '../../../cli/replay-slices.ts';
import { trustLine, trustOfProviders } from '../../../cli/trust.ts';
import { type ModelManifest, parseManifest, trainedManifest } from '../../../core/model-manifest.ts';
import { createVolume, type Volume } from '../../../core/volume.ts';
import { exportBundle } from '../../../export/bundle.ts';
import { fuseMillimetreStage } from '../../../export/fuse-millimetre-stage.ts';
import { fuseStage } from '../../../export/fuse-stage.ts';
import { decodeModel } from '../../../export/onnx/decode.ts';
import { encodeModel } from '../../../export/onnx/encode.ts';
import type { StageSlice } from '../../../export/stage-slice.ts';
import { amendBundle, type BundleFiles, largestLoss } from '../../../export/variants/amend-bundle.ts';
import { calibrate } from '../../../export/variants/calibrate.ts';
import { toHalfPrecision } from '../../../export/variants/half-precision.ts';
import { quantize, quantizedValues } from '../../../export/variants/quantize.ts';
import { readNifti } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { loadBundle } from '../../../runtime/bundle.ts';
import { segment } from '../../../runtime/segment.ts';
import { nodeSessions } from '../../../runtime/sessions/session-node.ts';
import { sourceOf } from '../../runtime/make-tiny-bundle.ts';
import { bundleInput } from '../bundle-input.ts';
import { huSlice, smallEnet, statisticsOf } from '../small-enet.ts';
import { STEM_MULTIPLE, stemUnet } from '../stem-unet.ts';

const GRID = [32, 24] as const;
const facts = { softwareVersion: '1', metadata: { stage: 'organ' }, inputType: 'int16' } as const;

const enet = fuseStage({
  ...facts,
  model: smallEnet(GRID, 3),
  intensity: { scheme: 'feature-wise', statistics: statisticsOf(GRID) },
  gridPixels: GRID,
  outputs: 'labels-and-logits',
});
const outputs = [1, 2].map((label) => ({
  label,
  classes: [label],
  threshold: 0.5,
  smoothingMm: 0,
  maxComponents: 0,
  minComponentMl: 0,
  fillHoles: false,
}));
const unet = fuseMillimetreStage({
  ...facts,
  model: stemUnet([64, 64], 3),
  intensity: { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50, standardDeviationHu: 250 },
  grid: { multipleOf: STEM_MULTIPLE, outputs },
  outputs: 'probabilities-and-logits',
});

const slices: Readonly<Record<'enet' | 'unet', readonly StageSlice[]>> = {
  enet: [huSlice([32, 24], 1), huSlice([47, 61], 2)],
  unet: [
    { ...huSlice([40, 30], 1), gridPixels: [33, 21] },
    { ...huSlice([32, 24], 2), gridPixels: [40, 48] },
  ],
};

let reference: OnnxReference;
beforeAll(() => {
  reference = createOnnxReference();
});
afterAll(() => reference.release());

const logitsOf = async (onnx: Uint8Array, slice: StageSlice): Promise<Float32Array> =>
  (await reference.runValues(onnx, slice)).get('logits') as Float32Array;

/** Root of the mean square of what two runs differ, in parts of that of the first. */
async function relativeError(network: Uint8Array, variant: Uint8Array, all: readonly StageSlice[]): Promise<number> {
  let [error, power] = [0, 0];
  for (const slice of all) {
    const [expected, found] = [await logitsOf(network, slice), await logitsOf(variant, slice)];
    expect(found.length).toBe(expected.length);
    expected.forEach((value, n) => {
      error += (value - (found[n] as number)) ** 2;
      power += value ** 2;
    });
  }
  return Math.sqrt(error / power);
}

describe.each([
  ['enet', enet],
  ['unet', unet],
] as const)('a variant of %s', (name, onnx) => {
  it('in fp16 is close to fp32, but not it, and half as large in its weights', async () => {
    const variant = encodeModel(toHalfPrecision(decodeModel(onnx)));
    const error = await relativeError(onnx, variant, slices[name]);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.01);
    expect(variant.length).toBeLessThan(onnx.length);
  });

  it('in int8 is close to fp32, has 7-bit weights, and the same bytes each time', async () => {
    const model = decodeModel(onnx);
    const made = async () => encodeModel(quantize(model, await calibrate(model, slices[name], reference.runValues)));
    const variant = await made();
    expect(Buffer.from(variant).equals(Buffer.from(await made()))).toBe(true);
    const error = await relativeError(onnx, variant, slices[name]);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.2);
    const kernels = decodeModel(variant).initializers.filter(({ name }) => name.endsWith('/int8'));
    expect(kernels.length).toBeGreaterThan(3);
    for (const { data } of kernels) expect(Math.max(...Array.from(data as Int8Array, Math.abs))).toBeLessThanOrEqual(64);
  });
});

it('a range that calibration did not find is refused, as are weights beyond float16', () => {
  const model = decodeModel(enet);
  expect(quantizedValues(model).length).toBeGreaterThan(10);
  expect(() => quantize(model, new Map())).toThrow(/no finite range/);
  const large = model.initializers.map((tensor) =>
    tensor.name.endsWith('/kernel') ? { ...tensor, data: (tensor.data as Float32Array).map(() => 1e6) } : tensor,
  );
  expect(() => toHalfPrecision({ ...model, initializers: large })).toThrow(/weights beyond 65504/);
});

it('a variant loses what its Dice falls by; where no truth is known, what it does not share with fp32', () => {
  const result = (agreement: number, dice?: readonly [number, number]) => ({
    of: 'liver',
    on: 'noise',
    cases: 1,
    agreement,
    ...(dice ? { fp32Dice: dice[0], variantDice: dice[1] } : {}),
  });
  expect(largestLoss([result(0.9, [0.95, 0.948]), result(0.8, [0.5, 0.6]), result(0.7)])).toBe(0.002);
  expect(largestLoss([result(1, [0.5, 0.6])])).toBe(0);
  expect(largestLoss([result(0.999), result(0.99)])).toBe(0.01);
});

describe('a bundle that is amended', () => {
  let files: BundleFiles;
  let amended: BundleFiles;
  let manifest: ModelManifest;
  const volume = ((): Volume => {
    const { hu, sizePixels } = huSlice([32, 24]);
    const voxelToWorld = [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1];
    return createVolume({ sizeVoxels: [...sizePixels, 1], voxelToWorld }, hu);
  })();
  const manifestOf = (of: BundleFiles): ModelManifest => parseManifest(new TextDecoder().decode(of.get('manifest.json')));
  const fp32Replay = (stage: number) => trainedManifest(manifest).parity.replay?.stages[stage];
  const amendments = {
    precisions: ['fp16', 'int8'],
    hasWebgpu: true,
    domain: { pixelMm: [0.5, 10], sliceStepMm: [1, 12] },
    softwareVersion: '2',
  } as const;

  beforeAll(async () => {
    const made = new Map<string, Uint8Array>();
    const input = { ...bundleInput(), goldenNiftis: [writeNiftiVolume(volume)] };
    await exportBundle(
      input,
      { ...reference, segmentGolden, replaySlices },
      { writeFile: async (name, bytes) => void made.set(name, bytes) },
    );
    files = made.set('trained/note.txt', Uint8Array.of(1));
    const engine = createAmendEngine(manifestOf(files), [{ what: 'noise', scans: [{ volume }] }], { reference });
    amended = await amendBundle(files, amendments, engine);
    manifest = manifestOf(amended);
  });

  it('names each variant of each stage with its certificate, keeps every other file, and says its domain', () => {
    for (const { variants, int32 } of manifest.stages) {
      expect(variants?.map(({ precision }) => precision)).toEqual(['fp16', 'int8']);
      for (const { file, int32, certificate } of variants ?? []) {
        expect(amended.has(file) && amended.has(int32?.file ?? '')).toBe(true);
        expect(certificate).toMatchObject({ slices: 1, pixels: expect.any(Number) });
      }
      expect(amended.has(int32?.file ?? '')).toBe(true);
    }
    expect(manifest.variants?.map(({ precision }) => precision)).toEqual(['fp16', 'int8']);
    expect(manifest.domain).toEqual(amendments.domain);
    expect(trainedManifest(manifest).parity).toEqual(trainedManifest(manifestOf(files)).parity);
    expect(amended.get('trained/note.txt')).toEqual(Uint8Array.of(1));
    expect([...amended.keys()].at(-1)).toBe('manifest.json');
    const stored = decodeModel(amended.get('stage-1.int8.onnx') as Uint8Array).metadata;
    expect(stored).toMatchObject({
      stage: 'organ',
      precision: 'int8',
      licence: 'Apache-2.0',
      recipe: 'kidney-enet-cascade',
      intendedUse: 'Tests.',
    });
  });

  it('has the golden labels that it had, and gives them in fp32', async () => {
    expect(manifest.golden).toEqual(manifestOf(files).golden);
    const trust = (await trustOfProviders(sourceOf(amended), manifest)).filter(({ provider }) => provider === 'cpu');
    expect(trust.map(({ precision, isTrusted }) => [precision, isTrusted])).toEqual([
      ['fp32', true],
      ['fp16', true],
      ['int8', true],
    ]);
    expect(trust.map(trustLine)[2]).toMatch(
      /^cpu, int8: trusted, 0 of 768 golden voxels differ; certificate repeated: logits differ by .*, \d of 768 labels differ \(may: \d\)\n$/,
    );
    // What was found where the variant was made is found again; on this machine to the last digit.
    for (const [n, { certificate }] of trust.entries()) {
      const repeated = certificate && 'stages' in certificate ? certificate.stages : [];
      expect(repeated.map(({ stage }) => stage)).toEqual(['organ', 'lesion']);
      for (const [s, { stage: _, limits: __, isWithin, ...differences }] of repeated.entries()) {
        const replay = n === 0 ? fp32Replay(s) : manifest.stages[s]?.variants?.[n - 1]?.certificate.replay;
        expect(isWithin).toBe(true);
        expect(differences).toEqual(replay?.found);
      }
    }
  });

  it('is not trusted in a precision whose golden labels it does not give, and in the others it is', async () => {
    const [fp16, int8] = manifest.variants as NonNullable<typeof manifest.variants>;
    const wrong = { ...manifest, variants: [fp16, { ...int8, golden: fp16?.golden }] } as ModelManifest;
    // Where int8 gives the labels of fp16, the two cannot be told apart.
    if (fp16?.golden.labelsSha256 === int8?.golden.labelsSha256) return;
    const source = sourceOf(new Map(amended).set('manifest.json', new TextEncoder().encode(JSON.stringify(wrong))));
    const trust = (await trustOfProviders(source, wrong)).filter(({ provider }) => provider === 'cpu');
    expect(trust.map(({ isHere }) => isHere)).toEqual([true, true, true]);
    expect(trust[0]?.isTrusted).toBe(true);
  });

  it('runs the precision that is asked for, says which, and refuses one that it has not', async () => {
    const openSessions = nodeSessions({ providers: ['cpu'] });
    const readGolden = (file: Uint8Array) => readNifti(file).volume;
    for (const precision of ['auto', 'fp32', 'fp16', 'int8'] as const) {
      const bundle = await loadBundle(sourceOf(amended), { openSessions, readGolden, precision });
      expect((await segment(bundle, volume)).precision).toBe(precision === 'auto' ? 'fp32' : precision);
      await bundle.release();
    }
    const loading = loadBundle(sourceOf(files as Map<string, Uint8Array>), { openSessions, precision: 'int8' });
    await expect(loading).rejects.toMatchObject({ code: 'PRECISION_UNAVAILABLE', message: expect.stringContaining('it has fp32') });
  });

  it('runs its default precision where nobody asks', async () => {
    const own = { ...manifest, defaultPrecision: { cpu: 'int8' } };
    const source = sourceOf(new Map(amended).set('manifest.json', new TextEncoder().encode(JSON.stringify(own))));
    const readGolden = (file: Uint8Array) => readNifti(file).volume;
    const bundle = await loadBundle(source, { openSessions: nodeSessions({ providers: ['cpu'] }), readGolden });
    expect(bundle.precisionOf(bundle.provider.name)).toBe('int8');
    expect(bundle.precisionOf('cuda')).toBe('fp32');
    await bundle.release();
  });

  it('is not written where a network would not give its golden labels any more', async () => {
    const [first] = manifestOf(files).stages;
    const model = decodeModel(files.get(first?.file ?? '') as Uint8Array);
    const bent = model.initializers.map((tensor) =>
      tensor.name.endsWith('/kernel') ? { ...tensor, data: (tensor.data as Float32Array).map((value) => -value) } : tensor,
    );
    const damaged = new Map(files).set(first?.file ?? '', encodeModel({ ...model, initializers: bent }));
    const engine = createAmendEngine(manifestOf(files), [], { reference });
    await expect(amendBundle(damaged, { precisions: [], hasWebgpu: false, softwareVersion: '2' }, engine)).rejects.toMatchObject({
      code: 'PARITY_FAILED',
    });
  });
});
