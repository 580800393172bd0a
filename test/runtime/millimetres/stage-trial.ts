/**
 * A stage in millimetres run on a small body by ramps instead of a network, and beside it the plain way of `slow-millimetre-stage.ts`.
 * @module
 */
import { affineFromColumns } from '../../../core/affine.ts';
import type { StageOutput } from '../../../core/millimetre-stage.ts';
import type { MillimetreStage } from '../../../core/model-manifest.ts';
import { createRandom } from '../../../core/random.ts';
import { createVolume, type Volume } from '../../../core/volume.ts';
import { axialView } from '../../../preprocess/reorient.ts';
import { gridRegion } from '../../../runtime/millimetres/millimetre-region.ts';
import { runMillimetreStage } from '../../../runtime/millimetres/millimetre-stage.ts';
import type { InferenceSession } from '../../../runtime/sessions/session.ts';
import { type Ramp, rampSession, slowMillimetreStage } from './slow-millimetre-stage.ts';

/** Balls in noise: two organs, one of them with a hole, lesions in them, and specks. */
export function body(
  size: readonly [number, number, number],
  mm: readonly [number, number, number],
  positions?: readonly number[],
): Volume {
  const random = createRandom(5);
  const [ni, nj, nk] = size;
  const z = (k: number): number => positions?.[k] ?? k * mm[2];
  const [x, y, top] = [ni * mm[0], nj * mm[1], z(nk - 1)];
  const balls = [
    { at: [0.3 * x, 0.45 * y, 0.5 * top], radius: 0.24 * x, hu: 120 },
    { at: [0.33 * x, 0.45 * y, 0.5 * top], radius: 0.11 * x, hu: -200 },
    { at: [0.2 * x, 0.35 * y, 0.45 * top], radius: 0.08 * x, hu: 200 },
    { at: [0.85 * x, 0.6 * y, 0.4 * top], radius: 0.2 * x, hu: 130 },
    { at: [0.9 * x, 0.6 * y, 0.4 * top], radius: 0.09 * x, hu: 210 },
    { at: [0.6 * x, 0.1 * y, 0.8 * top], radius: 0.09 * x, hu: 150 },
  ];
  const hu = new Int16Array(ni * nj * nk);
  for (let k = 0, p = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, p++) {
        let value = 0;
        for (const { at, radius, hu: inside } of balls)
          if (Math.hypot(i * mm[0] - at[0]!, j * mm[1] - at[1]!, z(k) - at[2]!) < radius) value = inside;
        hu[p] = value + Math.round(random.normal(0, 25));
      }
    }
  }
  const voxelToWorld = affineFromColumns([mm[0], 0, 0], [0, mm[1], 0], [0, 0, mm[2]], [-100, 20, 7]);
  return createVolume({ sizeVoxels: [ni, nj, nk], voxelToWorld, ...(positions ? { slicePositionsMm: positions } : {}) }, hu);
}

export const ORGAN: StageOutput = {
  label: 1,
  classes: [1, 2],
  threshold: 0.45,
  smoothingMm: 2.5,
  maxComponents: 2,
  minComponentMl: 0.05,
  fillHoles: true,
};
export const LESION: StageOutput = {
  label: 2,
  classes: [2],
  threshold: 0.5,
  smoothingMm: 1,
  maxComponents: 0,
  minComponentMl: 0.02,
  fillHoles: false,
  within: 1,
};
export const RAMPS: readonly Ramp[] = [
  [20, 110],
  [130, 210],
];

export type Stage = Pick<MillimetreStage, 'spacingMm' | 'outputs' | 'region' | 'inputSmoothingMm'>;
export const WHOLE: Stage = { spacingMm: 2, outputs: [ORGAN, LESION], region: { kind: 'whole-slice' } };

/** One for each output of a stage. */
const rampsOf = ({ outputs }: Stage): readonly Ramp[] => outputs.map(({ label }) => RAMPS[label - 1] as Ramp);

export async function run(
  stage: Stage,
  volume: Volume,
  {
    labels = new Uint8Array(volume.hu.length),
    batchSlices = 1,
    session = rampSession(rampsOf(stage)) as InferenceSession,
    signal = undefined as AbortSignal | undefined,
  } = {},
): Promise<Uint8Array> {
  const view = axialView(volume.geometry);
  const manifest = { name: 'organs', ...stage } as MillimetreStage;
  const region = gridRegion(stage, view, labels);
  const options = { batchSlices, ...(signal ? { signal } : {}) };
  if (region) await runMillimetreStage({ manifest, session }, { view, volume, region }, labels, options);
  return labels;
}

export function slow(stage: Stage, volume: Volume, labels = new Uint8Array(volume.hu.length)): Uint8Array {
  slowMillimetreStage(stage, volume, rampsOf(stage), labels);
  return labels;
}

export const counts = (labels: Uint8Array): number[] => [0, 1, 2].map((label) => labels.filter((value) => value === label).length);
export const differing = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((count, label, p) => count + (label === b[p] ? 0 : 1), 0);

export const VOLUME = body([29, 23, 11], [1.3, 1.9, 2.7]);
