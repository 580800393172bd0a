/**
 * Slices of one shape → stacks: phases of a study over time are taken apart, never laid into each other.
 *
 * Strong evidence is what scanners write to tell phases apart; weak evidence is when a slice was made and its number:
 * it is believed only if every phase then has a slice at every place.
 * Sources: DICOM PS3.3 C.7.6.2, C.8.2.1, C.7.6.18.1; what is wrong in practice: dcm2niix stacks such series by default.
 * @module
 */
import type { DicomInstance, ImagePlane } from './instance.ts';
import { heightAlongNormal, isEvenStack, SAME_POSITION_MM } from './slice-lattice.ts';

type Slices = readonly DicomInstance[];
type NumberOf = (instance: DicomInstance) => number | undefined;

/** Attributes that name a phase or a reconstruction, most telling first. */
const NAMES_OF_PHASES: readonly ((instance: DicomInstance) => string | number | undefined)[] = [
  ({ temporalPosition }) => temporalPosition,
  ({ acquisitionNumber }) => acquisitionNumber,
  ({ triggerTimeMs }) => triggerTimeMs,
  ({ kernel }) => kernel,
  ({ imageType }) => imageType.join('\\'),
];

/** Of these, the ones that also part slices which lie between each other, not at the same places. */
const NAMES_OF_ACQUISITIONS = NAMES_OF_PHASES.slice(0, 2);

const TIMES: readonly NumberOf[] = [
  ({ triggerTimeMs }) => triggerTimeMs,
  ({ acquisitionTimeS }) => acquisitionTimeS,
  ({ contentTimeS }) => contentTimeS,
];

/** @returns the phases in order; the slices as one where there is but one, or where nothing tells several apart. */
export function splitPhases(slices: Slices): readonly Slices[] {
  if (slices.some(({ plane }) => !plane)) return [slices];
  const phases = slicesAtOnePlace(slices);
  if (phases === 1) return splitInterleaved(slices) ?? [slices];
  for (const nameOf of NAMES_OF_PHASES) {
    const groups = groupByName(slices, nameOf);
    const areStacks = groups.every((group) => slicesAtOnePlace(group) === 1);
    if (groups.length > 1 && areStacks && (groups.length === phases || groups.every(isClosed))) return groups;
  }
  for (const timeOf of [...TIMES, instanceNumberOf]) {
    const groups = timeOf === instanceNumberOf ? cutEvenly(slices, phases) : cutAtPauses(slices, timeOf, phases);
    if (groups?.every((group) => haveSamePlaces(group, groups[0] as Slices))) return groups;
  }
  return [slices];
}

/** Whether slices lie at the same place, so that they cannot be one stack. */
export function haveSharedPlaces(slices: Slices): boolean {
  return slicesAtOnePlace(slices) > 1;
}

const instanceNumberOf: NumberOf = ({ instanceNumber }) => instanceNumber;

/** Acquisitions that each close into a stack and overlap are phases, though no two slices lie at the same place. */
function splitInterleaved(slices: Slices): readonly Slices[] | undefined {
  return NAMES_OF_ACQUISITIONS.map((nameOf) => groupByName(slices, nameOf)).find(
    (groups) => groups.length > 1 && groups.every(isClosed) && haveOverlap(groups),
  );
}

function haveOverlap(groups: readonly Slices[]): boolean {
  const ranges = groups.map((group) => heightsOf(group)).sort(([a], [b]) => (a as number) - (b as number));
  return ranges.some((heights, n) => n > 0 && (heights[0] as number) < (ranges[n - 1]?.at(-1) as number));
}

/** The largest number of slices at one place. */
function slicesAtOnePlace(slices: Slices): number {
  let [most, here, start] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const height of heightsOf(slices)) {
    const isSamePlace = height - start < SAME_POSITION_MM;
    here = isSamePlace ? here + 1 : 1;
    if (!isSamePlace) start = height;
    most = Math.max(most, here);
  }
  return Math.max(most, 1);
}

function isClosed(slices: Slices): boolean {
  return isEvenStack(slices.flatMap(({ plane }) => (plane ? [plane] : [])));
}

function haveSamePlaces(a: Slices, b: Slices): boolean {
  const [heightsA, heightsB] = [heightsOf(a), heightsOf(b)];
  const areSame = heightsA.every((height, n) => Math.abs(height - (heightsB[n] ?? Number.NaN)) < SAME_POSITION_MM);
  return heightsA.length === heightsB.length && areSame && slicesAtOnePlace(a) === 1;
}

/** Groups in the order of their names; slices without one stay together. */
function groupByName(slices: Slices, nameOf: (instance: DicomInstance) => string | number | undefined): readonly Slices[] {
  const groups = new Map<string, DicomInstance[]>();
  for (const slice of slices) {
    const name = String(nameOf(slice));
    const group = groups.get(name);
    if (group) group.push(slice);
    else groups.set(name, [slice]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([, group]) => group);
}

/** Cuts where the longest pauses are: between the last slice of a phase and the first of the next. */
function cutAtPauses(slices: Slices, timeOf: NumberOf, parts: number): readonly Slices[] | undefined {
  const sorted = sortBy(slices, timeOf);
  if (!sorted) return undefined;
  const cuts = [...sorted.keys()]
    .slice(1)
    .map((n) => ({ n, pause: (timeOf(sorted[n] as DicomInstance) ?? 0) - (timeOf(sorted[n - 1] as DicomInstance) ?? 0) }))
    .sort((a, b) => b.pause - a.pause)
    .slice(0, parts - 1)
    .map(({ n }) => n)
    .sort((a, b) => a - b);
  return [0, ...cuts].map((start, n) => sorted.slice(start, cuts[n] ?? sorted.length));
}

/** Numbers that run through one stack after the other. */
function cutEvenly(slices: Slices, parts: number): readonly Slices[] | undefined {
  const sorted = sortBy(slices, instanceNumberOf);
  const length = slices.length / parts;
  return sorted && Array.from({ length: parts }, (_, n) => sorted.slice(Math.round(n * length), Math.round((n + 1) * length)));
}

/** Undefined where a slice has no number. */
function sortBy(slices: Slices, numberOf: NumberOf): DicomInstance[] | undefined {
  if (slices.some((slice) => numberOf(slice) === undefined)) return undefined;
  return [...slices].sort((a, b) => (numberOf(a) as number) - (numberOf(b) as number));
}

function heightsOf(slices: Slices): number[] {
  // One normal for all: noise in each slice's own would move its height with its distance from the world's origin.
  const normalOf = slices.find(({ plane }) => plane)?.plane;
  if (!normalOf) return [];
  return slices.flatMap(({ plane }) => (plane ? [heightAlongNormal(withDirectionsOf(plane, normalOf))] : [])).sort((a, b) => a - b);
}

function withDirectionsOf({ position }: ImagePlane, directions: ImagePlane): ImagePlane {
  return { ...directions, position };
}
