/**
 * Lesions drawn into the organ of a sample: each sample shows others, so that a network cannot learn by heart those of the
 * training cases.
 *
 * What is drawn is added to the slice: its grain stays, in the lesion as beside it.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type FieldRules, numberWithin, optional, type Range, rangeWithin, wholeNumberWithin } from './fields.ts';
import type { Sample } from './sample.ts';

export interface DrawnLesions {
  readonly kind: 'drawn-lesions';
  /** That a sample which shows the organ gets any. */
  readonly probability: number;
  /** Truth label that they are drawn into, and the one that they get. */
  readonly organLabel: number;
  readonly lesionLabel: number;
  /** After each there is another with probability ½, until there are so many. */
  readonly most: number;
  /** Pixels of the sample, drawn evenly in the logarithm. */
  readonly radiusPixels: Range;
  /** From lesion to organ, pixels. */
  readonly edgePixels: Range;
  /** How uneven the outline is, as a share of the radius. */
  readonly roughness: Range;
  /** How much darker than the organ; small ones at least as much as makes them visible. */
  readonly darkerHu: Range;
  /** None goes below this: fluid, or what would be a cyst. */
  readonly lowestHu: number;
  /** One that differs less from the organ, since it may not be darker than that, is left out: nobody could see it. Default 0. */
  readonly leastDifferenceHu?: number;
  /**
   * Contrast times radius over the grain of the organ, pixels, that a lesion has at least (Rose, J. Opt. Soc. Am. 38, 1948): in a noisy
   * scan only large or clear ones can be seen, and a network shown others learns to take noise for lesions. Default 0.
   */
  readonly leastVisibility?: number;
  /** How often one is brighter instead, and by how much. */
  readonly brighterProbability: number;
  readonly brighterHu: Range;
  /** How often one lies at the edge and replaces the fat beside it too. */
  readonly bulgeProbability: number;
}

export const DRAWN_LESIONS_RULES: FieldRules<DrawnLesions> = {
  organLabel: wholeNumberWithin(1, 255),
  lesionLabel: wholeNumberWithin(1, 255),
  most: wholeNumberWithin(1, 20),
  radiusPixels: rangeWithin(1, 256),
  edgePixels: rangeWithin(0.1, 32),
  roughness: rangeWithin(0, 0.5),
  darkerHu: rangeWithin(0, 300),
  lowestHu: numberWithin(-1000, 1000),
  leastDifferenceHu: optional(numberWithin(0, 300)),
  leastVisibility: optional(numberWithin(0, 100)),
  brighterProbability: numberWithin(0, 1),
  brighterHu: rangeWithin(0, 300),
  bulgeProbability: numberWithin(0, 1),
};

/** What shows less of the organ has no room for one, pixels. */
const LEAST_ORGAN_PIXELS = 60;
/** One that takes more of what is seen of the organ is left out: what is left would look like the lesion. */
const LARGEST_SHARE = 0.5;
/** Contrast times radius that an eye needs at the noise of abdominal CT, HU · pixels (Rose, J. Opt. Soc. Am. 38, 1948). */
const VISIBLE_HU_PIXELS = 80;
/** So far apart, noise that a kernel correlates is no longer alike. */
const GRAIN_PIXELS = 3;
/** Median of the difference of two normal numbers of standard deviation 1, without its sign. */
const MEDIAN_DIFFERENCE = 0.6745 * Math.SQRT2;
const FAT_HU = -100;
/** What is neither organ nor lesion nor darker or brighter than this is fat, HU. */
const FAT_BETWEEN_HU = [-150, -30] as const;
const [CORE_PROBABILITY, RIM_PROBABILITY] = [0.3, 0.25];
const CORE_HU: Range = [-50, -10];
const RIM_HU: Range = [-40, 50];
/** Lowest and highest frequency of what makes an outline uneven, turns. */
const [LOWEST_TURN, HIGHEST_TURN] = [2, 6];
const AXIS_JITTER = 0.2;
/** How often another place at the edge is looked for. */
const TRIES = 20;

/** @param sample - Of HU in one channel; values and labels are changed in place. */
export function drawLesionsInto(sample: Sample, size: readonly [number, number], design: DrawnLesions, random: Random): void {
  if (sample.hu.length !== sample.labels.length) return;
  const organ: number[] = [];
  let sum = 0;
  for (let p = 0; p < sample.labels.length; p++) {
    if (sample.labels[p] !== design.organLabel) continue;
    organ.push(p);
    sum += sample.hu[p] as number;
  }
  if (organ.length < LEAST_ORGAN_PIXELS) return;
  let count = 1;
  while (count < design.most && random.chance(0.5)) count++;
  const grainHu = design.leastVisibility ? grainOf(sample, organ, design.organLabel) : 0;
  const scene = { sample, size, organ, organHu: sum / organ.length, grainHu };
  for (let n = 0; n < count; n++) drawLesion(scene, design, random.fork(`lesion ${n}`));
}

interface Scene {
  readonly sample: Sample;
  readonly size: readonly [number, number];
  /** Pixels of the organ. */
  readonly organ: readonly number[];
  readonly organHu: number;
  /** Standard deviation of its noise; 0 where nobody asks. */
  readonly grainHu: number;
}

/** Robust against what the organ is made of: most of its pixels have their own kind beside them. */
function grainOf({ hu, labels }: Sample, organ: readonly number[], organLabel: number): number {
  const differences = organ
    .filter((p) => labels[p + GRAIN_PIXELS] === organLabel)
    .map((p) => Math.abs((hu[p + GRAIN_PIXELS] as number) - (hu[p] as number)))
    .sort((a, b) => a - b);
  return (differences[differences.length >> 1] ?? 0) / MEDIAN_DIFFERENCE;
}

function drawLesion(scene: Scene, design: DrawnLesions, random: Random): void {
  const { sample, size, organHu, grainHu } = scene;
  const radius = random.logUniform(...design.radiusPixels);
  const bulges = random.chance(design.bulgeProbability);
  const centre = placeOf(scene, design, bulges, random);
  const bodyHu = bodyOf(organHu, radius, design, random);
  const leastHu = Math.max(design.leastDifferenceHu ?? 0, ((design.leastVisibility ?? 0) * grainHu) / radius);
  if (Math.abs(bodyHu - organHu) < leastHu) return;
  const edge = random.uniform(...design.edgePixels);
  const inside = shapeOf(radius, random.uniform(...design.roughness), random);
  const core = random.chance(CORE_PROBABILITY) ? random.uniform(...CORE_HU) : 0;
  const rim = random.chance(RIM_PROBABILITY) ? random.uniform(...RIM_HU) : 0;
  const rimPixels = Math.min(0.4 * radius, random.uniform(1, 4));
  const reach = Math.ceil(2 * radius + edge);
  const [x, y] = [centre % size[0], Math.floor(centre / size[0])];
  const covered = scene.organ.reduce((sum, p) => sum + (inside((p % size[0]) - x, Math.floor(p / size[0]) - y) > 0 ? 1 : 0), 0);
  if (covered > LARGEST_SHARE * scene.organ.length) return;
  for (let v = Math.max(0, y - reach); v <= Math.min(size[1] - 1, y + reach); v++) {
    for (let u = Math.max(0, x - reach); u <= Math.min(size[0] - 1, x + reach); u++) {
      const p = v * size[0] + u;
      const before = beforeHu(sample, p, { design, bulges, organHu });
      if (before === undefined) continue;
      const depth = inside(u - x, v - y);
      const share = smoothStep(0.5 + depth / (2 * edge));
      if (share === 0) continue;
      const within = depth < rimPixels ? rim : depth > 0.5 * radius ? core : 0;
      sample.hu[p] = (sample.hu[p] as number) + share * (Math.max(design.lowestHu, bodyHu + within) - before);
      if (share > 0.5) sample.labels[p] = design.lesionLabel;
    }
  }
}

/** What a pixel is made of where a lesion may take its place: its mean, HU. */
function beforeHu(
  { hu, labels }: Sample,
  p: number,
  { design, bulges, organHu }: { readonly design: DrawnLesions; readonly bulges: boolean; readonly organHu: number },
): number | undefined {
  if (labels[p] === design.organLabel) return organHu;
  const value = hu[p] as number;
  const isFat = labels[p] === 0 && value > FAT_BETWEEN_HU[0] && value < FAT_BETWEEN_HU[1];
  return bulges && isFat ? FAT_HU : undefined;
}

/** A pixel of the organ; of what bulges one that has something else beside it, where one is found. */
function placeOf(
  { sample: { labels }, size, organ }: Scene,
  { organLabel }: DrawnLesions,
  bulges: boolean,
  random: Random,
): number {
  const place = (): number => organ[random.integer(0, organ.length - 1)] as number;
  let found = place();
  if (!bulges) return found;
  for (let n = 0; n < TRIES; n++) {
    const steps = [-2, 2, -2 * size[0], 2 * size[0]];
    if (steps.some((step) => (labels[found + step] ?? organLabel) !== organLabel)) return found;
    found = place();
  }
  return found;
}

function bodyOf(organHu: number, radius: number, design: DrawnLesions, random: Random): number {
  const visible = VISIBLE_HU_PIXELS / radius;
  const within = ([low, high]: Range): number => {
    const least = Math.max(low, visible);
    return random.uniform(least, Math.max(least, high));
  };
  const isBrighter = random.chance(design.brighterProbability);
  return Math.max(design.lowestHu, isBrighter ? organHu + within(design.brighterHu) : organHu - within(design.darkerHu));
}

/** How deep inside a pixel lies, pixels, by its place from the centre; negative outside. */
function shapeOf(radius: number, roughness: number, random: Random): (u: number, v: number) => number {
  const turn = random.uniform(0, Math.PI);
  const stretch = Math.exp(random.normal(0, AXIS_JITTER));
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const waves = Array.from({ length: HIGHEST_TURN - LOWEST_TURN + 1 }, (_, n) => ({
    turns: LOWEST_TURN + n,
    phase: random.uniform(0, 2 * Math.PI),
    height: random.normal(0, roughness / Math.sqrt(LOWEST_TURN + n)),
  }));
  return (u, v) => {
    const along = (u * cosine + v * sine) * stretch;
    const across = (v * cosine - u * sine) / stretch;
    const angle = Math.atan2(across, along);
    let uneven = 1;
    for (const { turns, phase, height } of waves) uneven += height * Math.cos(turns * angle + phase);
    return radius * uneven - Math.hypot(along, across);
  };
}

function smoothStep(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
