/**
 * Files of a case → truth, image and prediction in memory, checked against each other.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { LabelSet } from '../../core/label-table.ts';
import type { LabelMap } from '../../core/volume.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { type ReadVolume, readVolume } from '../../daemon/intake/read-volume.ts';
import { mapLabels, unknownLabels } from '../../evaluate/check-labels.ts';
import { gridMismatch, gridToGrid, resampleLabels } from '../../evaluate/resample.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';

/** Reads a file and digests it. @throws {VoxwatchError} `INPUT_NOT_FOUND`. */
export async function readDigested(file: string): Promise<{ bytes: Uint8Array; sha256: string }> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'A file of this case cannot be read.', {}, cause);
  });
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The image of a case: one series, NIfTI or DICOM. @throws {VoxwatchError} as the readers do. */
export async function readImage(path: string): Promise<ReadVolume> {
  const { series, setAside } = await discoverSeries(path);
  const [first] = series;
  if (!first) {
    const { code, message } = setAside[0] ?? { code: 'INPUT_EMPTY', message: 'There is no CT image for this case.' };
    throw new VoxwatchError(code as 'INPUT_EMPTY', message);
  }
  if (series.length > 1) throw new VoxwatchError('INVALID_ARGUMENT', 'The image of this case holds several series.');
  return readVolume(first);
}

/**
 * A truth in the labels of the run.
 * @param renamed - Index in the truth → index of the run, where the user has said so; others are then background.
 * @throws {VoxwatchError} `LABEL_UNKNOWN`.
 */
export function readTruth(bytes: Uint8Array, labels: LabelSet, renamed: ReadonlyMap<number, number> | undefined): LabelMap {
  const stored = readNiftiLabels(bytes);
  const truth = renamed ? mapLabels(stored, renamed) : stored;
  assertKnown(truth, labels, 'truth');
  return truth;
}

/**
 * Brings a prediction onto the truth's grid.
 * @throws {VoxwatchError} `GEOMETRY_MISMATCH`, naming the difference, unless resampling was asked for; `LABEL_UNKNOWN`.
 */
export function fitPrediction(
  prediction: LabelMap,
  truth: LabelMap,
  { labels, mayResample }: { readonly labels: LabelSet; readonly mayResample: boolean },
): { prediction: LabelMap; findings: readonly Finding[] } {
  assertKnown(prediction, labels, 'prediction');
  const mismatch = gridMismatch(truth.geometry, prediction.geometry);
  if (!mismatch) return { prediction: { geometry: truth.geometry, labels: prediction.labels }, findings: [] };
  if (!mayResample) {
    throw new VoxwatchError(
      'GEOMETRY_MISMATCH',
      `The prediction lies on another grid than the truth: ${mismatch}. With --resample it is brought over by nearest neighbour.`,
    );
  }
  const resampled = resampleLabels(prediction, truth.geometry, gridToGrid(truth.geometry, prediction.geometry));
  const message = `The prediction was brought onto the truth's grid by nearest neighbour: ${mismatch}.`;
  return { prediction: resampled, findings: [{ code: 'PREDICTION_RESAMPLED', severity: 'info', message }] };
}

function assertKnown(map: LabelMap, labels: LabelSet, what: 'truth' | 'prediction'): void {
  const unknown = unknownLabels(map, labels);
  if (unknown.length === 0) return;
  const known = labels.labels.map(({ index, name }) => `${index} ${name}`).join(', ');
  const remedy = what === 'truth' ? ' Say what they are with --truth-label NUMBER=NAME.' : '';
  throw new VoxwatchError(
    'LABEL_UNKNOWN',
    `The ${what} holds ${unknown.length === 1 ? 'label' : 'labels'} ${unknown.join(', ')}, which nobody has named (known: ${known}).${remedy}`,
  );
}
