import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBundle } from '../../cli/commands/verify.ts';
import { segmentGolden } from '../../cli/golden-slice.ts';
import { loadStages } from '../../cli/load-stages.ts';
import { createOnnxReference } from '../../cli/onnx-reference.ts';
import { replaySlices } from '../../cli/replay-slices.ts';
import { readTrainedRun } from '../../cli/trained-folder.ts';
import { writeBundleFolder } from '../../cli/write-bundle-folder.ts';
import { affineFromColumns } from '../../core/affine.ts';
import type { MillimetreRegion, StageOutput } from '../../core/millimetre-stage.ts';
import { parseManifest, type TrainedManifest } from '../../core/model-manifest.ts';
import { createRandom } from '../../core/random.ts';
import { createVolume, type Volume } from '../../core/volume.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { exportBundle } from '../../export/bundle.ts';
import { readNifti, readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { loadBundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { saveTrainedModel } from '../../train/model-files.ts';
import { bundleInput } from '../export/bundle-input.ts';
import { STEM_MULTIPLE, stemUnet } from '../export/stem-unet.ts';
import { reorderVolume } from '../runtime/make-volume.ts';

let root: string;
let manifest: TrainedManifest;

/** Soft tissue in noise, and air on its right. */
function scan(slices: number): Volume {
  const [width, height] = [50, 44];
  const random = createRandom(slices);
  const hu = Int16Array.from({ length: width * height * slices }, (_, p) =>
    Math.round(random.normal(p % width < 30 ? 60 : -900, 90)),
  );
  const voxelToWorld = affineFromColumns([2.5, 0, 0], [0, 3, 0], [0, 0, 4], [0, 0, 0]);
  return createVolume({ sizeVoxels: [width, height, slices], voxelToWorld }, hu);
}

const SCAN = scan(5);
const GOLDEN = scan(1);

const CODE = { scheme: 'SCT', value: '10200004', meaning: 'Liver' };
const plain = { smoothingMm: 3, maxComponents: 0, minComponentMl: 0, fillHoles: true };
const ORGAN: StageOutput = { ...plain, label: 1, classes: [1, 2], threshold: 0.75 };
const LESION: StageOutput = { ...plain, label: 2, classes: [2], threshold: 0.25, within: 1 };

interface TrainedFacts {
  readonly name: string;
  readonly spacingMm: number;
  readonly outputs: readonly StageOutput[];
  readonly region: MillimetreRegion;
}

const STAGES: readonly TrainedFacts[] = [
  { name: 'organs', spacingMm: 6, outputs: [ORGAN], region: { kind: 'whole-slice' } },
  { name: 'lesions', spacingMm: 4, outputs: [LESION], region: { kind: 'box-around-labels', labels: [1], marginMm: 10 } },
];

/** What training leaves, with weights as they come. */
async function writeTrainedRun(folder: string): Promise<void> {
  for (const [n, { name }] of STAGES.entries()) {
    await saveTrainedModel(stemUnet([64, 64], 3), join(folder, name));
    const facts = { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50 + n, standardDeviationHu: 250 };
    await writeFile(join(folder, name, 'intensity.json'), JSON.stringify(facts));
  }
  const run = {
    recipe: 'abdomen-test',
    version: '1.0.0',
    startedAt: '2026-01-01T00:00:00Z',
    seed: 1,
    backend: 'cpu',
    data: 'none',
    software: {},
    figures: [],
    labels: [
      { index: 1, name: 'liver', color: '#00ffff', code: CODE },
      { index: 2, name: 'tumour', color: '#ffff00', code: CODE },
    ],
    organLabel: 1,
    lesionLabel: 2,
    enhancedOrganHu: 75,
    bodyParts: ['ABDOMEN'],
    postprocessing: { minComponentMl: 0, minLesionMl: 0, minOrganMl: 0, maxComponents: 0 },
    reportedFigures: [],
    intendedUse: 'Tests.',
    limits: [],
    stages: STAGES.map(({ name, ...millimetres }) => ({
      name,
      model: `${name}/model.json`,
      intensity: `${name}/intensity.json`,
      gridPixels: [64, 64],
      region: { kind: 'whole-slice' },
      outputLabels: [0, 1, 2],
      millimetres: { ...millimetres, multipleOf: STEM_MULTIPLE },
      steps: 1,
    })),
  };
  await writeFile(join(folder, 'trained.json'), JSON.stringify(run));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-millimetres-'));
  await writeTrainedRun(root);
  const run = await readTrainedRun(root);
  const stages = await loadStages(root, run, [{ what: 'noise', volumes: [SCAN] }]);
  const reference = createOnnxReference();
  const engine = { ...reference, segmentGolden, replaySlices };
  await writeBundleFolder(join(root, 'bundle'), (writer) =>
    exportBundle({ ...bundleInput(), ...run, name: run.recipe, stages, goldenNiftis: [writeNiftiVolume(GOLDEN)] }, engine, writer),
  );
  await reference.release();
  manifest = parseManifest(await readFile(join(root, 'bundle', 'manifest.json'), 'utf8')) as TrainedManifest;
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function segmented(volume: Volume): Promise<Uint8Array> {
  const readGolden = (file: Uint8Array) => readNifti(file).volume;
  const bundle = await loadBundle(bundleFolder(join(root, 'bundle')), {
    openSessions: nodeSessions({ providers: ['cpu'] }),
    readGolden,
  });
  try {
    return (await segment(bundle, volume)).labelMap.labels;
  } finally {
    await bundle.release();
  }
}

describe('a bundle of stages in millimetres, exported from a training run', () => {
  it('says in its manifest what the training run said, and what the certificate found', () => {
    expect(manifest.stages.map(({ space }) => space)).toEqual(['millimetres', 'millimetres']);
    expect(manifest.enhancedOrganHu).toBe(75);
    expect(manifest.stages[1]).toMatchObject({ spacingMm: 4, multipleOf: 8, outputs: [LESION], region: STAGES[1]?.region });
    expect(manifest.parity.results.map(({ stage, slices }) => [stage, slices])).toEqual([
      ['organs', 4],
      ['lesions', 4],
    ]);
  });

  it('has a card that tells how its files are to be used', async () => {
    const card = await readFile(join(root, 'bundle', 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('6 mm, slices as scanned');
    expect(card).toContain('a box 10 mm round liver');
    expect(card).toContain('| lesions | tumour | 2 ≥ 0.25 | 3 mm along the body | all, holes filled, within liver |');
    expect(card).toContain('`probabilities`, uint8');
    expect(card).not.toContain('`labels`, uint8');
  });

  it('is verified, its stored golden labels too', async () => {
    const checks = await checkBundle(bundleFolder(join(root, 'bundle')));
    expect(checks.map(({ name, failure }) => [name, failure])).toContainEqual(['stored labels of the golden slice', undefined]);
    expect(checks.filter(({ failure, note }) => failure ?? note)).toEqual([]);
  });

  it('marks something, and the same in the world whatever the order of the voxels', async () => {
    const labels = readNiftiLabels(await readFile(join(root, 'bundle', 'golden-labels.nii.gz'))).labels;
    expect(new Set(labels)).toEqual(new Set([0, 1, 2]));
    const order = { axes: [2, 0, 1], isFlipped: [true, false, true] } as const;
    const found = await segmented(reorderVolume(GOLDEN, order));
    const expected = reorderVolume(createVolume(GOLDEN.geometry, Int16Array.from(labels)), order).hu;
    expect(found.every((label, p) => label === expected[p])).toBe(true);
  });
});
