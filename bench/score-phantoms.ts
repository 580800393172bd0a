/**
 * Scores a bundle on a folder of labelled studies in the KiTS layout, through the runtime as users run it.
 *
 *   node dist/bench/score-phantoms.js BUNDLE DATA [FIGURES.json]
 *
 * Prints a table a case; writes the figures for the model card (`voxwatch export --figures`) where a third path is given.
 * Dice is per case; the tumour's is over the cases that have one, and what is found where there is none is given in ml.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { countOverlap, diceScore, emptyCounts } from '../core/overlap.ts';
import { voxelVolumesMm3 } from '../core/volume.ts';
import { bundleFolder } from '../daemon/job/bundle-folder.ts';
import { loadBundle } from '../runtime/bundle.ts';
import { segment } from '../runtime/segment.ts';
import { nodeSessions } from '../runtime/sessions/session-node.ts';
import { listCases } from '../train/data/list-cases.ts';
import { readCase } from '../train/data/read-case.ts';

const [bundleDir, dataDir, figuresFile] = process.argv.slice(2);
if (!bundleDir || !dataDir) throw new Error('usage: score-phantoms BUNDLE DATA [FIGURES.json]');

const TUMOUR = 2;
const bundle = await loadBundle(bundleFolder(bundleDir), { openSessions: nodeSessions({ providers: ['cpu'] }) });
const rows: { kidney: number; tumour: number | undefined; falseMl: number }[] = [];
const seconds = new Map<string, { total: number; slices: number }>();
const { cases } = await listCases([dataDir]);
for (const entry of cases) {
  const read = await readCase(entry, { labels: TUMOUR + 1 });
  if (read.kind !== 'volume') throw new Error('a bundle segments volumes');
  const { volume, truth } = read;
  const result = await segment(bundle, volume);
  for (const { stage, durationMs, slices } of result.timings.stages) {
    const sum = seconds.get(stage) ?? { total: 0, slices: 0 };
    seconds.set(stage, { total: sum.total + durationMs / 1000, slices: sum.slices + slices });
  }
  const [kidney, tumour] = [emptyCounts(), emptyCounts()];
  countOverlap(kidney, result.labelMap.labels, truth.labels, [1, TUMOUR]);
  countOverlap(tumour, result.labelMap.labels, truth.labels, [TUMOUR]);
  const tumourVoxels = tumour.truePositive + tumour.falseNegative;
  const voxelMl = (voxelVolumesMm3(volume.geometry)[0] as number) / 1000;
  const row = {
    kidney: diceScore(kidney),
    tumour: tumourVoxels > 0 ? diceScore(tumour) : undefined,
    falseMl: tumourVoxels > 0 ? 0 : tumour.falsePositive * voxelMl,
  };
  rows.push(row);
  const tumourText =
    row.tumour === undefined
      ? `none there, ${row.falseMl.toFixed(1)} ml found`
      : `${row.tumour.toFixed(3)} of ${(tumourVoxels * voxelMl).toFixed(1)} ml`;
  console.log(
    `${entry.id}  ${volume.geometry.sizeVoxels.join(' × ')}  kidney with tumour ${row.kidney.toFixed(3)}  tumour ${tumourText}`,
  );
}
await bundle.release();

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const kidneys = rows.map(({ kidney }) => kidney);
const tumours = rows.flatMap(({ tumour }) => (tumour === undefined ? [] : [tumour]));
const healthy = rows.filter(({ tumour }) => tumour === undefined);
const on = 'phantoms of held-out seeds';
const round = (value: number): number => Math.round(value * 1000) / 1000;
const figures = [
  { metric: 'dice, mean of cases', of: 'kidney with tumour', on, value: round(mean(kidneys)), cases: kidneys.length },
  { metric: 'dice, lowest case', of: 'kidney with tumour', on, value: round(Math.min(...kidneys)), cases: kidneys.length },
  { metric: 'dice, mean of cases', of: 'tumour', on: `${on} with a tumour`, value: round(mean(tumours)), cases: tumours.length },
  {
    metric: 'dice, lowest case',
    of: 'tumour',
    on: `${on} with a tumour`,
    value: round(Math.min(...tumours)),
    cases: tumours.length,
  },
  ...(healthy.length === 0
    ? []
    : [
        {
          metric: 'false tumour, mean ml',
          of: 'tumour',
          on: `${on} without a tumour`,
          value: round(mean(healthy.map((h) => h.falseMl))),
          cases: healthy.length,
        },
      ]),
];
console.log(figures.map(({ metric, of, value, cases }) => `${of}: ${metric} ${value} (${cases})`).join('\n'));
for (const [stage, { total, slices }] of seconds)
  console.log(`stage ${stage}: ${((1000 * total) / slices).toFixed(0)} ms a slice over ${slices} slices`);
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
if (figuresFile) await writeFile(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
