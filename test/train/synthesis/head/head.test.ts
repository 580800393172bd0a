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

  it('is bone and nothing else to the recipes of the abdomen, and looks the same', () => {
    const head = synthesizePhantom({ ...SCAN, organ: 'head', seed: 1, tumours: 1 });
    expect(head.volume).toEqual(heads[0]?.volume);
    expect(new Set(head.truth.labels)).toEqual(new Set([0, ABDOMEN_TRUTH['muscle and bone']]));
    const bone = [...head.volume.hu].filter((_, p) => head.truth.labels[p] !== 0);
    expect(bone.length).toBeGreaterThan(0.02 * head.volume.hu.length);
    expect(median(bone)).toBeGreaterThan(BONE_HU);
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
