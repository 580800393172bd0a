import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { showiestSlices } from '../../../cli/augmentation/example-slices.ts';
import { type ShowOptions, showAugmentation } from '../../../cli/augmentation/show-augmentation.ts';
import { affineFromColumns } from '../../../core/affine.ts';
import { createLabelMap, createVolume } from '../../../core/volume.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import type { Augmentation } from '../../../train/augmentation/augmentation.ts';
import type { Recipe, StageRecipe } from '../../../train/recipe.ts';
import { KIDNEY_ENET_CASCADE } from '../../../train/recipes/kidney-enet-cascade.ts';

const SIZE = 24;
const folder = mkdtempSync(path.join(tmpdir(), 'voxwatch-augmentation-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two slices: one with a kidney, one with a kidney and a tumour. */
function writeCase(name: string): void {
  const geometry = {
    sizeVoxels: [SIZE, SIZE, 2] as const,
    voxelToWorld: affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 5], [0, 0, 0]),
  };
  const labels = Uint8Array.from({ length: SIZE * SIZE * 2 }, (_, p) => {
    const [i, j, k] = [p % SIZE, Math.floor(p / SIZE) % SIZE, Math.floor(p / SIZE / SIZE)];
    return i < 6 || i > 15 || j < 6 || j > 15 ? 0 : k === 1 && i > 10 ? 2 : 1;
  });
  const hu = Int16Array.from(labels, (label) => [-100, 60, 150][label] as number);
  mkdirSync(path.join(folder, 'data', name), { recursive: true });
  const file = (own: string): string => path.join(folder, 'data', name, own);
  writeFileSync(file('imaging.nii.gz'), writeNiftiVolume(createVolume(geometry, hu)));
  writeFileSync(file('segmentation.nii.gz'), writeNiftiLabels(createLabelMap(geometry, labels), KIDNEY_ENET_CASCADE.labels));
}

function recipe(augmentation: Augmentation): Recipe {
  const [organ, tumour] = KIDNEY_ENET_CASCADE.stages as readonly [StageRecipe, StageRecipe];
  const region = { ...tumour.region, sizePixels: [12, 12], onGridPixels: [SIZE, SIZE] } as StageRecipe['region'];
  return {
    ...KIDNEY_ENET_CASCADE,
    stages: [
      { ...organ, gridPixels: [SIZE, SIZE], augmentation },
      { ...tumour, gridPixels: [12, 12], region, augmentation },
    ],
  };
}

function options(augmentation: Augmentation, changes: Partial<ShowOptions> = {}): ShowOptions {
  const out = path.join(folder, 'out');
  return {
    recipe: recipe(augmentation),
    dataFolders: [path.join(folder, 'data')],
    out,
    seed: 1,
    onLeftOut: () => undefined,
    ...changes,
  };
}

const AUGMENTATION: Augmentation = [
  { kind: 'flip', probability: 0.5, axis: 'horizontal' },
  { kind: 'gaussian-noise', probability: 0.5, standardDeviationHu: [5, 20] },
];

describe('the page of an augmentation', () => {
  it('shows of each case a slice as it is, under each transform and three times under all, for every stage', async () => {
    writeCase('case_00000');
    writeCase('case_00001');
    const html = readFileSync(await showAugmentation(options(AUGMENTATION)), 'utf8');
    // Two stages, two cases, 1 + 2 + 3 views.
    expect(html.match(/<img /g)).toHaveLength(2 * 2 * 6);
    for (const text of [
      'Stage organ',
      'Stage tumour',
      'as it is',
      'gaussian noise',
      'standard deviation 5 … 20 HU',
      'all together, 3',
    ])
      expect(html).toContain(text);
  });

  it('loads nothing, names no case, and leaves nothing behind beside itself', async () => {
    const html = readFileSync(await showAugmentation(options(AUGMENTATION)), 'utf8');
    expect(html).not.toMatch(/src="(?!data:)|href=|url\(|@import|case_0/);
    expect(readdirSync(path.join(folder, 'out'))).toEqual(['augmentation.html']);
  });

  it('is the same from the same seed, and another from another', async () => {
    const page = async (seed: number): Promise<string> =>
      readFileSync(await showAugmentation(options(AUGMENTATION, { seed })), 'utf8').replace(/seed \d+/, '');
    expect(await page(1)).toBe(await page(1));
    expect(await page(2)).not.toBe(await page(1));
  });

  it('tells of a case that cannot be read, and shows the others', async () => {
    mkdirSync(path.join(folder, 'data', 'case_00002'));
    const reasons: string[] = [];
    await showAugmentation(options([], { onLeftOut: (reason) => reasons.push(reason) }));
    expect(reasons).toEqual(['There is no image for this case.']);
  });

  it('refuses an augmentation that cannot be applied before it reads anything', async () => {
    const wrong = options([{ kind: 'zoom', probability: 1, factor: 9 }], { dataFolders: ['nowhere'] });
    await expect(showAugmentation(wrong)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('the slices that are shown', () => {
  it('are those with most of the highest label, one a case', () => {
    const facts = [
      { case: 'a', labelPixels: [90, 10, 0] },
      { case: 'a', labelPixels: [95, 0, 5] },
      { case: 'a', labelPixels: [93, 0, 7] },
      { case: 'b', labelPixels: [100, 0, 0] },
      { case: 'b', labelPixels: [60, 40, 0] },
    ];
    expect(showiestSlices(facts)).toEqual([2, 4]);
  });
});
