/**
 * How long all scores of one large study take: 512 × 512 × 400 voxels, an organ of 1.7 l and a tumour in it.
 *
 *   node dist/bench/score-metrics.js [FOLDER]
 *
 * Writes both maps into FOLDER where one is given, so that Python can be timed on the same
 * (`python test/oracles/time_metrics.py FOLDER`).
 * @module
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLabelMap, type LabelMap } from '../core/volume.ts';
import { scoreCase } from '../evaluate/score-case.ts';
import { writeNiftiLabels } from '../formats/nifti/write-nifti.ts';

const SIZE = [512, 512, 400] as const;
const SPACING_MM = [0.75, 0.75, 1] as const;
const RUNS = 3;

/** Ellipsoids: label, centre in voxels, half axes in mm. */
const SHAPES = [
  { label: 1, centre: [190, 250, 200], half: [95, 80, 65] },
  { label: 2, centre: [190, 250, 230], half: [25, 22, 18] },
] as const;

/** @param shift - Moves everything along i, voxels. */
function makeMap(shift: number): LabelMap {
  const labels = new Uint8Array(SIZE[0] * SIZE[1] * SIZE[2]);
  for (const { label, centre, half } of SHAPES) {
    for (let k = 0, p = 0; k < SIZE[2]; k++) {
      for (let j = 0; j < SIZE[1]; j++) {
        for (let i = 0; i < SIZE[0]; i++, p++) {
          const x = ((i - centre[0] - shift) * SPACING_MM[0]) / half[0];
          const y = ((j - centre[1]) * SPACING_MM[1]) / half[1];
          const z = ((k - centre[2]) * SPACING_MM[2]) / half[2];
          if (x * x + y * y + z * z <= 1) labels[p] = label;
        }
      }
    }
  }
  const voxelToWorld = [SPACING_MM[0], 0, 0, 0, 0, SPACING_MM[1], 0, 0, 0, 0, SPACING_MM[2], 0, 0, 0, 0, 1];
  return createLabelMap({ sizeVoxels: SIZE, voxelToWorld }, labels);
}

const [truth, prediction] = [makeMap(0), makeMap(3)];
for (let run = 0; run < RUNS; run++) {
  const start = process.cpuUsage();
  const began = performance.now();
  const { regions } = scoreCase(prediction, truth, {
    regions: [
      { name: 'organ', labels: [1, 2] },
      { name: 'tumour', labels: [2] },
    ],
    surfaceToleranceMm: { organ: 1, tumour: 1 },
    lesions: ['tumour'],
    definitions: 'corrected',
  });
  const cpuMs = process.cpuUsage(start).user / 1000;
  const figures = regions.map(({ region, dice, assdMm, surfaceDice }) => ({ region, dice, assdMm, surfaceDice }));
  console.log(JSON.stringify({ wallMs: Math.round(performance.now() - began), cpuMs: Math.round(cpuMs), figures }));
}
const [folder] = process.argv.slice(2);
if (folder) {
  for (const [name, map] of Object.entries({ truth, prediction }))
    await writeFile(path.join(folder, `${name}.nii.gz`), writeNiftiLabels(map, []));
}
