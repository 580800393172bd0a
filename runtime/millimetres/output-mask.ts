/**
 * Probabilities of one output on the network's grid → which of its voxels belong to the label, judged in three
 * dimensions: threshold, components, holes.
 * @module
 */
import type { StageOutput } from '../../core/millimetre-stage.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { CERTAIN } from '../../preprocess/millimetre-grid.ts';
import { type Connectivity, connectedComponents } from '../components.ts';
import { type LabelRuns, labelRuns } from '../label-runs.ts';
import { runVolumesMl } from '../postprocess.ts';
import { keepBulgingInPlace } from './bulging-components.ts';
import { redrawInPlace } from './redrawn-outline.ts';

/** Voxels that belong together touch by faces; so do those of what lies round them. */
const CONNECTIVITY: Connectivity = 6;

/** What a voxel of a mask is. */
export const OUTSIDE = 0;
export const KEPT = 1;
/** It belongs, whatever its probability. */
export const FILLED = 2;
/** Kept, and outside of what the label must lie within. */
export const BULGING = 3;

/**
 * Judges an output.
 * @param probabilities - uint8 on the grid, 255 = certain; not modified.
 * @param earlier - Where earlier outputs and stages gave the label that this one must lie within, or is to redraw: 1 a voxel.
 * @returns {@link OUTSIDE}, {@link KEPT}, {@link BULGING}, or {@link FILLED} for what the kept voxels enclose and for the depth
 *   of what is redrawn.
 */
export function outputMask(
  probabilities: Uint8Array,
  { threshold, fillHoles, bulgeMm = 0, redrawMm, ...rules }: StageOutput,
  grid: GridGeometry,
  earlier?: Uint8Array,
): Uint8Array {
  const least = threshold * CERTAIN;
  const inside = redrawMm === undefined ? earlier : undefined;
  const mask = new Uint8Array(probabilities.length);
  const beyond = bulgeMm > 0 ? BULGING : OUTSIDE;
  for (let p = 0; p < mask.length; p++)
    if ((probabilities[p] as number) >= least) mask[p] = inside === undefined || inside[p] === 1 ? KEPT : beyond;
  if (inside && bulgeMm > 0) keepBulgingInPlace(mask, { inside, bulgeMm }, grid, CONNECTIVITY);
  if (earlier && redrawMm !== undefined) redrawInPlace(mask, { before: earlier, redrawMm, certain: FILLED }, grid);
  keepComponentsInPlace(mask, probabilities, grid, rules);
  if (fillHoles) fillHolesInPlace(mask, grid);
  return mask;
}

function keepComponentsInPlace(
  mask: Uint8Array,
  probabilities: Uint8Array,
  grid: GridGeometry,
  { maxComponents, minComponentMl, leastPeak = 0 }: Pick<StageOutput, 'maxComponents' | 'minComponentMl' | 'leastPeak'>,
): void {
  if (maxComponents === 0 && minComponentMl === 0 && leastPeak === 0) return;
  const runs = labelRuns({ labels: mask, geometry: grid });
  const { count, ofRun } = connectedComponents(runs, [KEPT, BULGING, FILLED], CONNECTIVITY);
  const [volumesMl, peaks] = [new Float64Array(count), new Uint8Array(count)];
  runVolumesMl(runs, grid).forEach((ml, run) => {
    const component = ofRun[run] as number;
    volumesMl[component] = (volumesMl[component] as number) + ml;
    const first = runs.start[run] as number;
    for (let p = first; p < first + (runs.length[run] as number); p++)
      if ((probabilities[p] as number) > (peaks[component] as number)) peaks[component] = probabilities[p] as number;
  });
  const kept = Array.from(volumesMl.keys())
    .filter((component) => (volumesMl[component] as number) >= minComponentMl)
    .filter((component) => (peaks[component] as number) >= leastPeak * CERTAIN)
    .sort((a, b) => (volumesMl[b] as number) - (volumesMl[a] as number))
    .slice(0, maxComponents > 0 ? maxComponents : undefined);
  const isKept = new Set(kept);
  fillRuns(mask, runs, (run) => !isKept.has(ofRun[run] as number), OUTSIDE);
}

/** A hole is what lies outside and reaches no face of the grid. */
function fillHolesInPlace(mask: Uint8Array, grid: GridGeometry): void {
  const outside = new Uint8Array(mask.length);
  for (let p = 0; p < mask.length; p++) if (mask[p] === OUTSIDE) outside[p] = 1;
  const runs = labelRuns({ labels: outside, geometry: grid });
  const { count, ofRun } = connectedComponents(runs, [1], CONNECTIVITY);
  const isOpen = new Uint8Array(count);
  for (let run = 0; run < ofRun.length; run++) if (touchesFace(runs, run)) isOpen[ofRun[run] as number] = 1;
  fillRuns(mask, runs, (run) => isOpen[ofRun[run] as number] === 0, FILLED);
}

function touchesFace({ start, length, sizeVoxels: [width, height, slices] }: LabelRuns, run: number): boolean {
  const first = start[run] as number;
  const row = Math.floor(first / width);
  const [i, j, k] = [first % width, row % height, Math.floor(row / height)];
  const isAtEnd = i === 0 || i + (length[run] as number) === width;
  return isAtEnd || j === 0 || j === height - 1 || k === 0 || k === slices - 1;
}

function fillRuns(mask: Uint8Array, { start, length }: LabelRuns, isMeant: (run: number) => boolean, value: number): void {
  for (let run = 0; run < start.length; run++) {
    const first = start[run] as number;
    if (isMeant(run)) mask.fill(value, first, first + (length[run] as number));
  }
}
