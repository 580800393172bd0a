/**
 * Instances, from any number of files → series that are one volume each, ordered, with findings and refusals.
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { checkAttributes } from './attribute-checks.ts';
import { type UniqueSlices, uniqueSlices } from './copies.ts';
import { type Refusal, refusalOf } from './ct-image-rules.ts';
import { derivedRefusal } from './image-type-rules.ts';
import type { DicomInstance, ImagePlane } from './instance.ts';
import { buildLattice, ORIENTATION_TOLERANCE } from './slice-lattice.ts';
import { haveSharedPlaces, splitPhases } from './split-phases.ts';

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
 * reference; and by phase where stacks lie at the same places or between each other.
 * @param instances - In any order. Copies of a slice count once; slices of one name that differ are refused.
 * @returns ordered by series number, then by the order in which they were met.
 */
export function groupSeries(instances: readonly DicomInstance[]): DicomSeries[] {
  const unique = uniqueSlices(instances);
  const bySeries = groupBy(unique.instances, (instance) => instance.seriesInstanceUid);
  return bySeries
    .flatMap((members) => splitSeries(members).map((part, n) => describe(part, n === 0 ? '' : String(n + 1), unique)))
    .sort((a, b) => seriesNumber(a) - seriesNumber(b));
}

/** Parts of one series, largest first: the part that a reader would call "the series" keeps its name. */
function splitSeries(members: readonly DicomInstance[]): (readonly DicomInstance[])[] {
  const clusters: DicomInstance[][] = [];
  for (const member of members) {
    const cluster = clusters.find(([first]) => first && belongTogether(first, member));
    if (cluster) cluster.push(member);
    else clusters.push([member]);
  }
  return clusters.flatMap(splitPhases).sort((a, b) => b.length - a.length);
}

/** Why an instance must not be segmented, by its pixels and attributes, then by the words of its image type. */
function refusalOfAny(instance: DicomInstance): Refusal | undefined {
  return refusalOf(instance) ?? derivedRefusal(instance);
}

function belongTogether(a: DicomInstance, b: DicomInstance): boolean {
  return (
    refusalOfAny(a)?.code === refusalOfAny(b)?.code &&
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

function describe(members: readonly DicomInstance[], subSeries: string, unique: UniqueSlices): DicomSeries {
  const first = members[0] as DicomInstance;
  const refused = (refusal: Refusal): DicomSeries => ({
    instances: members,
    subSeries,
    findings: [{ code: refusal.code, severity: 'error', message: refusal.message }],
    isClosed: false,
    refusal,
  });
  const refusal = refusalOfAny(first) ?? contradictionRefusal(members, unique) ?? sharedPlaceRefusal(members);
  if (refusal) return refused(refusal);
  try {
    const planes = members.map(({ plane }) => plane as ImagePlane);
    const size = [first.format?.columns ?? 0, first.format?.rows ?? 0] as const;
    const lattice = buildLattice(planes, size, first.sliceThicknessMm);
    return {
      instances: lattice.order.map((index) => members[index] as DicomInstance),
      subSeries,
      geometry: lattice.geometry,
      findings: [...lattice.findings, ...checkAttributes(members, lattice.geometry), ...copyFindings(members, unique)],
      isClosed: lattice.isClosed,
      ...declared(members),
    };
  } catch (thrown) {
    const { code, message } = asVoxwatchError(thrown);
    return refused({ code, message });
  }
}

function contradictionRefusal(members: readonly DicomInstance[], { contradicted }: UniqueSlices): Refusal | undefined {
  const count = members.filter((member) => contradicted.has(member)).length;
  if (count === 0) return undefined;
  return {
    code: 'DICOM_CONTRADICTION',
    message: `For ${count} of the slices there are files that claim to be the same picture and differ: send the series from its source.`,
  };
}

function sharedPlaceRefusal(members: readonly DicomInstance[]): Refusal | undefined {
  if (!haveSharedPlaces(members)) return undefined;
  return {
    code: 'DICOM_MIXED_SERIES',
    message: 'Several slices lie at the same place and nothing tells their phases apart: send each phase as a series of its own.',
  };
}

function copyFindings(members: readonly DicomInstance[], { copies }: UniqueSlices): Finding[] {
  const count = members.reduce((sum, member) => sum + (copies.get(member) ?? 0), 0);
  if (count === 0) return [];
  const message = `${count} of the files are copies of others and were ignored.`;
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
