import { describe, expect, it } from 'vitest';
import { axialView } from '../../preprocess/reorient.ts';
import { stageBoxes } from '../../runtime/stage.ts';
import { STANDARD_AXIAL } from './make-volume.ts';

const region = { kind: 'crop-around-foreground', ofStage: 'organ', sizePixels: [256, 256], onGridPixels: [512, 512] } as const;

describe('stageBoxes', () => {
  it('scales the crop to the matrix of the slice', () => {
    const boxes = (width: number, height: number) =>
      stageBoxes(region, axialView({ sizeVoxels: [width, height, 1], voxelToWorld: STANDARD_AXIAL }), () => [[0, 0]])[0]?.box
        .sizePixels;
    expect(boxes(512, 512)).toEqual([256, 256]);
    expect(boxes(122, 101)).toEqual([61, 51]);
    expect(boxes(1, 1)).toEqual([1, 1]);
  });

  it('skips slices without foreground', () => {
    const view = axialView({ sizeVoxels: [512, 512, 3], voxelToWorld: STANDARD_AXIAL });
    const boxes = stageBoxes(region, view, () => [undefined, [200.4, 300.6], undefined]);
    expect(boxes).toEqual([{ k: 1, box: { start: [72, 173], sizePixels: [256, 256] } }]);
  });
});
