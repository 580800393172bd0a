/**
 * A phantom study: a CT volume of a sampled patient, with its truth.
 * @module
 */
import { affineFromColumns } from '../../core/affine.ts';
import { createRandom } from '../../core/random.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../core/volume.ts';
import { type AcquisitionChoices, paintTable, sampleAcquisition, scan } from './acquisition.ts';
import { sampleAnatomy } from './anatomy.ts';
import type { LesionFact } from './kidneys.ts';
import { createWhiteNoisePool } from './noise-field.ts';
import { paintSlice } from './paint-slice.ts';
import { CONTRAST_PHASES, type ContrastPhase } from './tissue.ts';

export interface PhantomOptions extends AcquisitionChoices {
  readonly seed: number;
  readonly phase?: ContrastPhase;
  /** Number of tumours; sampled where absent. */
  readonly tumours?: number;
}

export interface Phantom {
  /** Axis codes LPS, slices from the feet to the head. */
  readonly volume: Volume;
  /** 0 background, 1 kidney (cysts included), 2 tumour. */
  readonly truth: LabelMap;
  readonly facts: { readonly seed: number; readonly phase: ContrastPhase; readonly lesions: readonly LesionFact[] };
}

/** Scans of kidney tumours are made with contrast, mostly early: report 003 works on late-arterial scans. */
const PHASE_WEIGHTS = [0.12, 0.45, 0.31, 0.12] as const;
const TUMOUR_COUNTS = [0, 1, 2] as const;
const TUMOUR_WEIGHTS = [0.22, 0.63, 0.15] as const;
/** Planes that are averaged into one slice are at most this far apart, mm: partial volume along z. */
const SUBPLANE_MM = 2.6;
const NOISE_POOL = 1 << 21;

/** Makes the study of a seed; the same options give the same voxels. */
export function synthesizePhantom(options: PhantomOptions): Phantom {
  const random = createRandom(options.seed, 'phantom');
  const choose = random.fork('study');
  const phase = options.phase ?? choose.pick(CONTRAST_PHASES, PHASE_WEIGHTS);
  const tumours = options.tumours ?? choose.pick(TUMOUR_COUNTS, TUMOUR_WEIGHTS);
  const anatomy = sampleAnatomy(random.fork('anatomy'), phase, tumours);
  const acquisition = sampleAcquisition(random.fork('acquisition'), anatomy.body, options);
  const { plane, slices, sliceStepMm, sliceThicknessMm, lowestMm } = acquisition;
  const pixels = plane.sizePixels[0] * plane.sizePixels[1];
  const hu = new Int16Array(pixels * slices);
  const labels = new Uint8Array(pixels * slices);
  const noise = createWhiteNoisePool(random.fork('noise'), Math.max(NOISE_POOL, 2 * pixels));
  const grain = random.fork('grain');
  // An odd number: the middle one is the slice's own plane, and the truth is painted there.
  const subplanes = 2 * Math.round((sliceThicknessMm / SUBPLANE_MM - 1) / 2) + 1;
  for (let k = 0; k < slices; k++) {
    const centre = lowestMm + k * sliceStepMm;
    const mean = new Float32Array(pixels);
    for (let n = 0; n < subplanes; n++) {
      const painted = paintSlice(anatomy, plane, centre + ((n + 0.5) / subplanes - 0.5) * sliceThicknessMm);
      for (let p = 0; p < pixels; p++) mean[p] = (mean[p] as number) + (painted.hu[p] as number) / subplanes;
      // The truth is that of the plane nearest to the slice's centre, as a reader would outline it.
      if (n === Math.floor(subplanes / 2)) labels.set(painted.labels, k * pixels);
    }
    paintTable(acquisition, mean);
    hu.set(scan(grain, acquisition, mean, noise), k * pixels);
  }
  const voxelToWorld = affineFromColumns(
    [plane.spacingMm[0], 0, 0],
    [0, plane.spacingMm[1], 0],
    [0, 0, sliceStepMm],
    [...plane.originMm, lowestMm],
  );
  const geometry = { sizeVoxels: [...plane.sizePixels, slices] as const, voxelToWorld };
  return {
    volume: createVolume(geometry, hu),
    truth: createLabelMap(geometry, labels),
    facts: { seed: options.seed, phase, lesions: anatomy.lesions },
  };
}
