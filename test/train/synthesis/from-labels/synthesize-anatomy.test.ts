/** Anatomies out of a small body: by statistics of what was asked for. */
import { describe, expect, it } from 'vitest';
import { affineSpacingMm, axisCodes } from '../../../../core/affine.ts';
import { voxelVolumesMm3 } from '../../../../core/volume.ts';
import { DEFAULT_DESIGN } from '../../../../train/synthesis/from-labels/design.ts';
import type { LesionFact } from '../../../../train/synthesis/from-labels/lesion-fact.ts';
import {
  type Anatomy,
  type AnatomyOptions,
  synthesizeAnatomy,
} from '../../../../train/synthesis/from-labels/synthesize-anatomy.ts';
import { ASKED_HU, bodyTemplate, LIVER_HU, plainDesign, VOXEL_MM } from './labelled-body.ts';

const TEMPLATE = bodyTemplate();
/** The whole body, slice on slice. */
const SCAN = { slices: 40, sliceStepMm: VOXEL_MM } as const;

function make(design = plainDesign(), options: Partial<AnatomyOptions> = {}): Anatomy {
  return synthesizeAnatomy(TEMPLATE, design, { seed: 1, phase: 'portal', ...SCAN, ...options });
}

/** Voxels of a label whose six neighbours have it too. */
function inside({ truth, volume }: Anatomy, label: number): number[] {
  const [ni, nj] = truth.geometry.sizeVoxels;
  const steps = [1, -1, ni, -ni, ni * nj, -ni * nj];
  const { labels } = truth;
  const out: number[] = [];
  labels.forEach((value, p) => {
    if (value === label && steps.every((step) => labels[p + step] === label)) out.push(volume.hu[p] as number);
  });
  return out;
}

function statistics(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

function mlOf({ truth }: Anatomy, label: number): number {
  const voxelMl = (voxelVolumesMm3(truth.geometry)[0] as number) / 1000;
  return truth.labels.reduce((count, value) => count + Number(value === label), 0) * voxelMl;
}

/** HU of each label that the truth of the plain design has. */
const ASKED = [
  [1, ASKED_HU.liver],
  [6, ASKED_HU.spleen],
  [7, ASKED_HU.artery],
] as const;

/** Painted, without grain: what varies inside an organ is its texture. */
const COARSE_TEXTURE = {
  modes: { real: 0, shift: 0, synthesis: 1 },
  textureHu: [12, 12],
  paintGrainHu: [0, 0],
  textureMm: [14, 14],
};

describe('an anatomy', () => {
  it('has the same bytes for the same seed, and others for another', () => {
    const design = { ...DEFAULT_DESIGN, workMm: VOXEL_MM };
    const options = { seed: 5, matrix: 48, slices: 24, sliceStepMm: 6 };
    const [first, second] = [synthesizeAnatomy(TEMPLATE, design, options), synthesizeAnatomy(TEMPLATE, design, options)];
    expect(Buffer.from(second.volume.hu.buffer).equals(Buffer.from(first.volume.hu.buffer))).toBe(true);
    expect(Buffer.from(second.truth.labels).equals(Buffer.from(first.truth.labels))).toBe(true);
    expect(second.facts).toEqual(first.facts);
    const other = synthesizeAnatomy(TEMPLATE, design, { ...options, seed: 6 });
    expect(Buffer.from(other.volume.hu.buffer).equals(Buffer.from(first.volume.hu.buffer))).toBe(false);
  });

  it('lies in LPS on the grid that was asked for, image and truth alike', () => {
    const { volume, truth } = make(plainDesign(), { matrix: 40, slices: 10, sliceStepMm: 5 });
    expect(volume.geometry.sizeVoxels).toEqual([40, 40, 10]);
    expect(axisCodes(volume.geometry.voxelToWorld)).toBe('LPS');
    expect(affineSpacingMm(volume.geometry.voxelToWorld)).toEqual([VOXEL_MM, VOXEL_MM, 5]);
    expect(truth.geometry).toEqual(volume.geometry);
  });

  it('shows the real CT as it is in real mode', () => {
    const real = make(plainDesign({ paint: { modes: { real: 1, shift: 0, synthesis: 0 } } }));
    expect(real.facts).toMatchObject({ mode: 'real', phase: 'as scanned' });
    expect(Math.abs(statistics(inside(real, 1)).mean - LIVER_HU)).toBeLessThan(2);
  });

  it('shifts every organ to the HU asked for, keeps its grain, and leaves bone as it was', () => {
    const shifted = make();
    for (const [label, hu] of ASKED) {
      const { mean, deviation } = statistics(inside(shifted, label));
      expect(Math.abs(mean - hu), `label ${label}`).toBeLessThan(3);
      expect(deviation).toBeGreaterThan(4);
      expect(deviation).toBeLessThan(12);
    }
    expect(Math.abs(statistics(inside(shifted, 8)).mean - 250)).toBeLessThan(5);
  });

  it('paints every organ with the HU and the texture asked for', () => {
    const painted = make(plainDesign({ paint: { ...COARSE_TEXTURE, evenAboveMm: 14 } }));
    expect(painted.facts.mode).toBe('synthesis');
    for (const [label, hu] of ASKED.slice(0, 2)) {
      const { mean, deviation } = statistics(inside(painted, label));
      expect(Math.abs(mean - hu), `label ${label}`).toBeLessThan(12);
      expect(deviation).toBeGreaterThan(4);
      expect(deviation).toBeLessThan(20);
    }
  });

  it('paints solid organs evenly: a coarse texture is as much weaker as it is coarser than the limit', () => {
    const deviationIn = (evenAboveMm: number) =>
      statistics(inside(make(plainDesign({ paint: { ...COARSE_TEXTURE, evenAboveMm } })), 1)).deviation;
    expect(deviationIn(14) / deviationIn(7)).toBeGreaterThan(1.6);
    expect(deviationIn(14) / deviationIn(7)).toBeLessThan(2.4);
    expect(deviationIn(20)).toBeCloseTo(deviationIn(14), 5);
  });

  it('draws a phase where none is asked for, and spreads HU between patients', () => {
    const design = { ...plainDesign(), hu: DEFAULT_DESIGN.hu };
    const means = [1, 2, 3, 4, 5, 6].map((seed) => {
      const anatomy = synthesizeAnatomy(TEMPLATE, design, { seed, matrix: 54, slices: 12, sliceStepMm: 12 });
      return statistics(inside(anatomy, 1)).mean;
    });
    expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(10);
    for (const mean of means) {
      expect(mean).toBeGreaterThan(15);
      expect(mean).toBeLessThan(160);
    }
  });

  it('grows with the scale and keeps every organ’s side', () => {
    const [small, large] = [0.8, 1.2].map((scale) =>
      make(plainDesign({ bend: { scale: [scale, scale] } }), { slices: 48, matrix: 70 }),
    );
    expect(mlOf(large as Anatomy, 6) / mlOf(small as Anatomy, 6)).toBeGreaterThan(1.5 ** 3 * 0.8);
    expect(mlOf(large as Anatomy, 6) / mlOf(small as Anatomy, 6)).toBeLessThan(1.5 ** 3 * 1.25);
    expect(meanColumn(make(), 1)).toBeLessThan(meanColumn(make(), 6));
    const mirrored = make(plainDesign({ bend: { mirrorProbability: 1 } }));
    expect(meanColumn(mirrored, 1)).toBeGreaterThan(meanColumn(mirrored, 6));
  });

  it('takes the truth of a thick slice from its middle plane, and averages HU over its thickness', () => {
    const thick = make(plainDesign(), { slices: 10, sliceStepMm: 24 });
    expect(mlOf(thick, 1) / mlOf(make(), 1)).toBeGreaterThan(0.75);
    expect(statistics(inside(make(plainDesign(), { slices: 13, sliceStepMm: 18 }), 1)).deviation).toBeLessThan(
      statistics(inside(make(), 1)).deviation,
    );
  });

  function meanColumn({ truth }: Anatomy, label: number): number {
    const columns: number[] = [];
    truth.labels.forEach((value, p) => {
      if (value === label) columns.push(p % truth.geometry.sizeVoxels[0]);
    });
    return statistics(columns).mean;
  }
});

describe('lesions', () => {
  const grow = (liver: object, kidney: object = {}, options: Partial<AnatomyOptions> = {}): Anatomy =>
    make(plainDesign({ liverLesions: { ...liver }, kidneyLesions: { ...kidney }, scan: { pixelMm: [3, 3] } }), {
      sliceStepMm: 3,
      slices: 80,
      ...options,
    });
  /** One round lesion inside the liver. */
  const ROUND = {
    probability: 1,
    most: 1,
    anotherProbability: 0,
    axisJitter: 0,
    roughness: [0, 0],
    secondProbability: 0,
    bulgeProbability: 0,
    coreProbability: 0,
    rimProbability: 0,
    calcificationProbability: 0,
    textureHu: [0, 0],
    brighterProbability: 0,
    brighterArterialProbability: 0,
  };

  it('are none where none were asked for', () => {
    const { facts, truth } = make();
    expect(facts.lesions).toEqual([]);
    expect(truth.labels.some((label) => label === 2 || label === 4 || label === 5)).toBe(false);
  });

  it('have the volume of a ball of their radius, or less where the liver ends', () => {
    const volumes = [1, 2, 3, 4].map((seed) => {
      const anatomy = grow({ ...ROUND, radiusMm: [10, 10] }, {}, { seed });
      const [lesion] = anatomy.facts.lesions as readonly [LesionFact];
      expect(mlOf(anatomy, 2)).toBeCloseTo(lesion.volumeMl, 6);
      return lesion.volumeMl;
    });
    const ball = ((4 / 3) * Math.PI * 10 ** 3) / 1000;
    // A ball of 10 mm round a voxel's centre takes 171 voxels of 3 mm, 10 % more than its volume.
    for (const ml of volumes) expect(ml).toBeLessThan(1.12 * ball);
    expect(Math.max(...volumes)).toBeGreaterThan(0.85 * ball);
  });

  it('are darker than the liver by what was asked for, and keep its grain', () => {
    const anatomy = grow({ ...ROUND, radiusMm: [18, 18], darkerHu: [40, 40] });
    const { mean, deviation } = statistics(inside(anatomy, 2));
    expect(Math.abs(mean - (ASKED_HU.liver - 40))).toBeLessThan(5);
    expect(deviation).toBeGreaterThan(2);
    expect(Math.abs(statistics(inside(anatomy, 1)).mean - ASKED_HU.liver)).toBeLessThan(3);
  });

  it('are spread over the radii asked for, and many are small', () => {
    const many = [1, 2, 3, 4].flatMap((seed) => grow({ probability: 1, anotherProbability: 0.9 }, {}, { seed }).facts.lesions);
    const radii = many.map(({ radiusMm }) => radiusMm);
    expect(many.length).toBeGreaterThan(12);
    expect(Math.min(...radii)).toBeGreaterThanOrEqual(DEFAULT_DESIGN.liverLesions.radiusMm[0]);
    expect(Math.max(...radii)).toBeLessThanOrEqual(DEFAULT_DESIGN.liverLesions.radiusMm[1]);
    expect(radii.filter((radius) => radius < 16).length).toBeGreaterThan(radii.length / 3);
  });

  it('of a kidney never take more than half of it unless they bulge, and differ from the cortex', () => {
    for (const seed of [1, 2, 3]) {
      const kidney = { probability: 1, bulgeProbability: 0, cystProbability: 0, most: 1, textureHu: [0, 0], coreProbability: 0 };
      const anatomy = grow({}, { ...kidney, secondProbability: 0, calcificationProbability: 0 }, { seed });
      const healthy = mlOf(grow({}, {}, { seed }), 3);
      expect(mlOf(anatomy, 4)).toBeGreaterThan(0);
      // Of one of two kidneys; axes vary by a sixth each.
      expect(mlOf(anatomy, 4)).toBeLessThan(0.5 * 0.5 * healthy * 1.5);
      const lesion = inside(anatomy, 4);
      if (lesion.length > 20) expect(statistics(lesion).mean).toBeLessThan(ASKED_HU['renal-cortex'] - 60);
    }
  });

  it('of a kidney are brighter than the cortex no more often than they may be', () => {
    const cortex = ASKED_HU['renal-cortex'];
    const bright = { probability: 1, bulgeProbability: 0, cystProbability: 0, lesionHu: [cortex + 30, cortex + 60], most: 1 };
    const grown = (difference: object): number =>
      [1, 2, 3, 4, 5, 6].filter((seed) => grow({}, { ...bright, ...difference }, { seed }).facts.lesions.length > 0).length;
    expect(grown({ brighterProbability: 0 })).toBe(0);
    expect([1, 2, 3, 4, 5]).toContain(grown({ brighterProbability: 0.5 }));
    expect(grown({ brighterProbability: 0, lesionHu: [cortex - 60, cortex - 30] })).toBe(6);
  });

  it('that are cysts hold fluid and have a label of their own', () => {
    const kidney = { probability: 1, bulgeProbability: 1, cystProbability: 1, radiusMm: [15, 15], calcificationProbability: 0 };
    const anatomy = grow({}, kidney);
    expect(anatomy.facts.lesions.every(({ kind }) => kind === 'kidney-cyst')).toBe(true);
    const { mean } = statistics(inside(anatomy, 5));
    expect(mean).toBeGreaterThan(-16);
    expect(mean).toBeLessThan(24);
  });

  it('and a sac or a cleft beside them is no liver', () => {
    const distractors = { sacProbability: 1, cleftProbability: 1 };
    const before = mlOf(grow({}), 1);
    const after = grow(distractors);
    expect(mlOf(after, 1)).toBeLessThan(before - 1);
    expect(after.facts.lesions).toEqual([]);
  });
});

describe('a scanner', () => {
  it('adds grain of the strength asked for, and correlates it', () => {
    const noisy = { correlatedNoiseProbability: 1, correlatedNoiseHu: [20, 20], correlatedNoisePixels: [1, 1] };
    const [with20, without] = [make(plainDesign({ scanner: noisy })), make()];
    const grain = Float64Array.from(with20.volume.hu, (hu, p) => hu - (without.volume.hu[p] as number));
    // Where neither is cut off at −1024 HU.
    const body = [...grain.keys()].filter((p) => (without.volume.hu[p] as number) > -500);
    expect(statistics(body.map((p) => grain[p] as number)).deviation).toBeGreaterThan(17);
    expect(statistics(body.map((p) => grain[p] as number)).deviation).toBeLessThan(23);
    const products = body.map((p) => (grain[p] as number) * (grain[p + 1] as number));
    expect(statistics(products).mean / 400).toBeGreaterThan(0.5);
  });

  it('pads what lies outside of its circle', () => {
    const { volume } = make(plainDesign({ scanner: { circleProbability: 1, circleRadius: [0.9, 0.9] } }));
    expect([-1024, -2000, -3024]).toContain(volume.hu[0]);
    const [ni, nj, nk] = volume.geometry.sizeVoxels;
    expect(volume.hu[((nk >> 1) * nj + (nj >> 1)) * ni + (ni >> 1)]).toBeGreaterThan(-1024);
  });

  it('shows arms and a table in the air beside the body only', () => {
    const [with_, without] = [{ armProbability: 1, tableProbability: 1 }, {}].map((scanner) =>
      make(plainDesign({ scanner, scan: { fieldOfView: [1.6, 1.6] } })),
    ) as [Anatomy, Anatomy];
    let added = 0;
    with_.volume.hu.forEach((hu, p) => {
      if (hu === without.volume.hu[p]) return;
      expect(without.volume.hu[p]).toBeLessThan(-750);
      expect(with_.truth.labels[p]).toBe(0);
      added++;
    });
    expect(added).toBeGreaterThan(200);
  });
});
