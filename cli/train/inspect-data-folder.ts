/**
 * `train --inspect`: data folders → `inspection.html`, `inspection.json` and `cases.json`.
 * @module
 */
import { join } from 'node:path';
import type { LabelTable } from '../../core/label-table.ts';
import { assertWritable } from '../../daemon/results/publish.ts';
import { SOFTWARE } from '../../daemon/results/software.ts';
import { listCases } from '../../train/data/list-cases.ts';
import type { DataOptions, DataProgress } from '../../train/data/prepare-data.ts';
import { inspectCases, type ShownSlice } from '../../train/inspect/inspect-cases.ts';
import type { Recipe } from '../../train/recipe.ts';
import { asStorageError } from '../../train/storage-error.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { type InspectionPicture, inspectionPage } from './inspection-page.ts';
import { drawInspected } from './inspection-pictures.ts';

export const INSPECTION_PAGE = 'inspection.html';

/** Cases with a picture, spread evenly over all. */
const PICTURES = 24;

/** @throws {VoxwatchError} as listing and reading cases; `OUTPUT_NOT_WRITABLE`. */
export async function inspectDataFolder(
  recipe: Pick<Recipe, 'name' | 'truthLabels' | 'layout'>,
  data: DataOptions,
  out: string,
  onProgress: (line: DataProgress) => void,
): Promise<void> {
  await assertWritable(out);
  const list = await listCases(data.folders, { first: recipe.layout, ...(data.layout ? { only: data.layout } : {}) });
  for (const { code, message } of list.leftOut) onProgress({ kind: 'left-out', code, reason: message });
  const pictures: InspectionPicture[] = [];
  const labels = Math.max(...recipe.truthLabels.map(({ index }) => index)) + 1;
  const { inspection, ids } = await inspectCases({
    recipe: recipe.name,
    list,
    rules: { labels, ...(data.renamed ? { renamed: data.renamed } : {}) },
    labels: recipe.truthLabels,
    onRead: async (number, read, shown) => {
      if (!hasPicture(number, list.cases.length)) return;
      const jpeg = await drawInspected(read, shown.k, recipe.truthLabels);
      pictures.push({ number, caption: captionOf(shown, recipe.truthLabels), jpegBase64: Buffer.from(jpeg).toString('base64') });
    },
    onCase: ({ done, of, leftOut }) => {
      if (leftOut) onProgress({ kind: 'left-out', code: leftOut.code, reason: leftOut.message });
      onProgress({ kind: 'reading', done, total: of });
    },
  });
  const madeWith = `${SOFTWARE.name} ${SOFTWARE.version}`;
  try {
    await writeWhole(join(out, 'inspection.json'), `${JSON.stringify(inspection, null, 2)}\n`);
    const numbered = Object.fromEntries(ids.map((id, index) => [index + 1, id]));
    await writeWhole(join(out, 'cases.json'), `${JSON.stringify(numbered, null, 2)}\n`);
    await writeWhole(join(out, INSPECTION_PAGE), inspectionPage({ inspection, pictures, labels: recipe.truthLabels, madeWith }));
  } catch (thrown) {
    throw asStorageError(thrown, 'the inspection could not be written');
  }
  const left = inspection.leftOut.length;
  onProgress({ kind: 'note', text: `${inspection.cases.length} cases can be used, ${left} left out` });
}

/** @param number - From 1. */
function hasPicture(number: number, cases: number): boolean {
  if (cases <= PICTURES) return true;
  return Math.floor((number * PICTURES) / cases) > Math.floor(((number - 1) * PICTURES) / cases);
}

function captionOf({ k, of, labels }: ShownSlice, table: LabelTable): string {
  const names = labels.map((label) => table.find(({ index }) => index === label)?.name ?? `label ${label}`);
  const place = of === 1 ? 'A single slice' : `Axial slice ${k + 1} of ${of} from the feet`;
  return `${place}; ${names.length > 0 ? `shows ${names.join(', ')}` : 'shows no label'}`;
}
