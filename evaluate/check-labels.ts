/**
 * Labels that occur in a map → what is wrong with them, in words, before anything is scored.
 * @module
 */
import type { Finding } from '../core/finding.ts';
import type { LabelSet } from '../core/label-table.ts';
import type { LabelMap } from '../core/volume.ts';

/** Voxels of each label that occurs, background left out, ascending. */
export function labelCounts({ labels }: LabelMap): ReadonlyMap<number, number> {
  const counts = new Float64Array(256);
  for (let p = 0; p < labels.length; p++) (counts[labels[p] as number] as number)++;
  const found = new Map<number, number>();
  for (let label = 1; label < counts.length; label++) if (counts[label]) found.set(label, counts[label] as number);
  return found;
}

/** Labels that nobody has named: what they are worth cannot be known, so the case is not scored. */
export function unknownLabels(map: LabelMap, { labels }: LabelSet): readonly number[] {
  const known = new Set(labels.map(({ index }) => index));
  return [...labelCounts(map).keys()].filter((label) => !known.has(label));
}

/**
 * A truth whose numbering has a hole: a higher label is there and the organ, or a label that nobody named, is not. An
 * absent lesion is no hole: many patients have none.
 */
export function numberingHole(truth: LabelMap, { labels, organLabel }: LabelSet): Finding | undefined {
  const found = [...labelCounts(truth).keys()];
  const highest = found.at(-1) ?? 0;
  const named = new Set(labels.map(({ index }) => index));
  const missing = Array.from({ length: highest }, (_, n) => n + 1).filter(
    (label) => !found.includes(label) && (label === organLabel || !named.has(label)),
  );
  if (missing.length === 0) return undefined;
  return {
    code: 'TRUTH_NUMBERING_HOLE',
    severity: 'warning',
    message: `The truth holds labels ${found.join(', ')} but no voxel of ${missing.join(', ')}: was a structure lost, or are its labels numbered otherwise?`,
  };
}

/** Rewrites labels; what the table does not name becomes background. */
export function mapLabels({ geometry, labels }: LabelMap, table: ReadonlyMap<number, number>): LabelMap {
  const to = Uint8Array.from({ length: 256 }, (_, label) => table.get(label) ?? 0);
  return { geometry, labels: labels.map((label) => to[label] as number) };
}
