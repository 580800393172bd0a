/**
 * What variants are calibrated and compared on: phantoms with their truth, real scans, and real scans with labels.
 * @module
 */
import { resolve } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import { labelSetOf, type ModelManifest } from '../../core/model-manifest.ts';
import type { Volume } from '../../core/volume.ts';
import { synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { TRUTH_LABELS } from '../../train/synthesis/trunk-study.ts';
import { openDataSet } from '../evaluate/data-set.ts';
import { readDigested, readImage, readTruth } from '../evaluate/read-case.ts';
import { renaming } from '../evaluate/run-labels.ts';
import { readScans } from '../read-scans.ts';
import { truthOnScan } from './truth-on-scan.ts';

/** Scans that make one line of a certificate. */
export interface ScanSet {
  /** For people: `phantoms (seeds 900011 to 900014)`. */
  readonly what: string;
  readonly scans: readonly { readonly volume: Volume; readonly truth?: Uint8Array }[];
}

/** Far from the seeds that training counts up from, and none of those that parity and golden slices use. */
const FIRST_SEED = 900_011;
/** Slices of the whole trunk, as `synthesize` is mostly asked for; enough for every organ. */
const SLICES = { slices: 20, sliceStepMm: 9, sliceThicknessMm: 3 } as const;

export interface ScanChoices {
  readonly phantoms: number;
  /** Paths of scans without labels. */
  readonly real: readonly string[];
  /** Folders of labelled cases; each is a line of its own. */
  readonly labelled: readonly string[];
  /** `NUMBER=NAME`, as `evaluate` takes them. */
  readonly truthLabels: readonly string[];
}

/**
 * Makes and reads the scans.
 * @throws {VoxwatchError} as the readers do; `INPUT_EMPTY`, `USAGE`.
 */
export async function variantScans(manifest: ModelManifest, choices: ScanChoices): Promise<readonly ScanSet[]> {
  const sets: ScanSet[] = [];
  if (choices.phantoms > 0) sets.push(phantoms(manifest, choices.phantoms));
  const real = await readScans(choices.real);
  if (real.length > 0) sets.push({ what: 'real CT scans', scans: real.map((volume) => ({ volume })) });
  // Never by their names: a folder's name may be a patient's.
  for (const [n, folder] of choices.labelled.entries()) {
    const which = choices.labelled.length === 1 ? '' : ` (folder ${n + 1})`;
    sets.push({ what: `labelled real scans${which}`, scans: await labelledScans(manifest, folder, choices.truthLabels) });
  }
  return sets;
}

function phantoms({ labels, organLabel, lesionLabel }: ModelManifest, count: number): ScanSet {
  const isLiver = labels.some(({ index, name }) => index === organLabel && name === 'liver');
  const indices: Readonly<Record<number, number>> = {
    [TRUTH_LABELS.organ]: organLabel ?? 0,
    [TRUTH_LABELS.tumour]: lesionLabel ?? organLabel ?? 0,
  };
  const scans = Array.from({ length: count }, (_, n) => {
    const { volume, truth } = synthesizePhantom({
      seed: FIRST_SEED + n,
      organ: isLiver ? 'liver' : 'kidney',
      tumours: 1,
      ...SLICES,
    });
    return { volume, truth: truth.labels.map((label) => indices[label] ?? 0) };
  });
  const seeds = count === 1 ? `seed ${FIRST_SEED}` : `seeds ${FIRST_SEED} to ${FIRST_SEED + count - 1}`;
  return { what: `phantoms (${seeds})`, scans };
}

async function labelledScans(manifest: ModelManifest, folder: string, truthLabels: readonly string[]): Promise<ScanSet['scans']> {
  const labels = labelSetOf(manifest);
  const renamed = renaming(truthLabels, labels);
  const { cases } = await openDataSet(resolve(folder));
  const scans = [];
  for (const { image, truth } of cases) {
    if (image === undefined) continue;
    const { volume } = await readImage(image);
    const map = readTruth((await readDigested(truth)).bytes, labels, renamed);
    scans.push({ volume, truth: truthOnScan(map, volume.geometry).labels });
  }
  if (scans.length === 0)
    throw new VoxwatchError('INPUT_EMPTY', 'The folder given with --labelled holds no case with image and labels.');
  return scans;
}
