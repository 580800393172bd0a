/**
 * Two label maps and a region → which lesions were found, which were not, and what is none.
 *
 * A lesion is a 3-D component of the region (26-connectivity). Its overlap with a predicted one is their IoU. Pairs are
 * made one to one, largest overlap first, among those that reach the threshold; above one half no other order is possible.
 * @module
 */
import { createLabelMap, type GridGeometry } from '../../core/volume.ts';
import { axialView } from '../../preprocess/reorient.ts';
import { type Components, connectedComponents } from '../../runtime/components.ts';
import { type LabelRuns, labelRuns } from '../../runtime/label-runs.ts';
import { inPlaneDiametersMm } from '../../runtime/measures/diameter.ts';
import { COMPONENT_CONNECTIVITY, runVolumesMl } from '../../runtime/postprocess.ts';
import type { LesionDetection, LesionScores, Region } from './scores.ts';

export const LESION_OVERLAPS = [0.1, 0.5] as const;

interface Lesions {
  readonly runs: LabelRuns;
  readonly components: Components;
  readonly voxels: Float64Array;
  readonly volumeMl: Float64Array;
}

/** A truth and a predicted lesion that share a voxel. */
interface Pair {
  readonly truth: number;
  readonly predicted: number;
  readonly iou: number;
}

/**
 * Scores a region lesion by lesion.
 * @param prediction - Labels of the grid (a part of the image that holds the whole region will do).
 * @param truth - As the prediction.
 */
export function scoreLesions(
  prediction: Uint8Array,
  truth: Uint8Array,
  { geometry, region }: { readonly geometry: GridGeometry; readonly region: Region },
): LesionScores {
  const real = findLesions(truth, geometry, region);
  const found = findLesions(prediction, geometry, region);
  const pairs = overlappingPairs(real, found);
  const [at10, at50] = LESION_OVERLAPS.map((threshold) => matchPairs(pairs, threshold)) as [Matching, Matching];
  const bestOverlap = new Float64Array(real.components.count);
  for (const { truth: lesion, iou } of pairs) bestOverlap[lesion] = Math.max(bestOverlap[lesion] as number, iou);
  const diameters = diametersMm(real, geometry);
  const counts = { truthCount: real.components.count, predictedCount: found.components.count };
  return {
    detection: [
      detection(counts, { matched: at10.truth.size, overlapThreshold: LESION_OVERLAPS[0] }),
      detection(counts, { matched: at50.truth.size, overlapThreshold: LESION_OVERLAPS[1] }),
    ],
    truthLesions: Array.from(real.volumeMl, (volumeMl, lesion) => ({
      volumeMl,
      diameterMm: diameters[lesion] as number,
      bestOverlap: bestOverlap[lesion] as number,
      isDetectedAt10: at10.truth.has(lesion),
      isDetectedAt50: at50.truth.has(lesion),
    })),
    falsePositives: Array.from(found.volumeMl, (volumeMl, lesion) => ({ volumeMl, lesion })).flatMap(({ volumeMl, lesion }) =>
      at10.predicted.has(lesion) ? [] : [{ volumeMl }],
    ),
  };
}

function findLesions(labels: Uint8Array, geometry: GridGeometry, region: Region): Lesions {
  const runs = labelRuns(createLabelMap(geometry, labels));
  const components = connectedComponents(runs, region.labels, COMPONENT_CONNECTIVITY);
  const runMl = runVolumesMl(runs, geometry);
  const voxels = new Float64Array(components.count);
  const volumeMl = new Float64Array(components.count);
  components.ofRun.forEach((lesion, run) => {
    if (lesion < 0) return;
    voxels[lesion] = (voxels[lesion] as number) + (runs.length[run] as number);
    volumeMl[lesion] = (volumeMl[lesion] as number) + (runMl[run] as number);
  });
  return { runs, components, voxels, volumeMl };
}

/** Walks through the runs of both maps, which come in array order. */
function overlappingPairs(real: Lesions, found: Lesions): readonly Pair[] {
  const shared = new Map<number, number>();
  const stopOf = ({ runs }: Lesions, run: number): number => (runs.start[run] as number) + (runs.length[run] as number);
  for (let a = 0, b = 0; a < real.runs.start.length && b < found.runs.start.length; ) {
    const [truth, predicted] = [real.components.ofRun[a] as number, found.components.ofRun[b] as number];
    const [stopA, stopB] = [stopOf(real, a), stopOf(found, b)];
    const voxels = Math.min(stopA, stopB) - Math.max(real.runs.start[a] as number, found.runs.start[b] as number);
    if (truth >= 0 && predicted >= 0 && voxels > 0) {
      const key = truth * found.components.count + predicted;
      shared.set(key, (shared.get(key) ?? 0) + voxels);
    }
    if (stopA <= stopB) a++;
    else b++;
  }
  return [...shared].map(([key, voxels]) => {
    const predicted = key % found.components.count;
    const truth = (key - predicted) / found.components.count;
    return { truth, predicted, iou: voxels / ((real.voxels[truth] as number) + (found.voxels[predicted] as number) - voxels) };
  });
}

/** The lesions of both maps that have a partner. */
interface Matching {
  readonly truth: ReadonlySet<number>;
  readonly predicted: ReadonlySet<number>;
}

function matchPairs(pairs: readonly Pair[], threshold: number): Matching {
  const truth = new Set<number>();
  const predicted = new Set<number>();
  for (const pair of pairs.filter(({ iou }) => iou >= threshold).sort((a, b) => b.iou - a.iou)) {
    if (truth.has(pair.truth) || predicted.has(pair.predicted)) continue;
    truth.add(pair.truth);
    predicted.add(pair.predicted);
  }
  return { truth, predicted };
}

function detection(
  { truthCount, predictedCount }: Pick<LesionDetection, 'truthCount' | 'predictedCount'>,
  { matched, overlapThreshold }: Pick<LesionDetection, 'matched' | 'overlapThreshold'>,
): LesionDetection {
  const areNone = truthCount + predictedCount === 0;
  const share = (part: number, whole: number): number => (areNone ? 1 : whole === 0 ? 0 : part / whole);
  return {
    overlapThreshold,
    truthCount,
    predictedCount,
    matched,
    precision: share(matched, predictedCount),
    recall: share(matched, truthCount),
    f1: share(2 * matched, truthCount + predictedCount),
  };
}

function diametersMm({ runs, components }: Lesions, geometry: GridGeometry): readonly number[] {
  return [...inPlaneDiametersMm(runs, components, axialView(geometry))];
}
