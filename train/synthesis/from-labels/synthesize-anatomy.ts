/**
 * A template and a design → a new labelled CT: another patient, another contrast, another scanner.
 * @module
 */
import { affineFromColumns } from '../../../core/affine.ts';
import { createRandom } from '../../../core/random.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../../core/volume.ts';
import type { AcquisitionChoices } from '../acquisition.ts';
import { createWhiteNoisePool } from '../noise-field.ts';
import type { ContrastPhase } from '../tissue.ts';
import { acquire } from './acquire.ts';
import { sampleBend } from './bend.ts';
import { sampleContrast } from './contrast.ts';
import type { AnatomyDesign } from './design.ts';
import { extendChest } from './extend-chest.ts';
import { growKidneyLesions } from './kidney-lesions.ts';
import type { LesionFact } from './lesion-fact.ts';
import { growLiverLesions } from './liver-lesions.ts';
import { type Mode, paint } from './paint.ts';
import { paintedGrid, planScan } from './plan-scan.ts';
import { resampleTemplate } from './resample-template.ts';
import type { Template } from './template.ts';
import { truthTable } from './truth.ts';

export interface AnatomyOptions extends AcquisitionChoices {
  readonly seed: number;
  /** Of those that are shifted or painted; a real CT that stays as it is keeps its own. */
  readonly phase?: ContrastPhase;
}

export interface Anatomy {
  /** Axis codes LPS, slices from the feet to the head. */
  readonly volume: Volume;
  /** Labels as the design's truth says, on the grid of the volume. */
  readonly truth: LabelMap;
  readonly facts: AnatomyFacts;
}

export interface AnatomyFacts {
  readonly seed: number;
  readonly mode: Mode;
  /** Of a real CT as it is, the phase is its own and not known. */
  readonly phase: ContrastPhase | 'as scanned';
  readonly lesions: readonly LesionFact[];
}

const NOISE_POOL = 1 << 19;

/** Makes the anatomy of a seed; the same template, design and options give the same voxels. */
export function synthesizeAnatomy(template: Template, design: AnatomyDesign, options: AnatomyOptions): Anatomy {
  const random = createRandom(options.seed, 'anatomy');
  const whole = extendChest(random.fork('chest'), template, design.chest);
  const bend = sampleBend(random.fork('bend'), whole, design.bend);
  const plan = planScan(random.fork('scan'), whole, bend, design.scan, options);
  const grid = paintedGrid(plan);
  const bent = resampleTemplate(whole, bend, grid);
  const contrast = sampleContrast(random.fork('contrast'), design.contrast, design.hu, options.phase);
  const pixels = grid.sizeVoxels[0] * grid.sizeVoxels[1];
  const noise = createWhiteNoisePool(random.fork('noise'), Math.max(NOISE_POOL, 2 * pixels));
  const source = { bent, medianHu: whole.medianHu, contrast, grid, noise };
  const { mode, hu, meansHu } = paint(random.fork('paint'), source, design.paint);
  const scene = { grid, tissues: bent.tissues, hu, meansHu };
  const lesions = [
    ...growLiverLesions(random.fork('liver lesions'), scene, contrast.phase, design.liverLesions),
    ...growKidneyLesions(random.fork('kidney lesions'), scene, mode, design.kidneyLesions),
  ];
  const scanned = acquire(random.fork('scanner'), { hu, tissues: bent.tissues, noise }, plan, design.scanner);
  const { sizeVoxels, originMm, spacingMm } = plan.grid;
  const voxelToWorld = affineFromColumns([spacingMm[0], 0, 0], [0, spacingMm[1], 0], [0, 0, spacingMm[2]], originMm);
  const geometry = { sizeVoxels, voxelToWorld };
  return {
    volume: createVolume(geometry, scanned),
    truth: createLabelMap(geometry, middlePlanes(bent.tissues, pixels, plan.planesPerSlice, truthTable(design.truth))),
    facts: { seed: options.seed, mode, phase: mode === 'real' ? 'as scanned' : contrast.phase, lesions },
  };
}

/** Truth of each slice: that of the plane in its middle, as a reader would outline it. */
function middlePlanes(tissues: Uint8Array, pixels: number, planesPerSlice: number, table: Uint8Array): Uint8Array {
  const out = new Uint8Array(tissues.length / planesPerSlice);
  for (let k = 0; k * pixels < out.length; k++) {
    const from = (k * planesPerSlice + (planesPerSlice - 1) / 2) * pixels;
    for (let p = 0; p < pixels; p++) out[k * pixels + p] = table[tissues[from + p] as number] as number;
  }
  return out;
}
