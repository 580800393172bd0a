/**
 * Measures label maps on their images, for `test/oracles/check_measures.py`.
 *
 *   node dist/bench/measure-files.js REQUESTS.json
 *
 * REQUESTS is a list of {@link Request}. Prints the list of {@link Measurements}.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createLabelMap, createVolume } from '../core/volume.ts';
import { readNifti, readNiftiLabels } from '../formats/nifti/read-nifti.ts';
import { axialView } from '../preprocess/reorient.ts';
import { labelRuns } from '../runtime/label-runs.ts';
import { type Measurements, measureLabels } from '../runtime/measures/measure.ts';

interface Request {
  /** NIfTI files on one grid. */
  readonly image: string;
  readonly labels: string;
  readonly indices: readonly number[];
  readonly lesionLabel: number;
  /** Where the slices are unevenly spaced, which a NIfTI cannot say. */
  readonly slicePositionsMm?: readonly number[];
}

const [requestFile] = process.argv.slice(2);
if (!requestFile) throw new Error('usage: measure-files REQUESTS.json');

async function measure({ image, labels, indices, lesionLabel, slicePositionsMm }: Request): Promise<Measurements> {
  const { geometry, hu } = readNifti(await readFile(image)).volume;
  const volume = createVolume({ ...geometry, ...(slicePositionsMm ? { slicePositionsMm } : {}) }, hu);
  const labelMap = createLabelMap(volume.geometry, readNiftiLabels(await readFile(labels)).labels);
  const code = { scheme: 'none', value: 'none', meaning: 'none' };
  const table = indices.map((index) => ({ index, name: `label ${index}`, color: '#ffffff', code }));
  return measureLabels(labelRuns(labelMap), {
    volume,
    view: axialView(volume.geometry),
    manifest: { labels: table, lesionLabel },
  });
}

const measured: Measurements[] = [];
for (const request of JSON.parse(await readFile(requestFile, 'utf8')) as Request[]) measured.push(await measure(request));
console.log(JSON.stringify(measured));
