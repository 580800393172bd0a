import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { affineFromColumns, type Vector3 } from '../../../core/affine.ts';
import { createLabelMap } from '../../../core/volume.ts';
import { encodeJpeg } from '../../../daemon/results/jpeg.ts';
import { drawOverlay, slicePositionMm } from '../../../daemon/results/overlay.ts';
import type { Picture } from '../../../daemon/results/picture.ts';
import { drawPreview, spread } from '../../../daemon/results/preview.ts';
import { drawSlice, type PictureSource, pictureSource } from '../../../daemon/results/slice-picture.ts';
import { axialView } from '../../../preprocess/reorient.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume, STANDARD_AXIAL, type VoxelOrder } from '../../runtime/make-volume.ts';

const LABELS = [
  { index: 1, name: 'kidney', color: '#00ffff', code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' } },
  { index: 2, name: 'tumour', color: '#ffff00', code: { scheme: 'SCT', value: '108369006', meaning: 'Neoplasm' } },
] as const;

const SIZE = [20, 16, 3] as const;

/** Tissue of 40 HU; labels are given as boxes of a standard axial volume (i to the left, j to the back, k to the head). */
function source(
  boxes: readonly { readonly from: Vector3; readonly to: Vector3; readonly hu: number }[],
  { affine = STANDARD_AXIAL, order = ALL_VOXEL_ORDERS[0] as VoxelOrder, size = SIZE as Vector3 } = {},
): PictureSource {
  const whole = { from: [0, 0, 0] as Vector3, to: size, hu: 40 };
  const labels = reorderVolume(makeVolume(size, boxes, affine), order);
  const labelMap = createLabelMap(labels.geometry, Uint8Array.from(labels.hu));
  return pictureSource(reorderVolume(makeVolume(size, [whole], affine), order), labelMap, LABELS);
}

const aqua = (r: number, g: number, b: number): boolean => r < 100 && g > 150 && b > 150;

/** Where pixels of a colour lie: their mean position as a share of the picture. */
function meanPosition({ width, height, rgb }: Picture, isColor: typeof aqua): { x: number; y: number; count: number } {
  let [x, y, count] = [0, 0, 0];
  for (let p = 0; p < width * height; p++) {
    if (!isColor(rgb[p * 3] as number, rgb[p * 3 + 1] as number, rgb[p * 3 + 2] as number)) continue;
    x += (p % width) + 0.5;
    y += Math.floor(p / width) + 0.5;
    count++;
  }
  return { x: x / count / width, y: y / count / height, count };
}

describe('drawSlice', () => {
  it.each(ALL_VOXEL_ORDERS)('shows the right front on the left and at the top, whatever the voxel order: %o', (order) => {
    // i small is the patient's right, j small the front, in slice 1 only.
    const marker = source([{ from: [1, 2, 1], to: [4, 4, 2], hu: 1 }], { order });
    const { x, y } = meanPosition(drawSlice(marker, 1, 200), aqua);
    expect(x).toBeCloseTo(2.5 / 20, 1);
    expect(y).toBeCloseTo(3 / 16, 1);
    for (const k of [0, 2]) expect(meanPosition(drawSlice(marker, k, 200), aqua).count).toBe(0);
  });

  it('shows pixels that are not square in their true proportions', () => {
    const affine = affineFromColumns([0.5, 0, 0], [0, 1.5, 0], [0, 0, 5], [0, 0, 0]);
    const { width, height } = drawSlice(source([], { affine }), 0, 480);
    expect([width, height]).toEqual([200, 480]);
  });

  it('windows from −160 to 240 HU', () => {
    const grey = (hu: number): number => {
      const volume = makeVolume([1, 1, 1], [{ from: [0, 0, 0], to: [1, 1, 1], hu }]);
      const labelMap = createLabelMap(volume.geometry, new Uint8Array(1));
      return drawSlice(pictureSource(volume, labelMap, LABELS), 0, 1).rgb[0] as number;
    };
    expect([-3024, -160, 40, 240, 3000].map(grey)).toEqual([0, 0, 128, 255, 255]);
  });

  it('draws outlines in full colour and lets the tissue show through inside', () => {
    const { rgb, width } = drawSlice(source([{ from: [4, 4, 0], to: [12, 12, 1], hu: 2 }]), 0, 20);
    const at = (x: number, y: number): readonly number[] => [...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect(at(4, 4)).toEqual([255, 255, 0]);
    expect(at(8, 8)).toEqual([160, 160, 96]);
    expect(at(3, 4)).toEqual([128, 128, 128]);
  });
});

describe('drawOverlay', () => {
  it('has R at the left edge and L at the right edge of the slice', () => {
    const { rgb, width } = drawOverlay(source([]), 0);
    const white = (fromX: number, toX: number): string[] => {
      const rows = [];
      for (let y = 198; y < 212; y += 2) {
        let row = '';
        for (let x = fromX; x < toX; x += 2) row += rgb[(y * width + x) * 3] === 255 ? '#' : '.';
        rows.push(row);
      }
      return rows;
    };
    expect(white(6, 16)).toEqual(['####.', '#...#', '#...#', '####.', '#.#..', '#..#.', '#...#']);
    expect(white(496, 506)).toEqual(['#....', '#....', '#....', '#....', '#....', '#....', '#####']);
  });

  it('survives one voxel and makes a picture of it', async () => {
    const one = source([{ from: [0, 0, 0], to: [1, 1, 1], hu: 2 }], { size: [1, 1, 1] });
    const picture = drawOverlay(one, 0);
    const { width, height, format } = await sharp(await encodeJpeg(picture)).metadata();
    expect([width, height, format]).toEqual([picture.width, picture.height, 'jpeg']);
    expect(drawPreview(one, [0]).width).toBeGreaterThan(500);
  });
});

describe('slicePositionMm', () => {
  it('is the world z of the slice, rising to the head, by true distances', () => {
    const affine = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, -4], [0, 0, 100]);
    const view = axialView({ sizeVoxels: [4, 4, 3], voxelToWorld: affine, slicePositionsMm: [0, 1, 8] });
    expect([0, 1, 2].map((k) => slicePositionMm(view, k))).toEqual([92, 99, 100]);
  });
});

describe('spread', () => {
  it('takes all of few slices, and both ends of many', () => {
    expect(spread(3, 6, 20)).toEqual([3, 4, 5, 6]);
    const many = spread(10, 200, 20);
    expect([many[0], many.at(-1), new Set(many).size]).toEqual([10, 200, 20]);
  });
});
