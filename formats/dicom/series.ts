/**
 * Instances, from any number of files → series that are one volume each, ordered, with findings and refusals.
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { type Refusal, refusalOf } from './ct-image-rules.ts';
import type { DicomInstance, ImagePlane } from './instance.ts';
import { buildLattice, heightAlongNormal, ORIENTATION_TOLERANCE, SAME_POSITION_MM } from './slice-lattice.ts';

/** One volume's instances. */
export interface DicomSeries {
  /** In the order of slices (ascending along the slice normal) where they form a stack. */
  readonly instances: readonly DicomInstance[];
  /** What tells sub-series of one Series Instance UID apart; empty for the first. */
  readonly subSeries: string;
  /** Absent exactly where {@link refusal} is there. */
  readonly geometry?: GridGeometry;
  readonly findings: readonly Finding[];
  readonly isClosed: boolean;
  /** Slices that the scanner says it made, if it does. */
  readonly declaredSlices?: number;
  readonly refusal?: Refusal;
}

/** Pixel spacings may differ by this part and still be the same. */
const SPACING_TOLERANCE = 1e-4;

/**
 * Groups instances by series and, within one, by what must be equal in a stack: size, orientation, spacing, frame of
 * reference; and by acquisition where two slices lie at the same place (phases of a contrast study).
 * @param instances - In any order. The same frame of the same SOP Instance UID counts once.
 * @returns ordered by series number, then by the order in which they were met.
 */
export function groupSeries(instances: readonly DicomInstance[]): DicomSeries[] {
  const unique = [...new Map(instances.map((instance) => [sliceName(instance), instance])).values()];
  const bySeries = groupBy(unique, (instance) => instance.seriesInstanceUid);
  const copiesOf = countCopies(instances);
  return bySeries
    .flatMap((members) => splitSeries(members).map((part, n) => describe(part, n === 0 ? '' : String(n + 1), copiesOf)))
    .sort((a, b) => seriesNumber(a) - seriesNumber(b));
}

/** Parts of one series, largest first: the part that a reader would call "the series" keeps its name. */
function splitSeries(members: readonly DicomInstance[]): DicomInstance[][] {
  const clusters: DicomInstance[][] = [];
  for (const member of members) {
    const cluster = clusters.find(([first]) => first && belongTogether(first, member));
    if (cluster) cluster.push(member);
    else clusters.push([member]);
  }
  return clusters.flatMap(splitPhases).sort((a, b) => b.length - a.length);
}

function splitPhases(cluster: DicomInstance[]): DicomInstance[][] {
  if (!hasSharedPositions(cluster)) return [cluster];
  const phases = groupBy(cluster, ({ acquisitionNumber }) => String(acquisitionNumber));
  return phases.some(hasSharedPositions) ? [cluster] : phases;
}

function belongTogether(a: DicomInstance, b: DicomInstance): boolean {
  return (
    refusalOf(a)?.code === refusalOf(b)?.code &&
    a.frameOfReferenceUid === b.frameOfReferenceUid &&
    a.format?.rows === b.format?.rows &&
    a.format?.columns === b.format?.columns &&
    haveSamePlaneShape(a.plane, b.plane)
  );
}

function haveSamePlaneShape(a: ImagePlane | undefined, b: ImagePlane | undefined): boolean {
  if (!a || !b) return a === b;
  const within = (x: readonly number[], y: readonly number[], tolerance: number): boolean =>
    x.every((value, n) => Math.abs(value - (y[n] as number)) <= tolerance);
  return (
    within(a.rowDirection, b.rowDirection, ORIENTATION_TOLERANCE) &&
    within(a.columnDirection, b.columnDirection, ORIENTATION_TOLERANCE) &&
    within(a.spacingMm, b.spacingMm, SPACING_TOLERANCE * a.spacingMm[0])
  );
}

function hasSharedPositions(instances: readonly DicomInstance[]): boolean {
  const heights = instances.flatMap(({ plane }) => (plane ? [heightAlongNormal(plane)] : [])).sort((a, b) => a - b);
  return heights.some((height, n) => n > 0 && height - (heights[n - 1] as number) < SAME_POSITION_MM);
}

function describe(members: readonly DicomInstance[], subSeries: string, copiesOf: ReadonlyMap<string, number>): DicomSeries {
  const first = members[0] as DicomInstance;
  const duplicates = members.reduce((sum, member) => sum + (copiesOf.get(sliceName(member)) ?? 1) - 1, 0);
  const refused = (refusal: Refusal): DicomSeries => ({
    instances: members,
    subSeries,
    findings: [{ code: refusal.code, severity: 'error', message: refusal.message }],
    isClosed: false,
    refusal,
  });
  const refusal = refusalOf(first) ?? sharedPositionRefusal(members);
  if (refusal) return refused(refusal);
  try {
    const planes = members.map(({ plane }) => plane as ImagePlane);
    const size = [first.format?.columns ?? 0, first.format?.rows ?? 0] as const;
    const lattice = buildLattice(planes, size, first.sliceThicknessMm);
    return {
      instances: lattice.order.map((index) => members[index] as DicomInstance),
      subSeries,
      geometry: lattice.geometry,
      findings: [...lattice.findings, ...duplicateFindings(duplicates)],
      isClosed: lattice.isClosed,
      ...declared(members),
    };
  } catch (thrown) {
    const { code, message } = asVoxwatchError(thrown);
    return refused({ code, message });
  }
}

function sharedPositionRefusal(members: readonly DicomInstance[]): Refusal | undefined {
  if (refusalOf(members[0] as DicomInstance) || !hasSharedPositions(members)) return undefined;
  return {
    code: 'DICOM_MIXED_SERIES',
    message: 'Several slices lie at the same place and nothing tells their phases apart: send each phase as a series of its own.',
  };
}

function duplicateFindings(duplicates: number): Finding[] {
  if (duplicates === 0) return [];
  const message = `${duplicates} of the files are copies of others and were ignored.`;
  return [{ code: 'DUPLICATE_FILES', severity: 'info', message }];
}

/** (0020,1002) counts one acquisition: it says nothing about a series of several. */
function declared(members: readonly DicomInstance[]): { declaredSlices?: number } {
  const counts = new Set(members.map(({ imagesInAcquisition }) => imagesInAcquisition));
  const acquisitions = new Set(members.map(({ acquisitionNumber }) => acquisitionNumber));
  const [count] = counts;
  return counts.size === 1 && acquisitions.size === 1 && count !== undefined && count >= members.length
    ? { declaredSlices: count }
    : {};
}

/** Frames of a multi-frame file share their SOP Instance UID. */
function sliceName({ sopInstanceUid, frameIndex }: DicomInstance): string {
  return `${sopInstanceUid}/${frameIndex}`;
}

function countCopies(instances: readonly DicomInstance[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const instance of instances) copies.set(sliceName(instance), (copies.get(sliceName(instance)) ?? 0) + 1);
  return copies;
}

function seriesNumber({ instances }: DicomSeries): number {
  return instances[0]?.seriesNumber ?? Number.MAX_SAFE_INTEGER;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}
