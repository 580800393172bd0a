import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../core/affine.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { createLabelMap, type LabelMap } from '../../core/volume.ts';
import { postprocessInPlace } from '../../runtime/postprocess.ts';
import { tinyBundleFiles } from './make-tiny-bundle.ts';

const [ORGAN, LESION] = [1, 2];
const WIDTH = 40;

/** Boxes of one slice of voxels of 1 mm³: [label, x, y, width, height]. */
function drawn(...boxes: readonly (readonly [number, number, number, number, number])[]): LabelMap {
  const voxelToWorld = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]);
  const labels = new Uint8Array(WIDTH * WIDTH);
  for (const [label, x, y, width, height] of boxes)
    for (let row = y; row < y + height; row++) labels.fill(label, row * WIDTH + x, row * WIDTH + x + width);
  return createLabelMap({ sizeVoxels: [WIDTH, WIDTH, 1], voxelToWorld }, labels);
}

function findingsOf(rules: Partial<ModelManifest['postprocessing']>, labelMap: LabelMap): string[] {
  return postprocessInPlace(labelMap, manifestWith(rules)).findings.map(({ code }) => code);
}

function manifestWith(rules: Partial<ModelManifest['postprocessing']>): ModelManifest {
  return JSON.parse(new TextDecoder().decode(tinyBundleFiles(rules).get('manifest.json'))) as ModelManifest;
}

function labelsAfter(rules: Partial<ModelManifest['postprocessing']>, labelMap: LabelMap): Uint8Array {
  postprocessInPlace(labelMap, manifestWith(rules));
  return labelMap.labels;
}

describe('post-processing', () => {
  it('removes a lesion that touches no organ, however large', () => {
    const labels = labelsAfter({ minOrganMl: 0.001 }, drawn([ORGAN, 1, 1, 3, 3], [LESION, 4, 1, 2, 2], [LESION, 20, 20, 15, 15]));
    expect(labels[20 * WIDTH + 20]).toBe(0);
    expect(labels[WIDTH + 4]).toBe(LESION);
  });

  it('keeps as many parts as there are organs, the largest, with what grew on them', () => {
    const labels = labelsAfter(
      { maxComponents: 2 },
      drawn([ORGAN, 1, 1, 3, 3], [ORGAN, 10, 1, 4, 4], [ORGAN, 20, 1, 2, 2], [LESION, 22, 1, 4, 4]),
    );
    expect([labels[WIDTH + 1], labels[WIDTH + 10], labels[WIDTH + 20], labels[WIDTH + 22]]).toEqual([0, ORGAN, ORGAN, LESION]);
  });

  it('warns of what it left out, but not of specks', () => {
    const organ = [ORGAN, 1, 1, 3, 3] as const;
    expect(findingsOf({ minOrganMl: 0.001 }, drawn(organ, [LESION, 20, 20, 5, 5]))).toEqual(['PARTS_LEFT_OUT']);
    expect(findingsOf({ minComponentMl: 0.005, minOrganMl: 0.001 }, drawn(organ, [LESION, 20, 20, 2, 2]))).toEqual([]);
    expect(findingsOf({ minOrganMl: 0.001, maxComponents: 2 }, drawn(organ))).toEqual([]);
  });

  it('keeps all with every rule at 0', () => {
    const before = drawn([ORGAN, 1, 1, 1, 1], [LESION, 9, 9, 1, 1], [ORGAN, 20, 20, 1, 1]);
    const expected = before.labels.slice();
    expect(labelsAfter({}, before)).toEqual(expected);
  });
});
