/**
 * Scores pairs of NIfTI label maps, for `test/oracles/check_metrics.py`.
 *
 *   node dist/bench/score-files.js REQUESTS.json
 *
 * REQUESTS is a list of `{ prediction, truth, options }`: two paths and the `ScoreOptions`. Prints the list of `CaseScores`.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { LabelMap } from '../core/volume.ts';
import { type CaseScores, type ScoreOptions, scoreCase } from '../evaluate/score-case.ts';
import { readNiftiLabels } from '../formats/nifti/read-nifti.ts';

interface Request {
  readonly prediction: string;
  readonly truth: string;
  readonly options: ScoreOptions;
}

const [requestFile] = process.argv.slice(2);
if (!requestFile) throw new Error('usage: score-files REQUESTS.json');

const read = async (file: string): Promise<LabelMap> => readNiftiLabels(await readFile(file));
const scores: CaseScores[] = [];
for (const { prediction, truth, options } of JSON.parse(await readFile(requestFile, 'utf8')) as Request[]) {
  scores.push(scoreCase(await read(prediction), await read(truth), options));
}
console.log(JSON.stringify(scores));
