/**
 * A phantom study: a CT volume of a sampled patient, with its truth.
 * @module
 */
import { affineFromColumns } from '../../core/affine.ts';
import { createRandom, type Random } from '../../core/random.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../core/volume.ts';
import { ABDOMEN_TRUTH } from './abdomen-truth.ts';
import { type AcquisitionChoices, paintTable, scan } from './acquisition.ts';
import { sampleHeadStudy } from './head/head-study.ts';
import { createWhiteNoisePool } from './noise-field.ts';
import { PAINTED_LABELS } from './structure.ts';
import type { Study } from './study.ts';
import type { ContrastPhase } from './tissue.ts';
import { sampleTrunkStudy } from './trunk-study.ts';

/**
 * What phantoms are made of. The truth of `brain` has label 1 for its tumours, that of `abdomen` is `ABDOMEN_TRUTH`, and so is that
 * of `head`: a head with face and neck, in which there are bones and muscles, and no organ of the abdomen. The others' is `TRUTH_LABELS`.
 */
export const PHANTOM_ORGANS = ['kidney', 'liver', 'abdomen', 'brain', 'head'] as const;

export type PhantomOrgan = (typeof PHANTOM_ORGANS)[number];

export interface PhantomOptions extends AcquisitionChoices {
  readonly seed: number;
  /** Whose tumours are in the truth; `kidney` where it is absent. */
  readonly organ?: PhantomOrgan;
  /** Of the trunk; heads are scanned after contrast medium. */
  readonly phase?: ContrastPhase;
  /** Number of tumours, in each organ that may have some; sampled where absent. */
  readonly tumours?: number;
}

export interface Phantom {
  /** Axis codes LPS, slices from the feet to the head. */
  readonly volume: Volume;
  readonly truth: LabelMap;
  readonly facts: { readonly seed: number } & Study['facts'];
}

/** Planes that are averaged into one slice are at most this far apart, mm: partial volume along z. */
const SUBPLANE_MM = 2.6;
const NOISE_POOL = 1 << 21;

/** How much of a head is there, and what the truth keeps of what is painted. */
const HEADS = {
  brain: { extent: 'brain', truth: new Map([[PAINTED_LABELS.brainTumour, 1]]) },
  head: { extent: 'whole-head', truth: new Map([[PAINTED_LABELS.wall, ABDOMEN_TRUTH['muscle and bone']]]) },
} as const;

/** Makes the study of a seed; the same options give the same voxels. */
export function synthesizePhantom(options: PhantomOptions): Phantom {
  const { organ = 'kidney', seed } = options;
  const random = createRandom(seed, 'phantom');
  const study = isHead(organ) ? sampleHeadStudy(random, options, HEADS[organ]) : sampleTrunkStudy(random, organ, options);
  return { ...scanStudy(random, study), facts: { seed, ...study.facts } };
}

function isHead(organ: PhantomOrgan): organ is keyof typeof HEADS {
  return organ in HEADS;
}

function scanStudy(random: Random, { acquisition, paint, truth }: Study): Pick<Phantom, 'volume' | 'truth'> {
  const { plane, slices, sliceStepMm, sliceThicknessMm, lowestMm, table } = acquisition;
  const pixels = plane.sizePixels[0] * plane.sizePixels[1];
  const hu = new Int16Array(pixels * slices);
  const labels = new Uint8Array(pixels * slices);
  const truthOf = Uint8Array.from(Object.values(PAINTED_LABELS), (painted) => truth.get(painted) ?? 0);
  const noise = createWhiteNoisePool(random.fork('noise'), Math.max(NOISE_POOL, 2 * pixels));
  const grain = random.fork('grain');
  // An odd number: the middle one is the slice's own plane, and the truth is painted there.
  const subplanes = 2 * Math.round((sliceThicknessMm / SUBPLANE_MM - 1) / 2) + 1;
  for (let k = 0; k < slices; k++) {
    const centre = lowestMm + k * sliceStepMm;
    const mean = new Float32Array(pixels);
    for (let n = 0; n < subplanes; n++) {
      const painted = paint(plane, centre + ((n + 0.5) / subplanes - 0.5) * sliceThicknessMm);
      for (let p = 0; p < pixels; p++) mean[p] = (mean[p] as number) + (painted.hu[p] as number) / subplanes;
      // The truth is that of the plane nearest to the slice's centre, as a reader would outline it.
      if (n === Math.floor(subplanes / 2))
        labels.set(
          painted.labels.map((label) => truthOf[label] as number),
          k * pixels,
        );
    }
    if (table) paintTable({ plane, table }, mean);
    hu.set(scan(grain, acquisition, mean, noise), k * pixels);
  }
  const voxelToWorld = affineFromColumns(
    [plane.spacingMm[0], 0, 0],
    [0, plane.spacingMm[1], 0],
    [0, 0, sliceStepMm],
    [...plane.originMm, lowestMm],
  );
  const geometry = { sizeVoxels: [...plane.sizePixels, slices] as const, voxelToWorld };
  return { volume: createVolume(geometry, hu), truth: createLabelMap(geometry, labels) };
}
