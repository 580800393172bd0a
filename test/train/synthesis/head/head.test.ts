/** Head phantoms at a small matrix: what they must be whatever their seed. */
import { describe, expect, it } from 'vitest';
import { axisCodes } from '../../../../core/affine.ts';
import { ABDOMEN_TRUTH } from '../../../../train/synthesis/abdomen-truth.ts';
import { type Phantom, synthesizePhantom } from '../../../../train/synthesis/phantom.ts';

const SIZE = 96;
const SCAN = { organ: 'brain', matrix: SIZE, slices: 6, sliceStepMm: 12, sliceThicknessMm: 2 } as const;
const BONE_HU = 300;

const heads = [1, 2, 3, 4].map((seed) => synthesizePhantom({ ...SCAN, seed, tumours: 1 }));

/** What of slice `k` is shut in by bone: everything that cannot be reached from the border of the picture. */
function insideSkull({ volume }: Phantom, k: number): Uint8Array {
  const hu = volume.hu.subarray(k * SIZE * SIZE, (k + 1) * SIZE * SIZE);
  const inside = Uint8Array.from(hu, (value) => (value < BONE_HU ? 1 : 0));
  const open = Array.from({ length: SIZE }, (_, n) => [n, n * SIZE, n * SIZE + SIZE - 1, (SIZE - 1) * SIZE + n]).flat();
  while (open.length > 0) {
    const p = open.pop() as number;
    if (inside[p] !== 1) continue;
    inside[p] = 0;
    const i = p % SIZE;
    open.push(...(i > 0 ? [p - 1] : []), ...(i < SIZE - 1 ? [p + 1] : []), p - SIZE, p + SIZE);
  }
  return inside;
}

function median(values: readonly number[]): number {
  expect(values.length).toBeGreaterThan(0);
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

describe('a phantom of a head', () => {
  it('has the same bytes for the same options, and others for another seed', () => {
    const again = synthesizePhantom({ ...SCAN, seed: 1, tumours: 1 });
    expect(again).toEqual(heads[0]);
    expect(heads[1]?.volume.hu).not.toEqual(heads[0]?.volume.hu);
  });

  it('lies as other scans do, with no contrast phase to choose', () => {
    for (const { volume, truth, facts } of heads) {
      expect(axisCodes(volume.geometry.voxelToWorld)).toBe('LPS');
      expect(truth.geometry).toEqual(volume.geometry);
      expect(facts.phase).toBeUndefined();
    }
  });

  it('has a closed skull with a brain of its HU in every slice', () => {
    for (const head of heads)
      for (let k = 0; k < SCAN.slices; k++) {
        const inside = insideSkull(head, k);
        const hu = [...head.volume.hu.subarray(k * SIZE * SIZE, (k + 1) * SIZE * SIZE)].filter((_, p) => inside[p] === 1);
        expect(hu.length).toBeGreaterThan(0.1 * SIZE * SIZE);
        expect(median(hu)).toBeGreaterThan(22);
        expect(median(hu)).toBeLessThan(46);
      }
  });

  it('has its tumours within the skull, and the label 1 alone', () => {
    for (const head of heads) {
      let marked = 0;
      for (let k = 0; k < SCAN.slices; k++) {
        const inside = insideSkull(head, k);
        head.truth.labels.subarray(k * SIZE * SIZE, (k + 1) * SIZE * SIZE).forEach((label, p) => {
          if (label === 0) return;
          expect(label).toBe(1);
          expect(inside[p]).toBe(1);
          marked++;
        });
      }
      expect(marked).toBeGreaterThan(0);
    }
  });

  it('has no tumour where none is asked for, and the same head without it', () => {
    const healthy = synthesizePhantom({ ...SCAN, seed: 1, tumours: 0 });
    expect(healthy.truth.labels.every((label) => label === 0)).toBe(true);
    const { volume, truth } = heads[0] as Phantom;
    const tumour = [...volume.hu].filter((_, p) => truth.labels[p] === 1);
    const before = [...healthy.volume.hu].filter((_, p) => truth.labels[p] === 1);
    const farFrom = (p: number): boolean => Math.abs((volume.hu[p] as number) - (healthy.volume.hu[p] as number)) === 0;
    expect(Math.max(...tumour)).toBeGreaterThan(Math.max(...before.filter((hu) => hu < 60)));
    expect([...volume.hu.keys()].filter(farFrom).length).toBeGreaterThan(0.9 * volume.hu.length);
  });
});

describe('a phantom of a whole head', () => {
  const WHOLE = { ...SCAN, organ: 'head', slices: 16, tumours: 1 } as const;
  const MUSCLE_AND_BONE = ABDOMEN_TRUTH['muscle and bone'];
  const whole = [1, 2, 3, 4].map((seed) => synthesizePhantom({ ...WHOLE, seed }));
  /** Of the slices from the neck to the brow. */
  const faceOf = ({ volume, truth }: Phantom) => {
    const end = 7 * SIZE * SIZE;
    return { hu: volume.hu.subarray(0, end), labels: truth.labels.subarray(0, end) };
  };

  it('is muscle and bone and nothing else to the recipes of the abdomen', () => {
    for (const { truth } of whole) expect(new Set(truth.labels)).toEqual(new Set([0, MUSCLE_AND_BONE]));
  });

  it('has muscle, bone, fat and air of its own in face and neck', () => {
    for (const head of whole) {
      const { hu, labels } = faceOf(head);
      const [bone, muscle] = [hu.filter((value) => value > BONE_HU), hu.filter((value) => value > 30 && value < 80)];
      for (const tissue of [bone, muscle]) expect(tissue.length).toBeGreaterThan(0.02 * hu.length);
      expect(hu.filter((value) => value > -130 && value < -60).length).toBeGreaterThan(0.01 * hu.length);
      // Of nose and throat: air that the body shuts in, left and right of it.
      const row = hu.subarray(4 * SIZE * SIZE).subarray(0, SIZE * SIZE);
      expect(shutIn(row)).toBeGreaterThan(5);
      expect(hu.filter((value, p) => labels[p] === MUSCLE_AND_BONE && value < -300).length).toBeLessThan(0.1 * muscle.length);
    }
  });

  it('has the brain of the other one above the base of the skull, with its tumour', () => {
    for (const head of whole) {
      const upper = head.volume.hu.subarray(12 * SIZE * SIZE);
      const brain = [...upper].filter((value) => value > 0 && value < 60);
      expect(brain.length).toBeGreaterThan(0.15 * upper.length);
      expect(median(brain)).toBeGreaterThan(22);
      expect(median(brain)).toBeLessThan(46);
    }
  });
});

/** Pixels of air with the body on both sides of their row. */
function shutIn(slice: Int16Array): number {
  let count = 0;
  for (let j = 0; j < SIZE; j++) {
    const row = [...slice.subarray(j * SIZE, (j + 1) * SIZE)];
    const body = row.map((value, i) => (value > -200 ? i : -1)).filter((i) => i >= 0);
    count += row.filter((value, i) => value < -500 && i > (body[0] ?? SIZE) && i < (body.at(-1) ?? 0)).length;
  }
  return count;
}
