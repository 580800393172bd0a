/** Phantoms at a small matrix: what they must be whatever their seed. */
import { describe, expect, it } from 'vitest';
import { affineSpacingMm, axisCodes } from '../../../core/affine.ts';
import { createRandom } from '../../../core/random.ts';
import { voxelVolumesMm3 } from '../../../core/volume.ts';
import { ABDOMEN_TRUTH } from '../../../train/synthesis/abdomen-truth.ts';
import { type Anatomy, sampleAnatomy } from '../../../train/synthesis/anatomy.ts';
import { distanceToSkin } from '../../../train/synthesis/body.ts';
import type { PaintedSlice, SlicePlane } from '../../../train/synthesis/canvas.ts';
import { paintSlice } from '../../../train/synthesis/paint-slice.ts';
import { type Phantom, type PhantomOptions, synthesizePhantom } from '../../../train/synthesis/phantom.ts';
import { PAINTED_LABELS } from '../../../train/synthesis/structure.ts';
import { TRUTH_LABELS } from '../../../train/synthesis/trunk-study.ts';

const FEW_SLICES = { matrix: 128, slices: 3, sliceStepMm: 20, sliceThicknessMm: 2 } as const;

/** Voxels of a label, the kidneys apart: left and right of the middle between all their voxels. */
function labelMl({ truth }: Phantom, labels: readonly number[]): { readonly right: number; readonly left: number } {
  const [nx, ny, nz] = truth.geometry.sizeVoxels;
  const voxelMl = (voxelVolumesMm3(truth.geometry)[0] as number) / 1000;
  const perColumn = new Array<number>(nx).fill(0);
  for (let p = 0; p < nx * ny * nz; p++)
    if (labels.includes(truth.labels[p] as number)) perColumn[p % nx] = (perColumn[p % nx] as number) + 1;
  // The body's middle: x = 0.
  const middle = -(truth.geometry.voxelToWorld[3] as number) / (truth.geometry.voxelToWorld[0] as number);
  const sum = (from: number, to: number): number => perColumn.slice(from, to).reduce((total, count) => total + count, 0) * voxelMl;
  return { right: sum(0, Math.round(middle)), left: sum(Math.round(middle), nx) };
}

function countOf(labels: Uint8Array, label: number): number {
  return labels.reduce((count, value) => count + Number(value === label), 0);
}

describe('a phantom', () => {
  const options: PhantomOptions = { ...FEW_SLICES, seed: 11, tumours: 1 };

  it('has the same bytes for the same options, and others for another seed', () => {
    const [first, second] = [synthesizePhantom(options), synthesizePhantom(options)];
    expect(Buffer.from(second.volume.hu.buffer).equals(Buffer.from(first.volume.hu.buffer))).toBe(true);
    expect(Buffer.from(second.truth.labels).equals(Buffer.from(first.truth.labels))).toBe(true);
    expect(second.facts).toEqual(first.facts);
    const other = synthesizePhantom({ ...options, seed: 12 });
    expect(Buffer.from(other.volume.hu.buffer).equals(Buffer.from(first.volume.hu.buffer))).toBe(false);
  });

  it('keeps its patient when only the scan is asked for otherwise', () => {
    const coarse = synthesizePhantom({ ...options, matrix: 64, slices: 1 });
    expect(coarse.facts.lesions).toEqual(synthesizePhantom(options).facts.lesions);
  });

  it('has the size and the spacing that were asked for, in LPS, and image and truth on one grid', () => {
    const { volume, truth } = synthesizePhantom({ seed: 3, matrix: 96, slices: 4, sliceStepMm: 2.5, sliceThicknessMm: 1 });
    expect(volume.geometry.sizeVoxels).toEqual([96, 96, 4]);
    expect(axisCodes(volume.geometry.voxelToWorld)).toBe('LPS');
    const [x, y, z] = affineSpacingMm(volume.geometry.voxelToWorld);
    expect(z).toBe(2.5);
    expect(x).toBe(y);
    // A field of view of 230 … 500 mm.
    expect(x * 96).toBeGreaterThan(230);
    expect(x * 96).toBeLessThanOrEqual(500);
    expect(truth.geometry).toEqual(volume.geometry);
  });

  it.each(['none', 'arterial', 'portal', 'late'] as const)(
    'in phase %s says so, and stays within 12-bit HU or padding',
    (phase) => {
      const { volume, facts } = synthesizePhantom({ ...FEW_SLICES, matrix: 64, seed: 21, phase });
      expect(facts.phase).toBe(phase);
      for (const hu of volume.hu) if (hu < -1024 || hu > 3071) expect([-2000, -3024]).toContain(hu);
    },
  );

  it('has tumour voxels where a tumour was asked for, and none where none was', () => {
    for (const seed of [1, 2]) {
      // Every 6 mm from the lowest to the highest place of a kidney.
      const scan = { seed, matrix: 96, slices: 36, sliceStepMm: 6, sliceThicknessMm: 2 };
      const withOne = synthesizePhantom({ ...scan, tumours: 1 });
      expect(withOne.facts.lesions.filter(({ kind }) => kind === 'tumour').length).toBe(1);
      expect(countOf(withOne.truth.labels, TRUTH_LABELS.tumour), `seed ${seed}`).toBeGreaterThan(0);
      expect(countOf(synthesizePhantom({ ...scan, tumours: 0 }).truth.labels, TRUTH_LABELS.tumour)).toBe(0);
    }
  });

  it('has two kidneys of 80 to 350 ml each', () => {
    for (const seed of [31, 32, 33]) {
      const phantom = synthesizePhantom({ seed, matrix: 112, slices: 36, sliceStepMm: 6, sliceThicknessMm: 2, tumours: 0 });
      const { right, left } = labelMl(phantom, [TRUTH_LABELS.organ]);
      for (const ml of [right, left]) {
        expect(ml, `seed ${seed}`).toBeGreaterThan(80);
        expect(ml, `seed ${seed}`).toBeLessThan(350);
      }
    }
  });
});

describe('a phantom of the liver', () => {
  const options: PhantomOptions = {
    organ: 'liver',
    seed: 7,
    phase: 'portal',
    matrix: 128,
    slices: 14,
    sliceStepMm: 12,
    sliceThicknessMm: 2,
    tumours: 3,
  };
  const phantom = synthesizePhantom(options);
  const { hu } = phantom.volume;
  const valuesOf = (label: number): number[] => [...hu].filter((_, p) => phantom.truth.labels[p] === label).sort((a, b) => a - b);
  const middleOf = (values: readonly number[]): number => values[Math.floor(values.length / 2)] as number;

  it('marks the liver on the right side of the patient, with the size of one', () => {
    const { right, left } = labelMl(phantom, [TRUTH_LABELS.organ, TRUTH_LABELS.tumour]);
    expect(right).toBeGreaterThan(2 * left);
    expect(right + left).toBeGreaterThan(700);
    expect(right + left).toBeLessThan(3000);
  });

  it('has lesions that are darker than the liver', () => {
    expect(phantom.facts.lesions.filter(({ kind, side }) => kind === 'tumour' && side === undefined).length).toBe(3);
    expect(middleOf(valuesOf(TRUTH_LABELS.tumour))).toBeLessThan(middleOf(valuesOf(TRUTH_LABELS.organ)) - 10);
  });

  it('counts its vessels as liver, as LiTS does', () => {
    const healthy = synthesizePhantom({ ...options, tumours: 0 });
    const [nx, ny] = healthy.volume.geometry.sizeVoxels;
    const { labels } = healthy.truth;
    expect(labels.includes(TRUTH_LABELS.tumour)).toBe(false);
    // A hole of a pixel or two in the mask of a slice would be a vessel that took its label along.
    let holes = 0;
    for (let p = nx + 1; p < labels.length - nx - 1; p++) {
      const around = [p - 1, p + 1, p - nx, p + nx].every((q) => labels[q] === TRUTH_LABELS.organ);
      if (around && labels[p] === 0 && Math.floor(p / (nx * ny)) > 0) holes++;
    }
    expect(holes).toBe(0);
    const liver = middleOf(valuesOf(TRUTH_LABELS.organ));
    expect(valuesOf(TRUTH_LABELS.organ).filter((value) => value > liver + 35).length).toBeGreaterThan(5);
  });

  it('marks no kidney, and a phantom of the kidneys no liver', () => {
    const kidneys = synthesizePhantom({ ...options, organ: 'kidney', tumours: 0 });
    expect(kidneys.facts.lesions.every(({ kind }) => kind === 'cyst')).toBe(true);
    // Neither covers more than a trace of what the other marks at the same place.
    expect(labelMl(kidneys, [TRUTH_LABELS.organ]).right).toBeLessThan(350);
  });
});

describe('a phantom of the abdomen', () => {
  const { volume, truth, facts } = synthesizePhantom({ seed: 5, organ: 'abdomen', matrix: 128, sliceStepMm: 15, tumours: 2 });

  it('names every organ, and tumours of liver and kidneys', () => {
    for (const label of Object.values(ABDOMEN_TRUTH)) expect(countOf(truth.labels, label), String(label)).toBeGreaterThan(5);
    expect(facts.lesions.filter(({ kind }) => kind === 'tumour')).toHaveLength(4);
  });

  it('has the HU of lung and of muscle and bone where it says so', () => {
    const meanOf = (wanted: number): number => {
      const own = volume.hu.filter((_, p) => truth.labels[p] === wanted);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    };
    expect(meanOf(ABDOMEN_TRUTH.lung)).toBeLessThan(-600);
    expect(meanOf(ABDOMEN_TRUTH['muscle and bone'])).toBeGreaterThan(30);
    expect(meanOf(ABDOMEN_TRUTH.spleen)).toBeGreaterThan(30);
  });
});

describe('a painted plane', () => {
  /** One pixel is 2.6 mm. */
  const plane: SlicePlane = { sizePixels: [160, 160], originMm: [-207, -190], spacingMm: [2.6, 2.6] };
  const anatomies = [1, 2, 3, 4, 5].map((seed) => sampleAnatomy(createRandom(seed, 'test'), 'portal', { kidney: 1, liver: 0 }));
  const painted = anatomies.map((anatomy) => ({ anatomy, slices: [-20, 0, 20].map((z) => paintSlice(anatomy, plane, z)) }));

  function pointOf(p: number): readonly [number, number] {
    const [nx] = plane.sizePixels;
    return [plane.originMm[0] + (p % nx) * plane.spacingMm[0], plane.originMm[1] + Math.floor(p / nx) * plane.spacingMm[1]];
  }

  it('has its labels inside the body: none beyond the skin, none in air but that of the lung and the gut', () => {
    for (const { anatomy, slices } of painted) {
      let [outside, labelled] = [0, 0];
      for (const { labels, hu } of slices)
        labels.forEach((label, p) => {
          if (label === 0) return;
          labelled++;
          // Anatomy is warped by some millimetres, hence the margin.
          if (distanceToSkin(anatomy.body, ...pointOf(p)) > 8) outside++;
          if ((hu[p] as number) < -500 && label !== PAINTED_LABELS.lung && label !== PAINTED_LABELS.gut) outside++;
        });
      expect(labelled).toBeGreaterThan(0);
      expect(outside).toBe(0);
    }
  });

  it('has air around the body, and fat under the skin', () => {
    for (const { anatomy, slices } of painted) {
      const { hu } = slices[1] as PaintedSlice;
      const fat: number[] = [];
      let inAir = 0;
      hu.forEach((value, p) => {
        const skin = distanceToSkin(anatomy.body, ...pointOf(p));
        if (skin > 25 && value !== -1000) inAir++;
        if (Math.abs(skin + anatomy.body.fatMm / 2) < 1) fat.push(value);
      });
      expect(inAir).toBe(0);
      expect(median(fat)).toBeGreaterThan(-130);
      expect(median(fat)).toBeLessThan(-75);
    }
  });

  it('shows bone, gas and contrast: some voxels of each in every patient', () => {
    for (const { slices } of painted) {
      const values = slices.flatMap(({ hu }) => [...hu]);
      expect(values.filter((value) => value > 300).length).toBeGreaterThan(50);
      expect(values.filter((value) => value > 120 && value < 260).length).toBeGreaterThan(200);
    }
    const gasOf = ({ hu, labels }: PaintedSlice): number =>
      hu.reduce((count, value, p) => count + Number(value < -800 && value > -960 && labels[p] === 0), 0);
    expect(painted.filter(({ slices }) => slices.some((slice) => gasOf(slice) > 5)).length).toBeGreaterThan(2);
  });

  it('has lung above the diaphragm', () => {
    const high = anatomies.map((anatomy) => paintSlice(anatomy, plane, 140).hu);
    for (const hu of high) expect(hu.filter((value) => value > -960 && value < -760).length).toBeGreaterThan(500);
  });

  it('gives the liver and the kidney the HU that the patient’s tissues say', () => {
    for (const { anatomy, slices } of painted) {
      const kidney = slices.flatMap(({ hu, labels }) => [...hu].filter((_, p) => labels[p] === PAINTED_LABELS.kidney));
      const { renalCortex, renalMedulla } = anatomy.tissues;
      expect(median(kidney)).toBeGreaterThan(Math.min(renalCortex, renalMedulla) - 40);
      expect(median(kidney)).toBeLessThan(Math.max(renalCortex, renalMedulla) + 25);
      expect(Math.abs(median(liverOf(anatomy)) - anatomy.tissues.liver)).toBeLessThan(15);
    }
  });

  /** The right upper abdomen, 60 mm above the kidneys' middle: nothing but liver and its vessels there. */
  function liverOf(anatomy: Anatomy): number[] {
    const { hu } = paintSlice(anatomy, plane, 60);
    return [...hu].filter((_, p) => {
      const [x, y] = pointOf(p);
      return Math.abs(x / anatomy.body.scale + 80) < 20 && Math.abs(y / anatomy.body.scale + 50) < 12;
    });
  }

  function median(values: readonly number[]): number {
    expect(values.length).toBeGreaterThan(0);
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  }
});
