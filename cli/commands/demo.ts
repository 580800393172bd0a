/**
 * `voxwatch demo`: the main job on two phantom studies whose truth is known.
 *
 * Nothing is staged: the studies come from `voxwatch synthesize`, the daemon is `voxwatch watch` with its defaults in a
 * process of its own, and the masks it publishes are scored against the truth. Exit 1 if a mean Dice is below the mean on
 * the model's card.
 * @module
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import type { Figure } from '../../core/model-manifest.ts';
import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import type { ResultReport } from '../../daemon/results/report.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { runVoxwatch, startVoxwatch } from '../child-command.ts';
import { findBundles } from '../find-bundles.ts';

/**
 * Two studies that the shipped model does well on; its card says how it does on others. Their seeds are far from those
 * that models are trained on.
 */
const STUDIES = [
  { format: 'dicom', name: 'phantom-dicom', seed: 90013, dropped: 'phantom-dicom' },
  { format: 'nifti', name: 'phantom-nifti', seed: 90010, dropped: 'phantom-nifti.nii.gz' },
] as const;
/** Slices of 5 mm: both kidneys whole, and quick. */
const STUDY_OPTIONS = ['--count', '1', '--slices', '30', '--step', '5', '--tumours', '1', '--phase', 'portal'];
/** What the model promises, by the labels it is about: the same names stand in its card. */
const SCORES = [
  { of: 'kidney with tumour', labels: [1, 2] },
  { of: 'tumour', labels: [2] },
] as const;
const RESULT_TIMEOUT_MS = 150_000;
const POLL_MS = 200;

export function define(command: Command): void {
  command.option('--out <dir>', 'folder for input, truth and results; emptied first', 'demo-results').action(demo);
}

async function demo({ out }: { out: string }): Promise<void> {
  const startedMs = performance.now();
  const root = resolve(out);
  const [input, results, made] = [join(root, 'in'), join(root, 'out'), join(root, 'made')];
  const [bundle] = await findBundles([]);
  for (const folder of [input, results, made]) await rm(folder, { recursive: true, force: true });
  await mkdir(input, { recursive: true });
  say('1. Making two phantom studies (one DICOM series, one NIfTI) …');
  await Promise.all(
    STUDIES.map(({ format, name, seed }) =>
      runVoxwatch([
        'synthesize',
        '--out',
        join(made, name),
        '--format',
        format,
        '--seed',
        String(seed),
        ...STUDY_OPTIONS,
        '--json',
      ]),
    ),
  );
  say('2. Starting the daemon with its defaults: voxwatch watch --in … --out …');
  const daemon = startVoxwatch(['watch', '--in', input, '--out', results]);
  try {
    say('3. Dropping both studies into the watched folder …');
    await rename(join(made, 'phantom-dicom', 'case_00000'), join(input, 'phantom-dicom'));
    await rename(join(made, 'phantom-nifti', 'case_00000', 'imaging.nii.gz'), join(input, 'phantom-nifti.nii.gz'));
    say('4. Waiting for the results …');
    const reports = await Promise.all(STUDIES.map(({ name }) => awaitReport(results, name, daemon.hasEnded)));
    const scored = await Promise.all(
      STUDIES.map(async (study, n) => ({
        name: study.name,
        report: reports[n] as ResultReport,
        dice: await score(results, made, study),
      })),
    );
    const failures = show(results, scored, bundle?.manifest.figures ?? []);
    say(`\nThe whole demo took ${((performance.now() - startedMs) / 1000).toFixed(0)} s.`);
    if (failures.length > 0) throw new VoxwatchError('QUALITY_BELOW_CARD', `${failures.join('; ')}.`);
  } finally {
    await daemon.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function awaitReport(results: string, name: string, hasEnded: () => boolean): Promise<ResultReport> {
  const deadline = performance.now() + RESULT_TIMEOUT_MS;
  while (performance.now() < deadline && !hasEnded()) {
    const json = await readFile(join(results, name, 'report.json'), 'utf8').catch(() => undefined);
    if (json !== undefined) return JSON.parse(json) as ResultReport;
    const refused = await readFile(join(results, 'rejected', name, 'report.json'), 'utf8').catch(() => undefined);
    if (refused !== undefined)
      throw new VoxwatchError('INTERNAL', 'The daemon refused a phantom study; see its report under rejected/.');
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  throw new VoxwatchError(
    'INTERNAL',
    hasEnded() ? 'The daemon ended early; its log stands above.' : 'The daemon gave no result in time.',
  );
}

/** Dice of each of {@link SCORES}, pooled over the study. */
async function score(results: string, made: string, { name, format }: (typeof STUDIES)[number]): Promise<number[]> {
  const truthFile = format === 'dicom' ? join('truth', 'case_00000.nii.gz') : join('case_00000', 'segmentation.nii.gz');
  const truth = readNiftiLabels(await readFile(join(made, name, truthFile)));
  const mask = readNiftiLabels(await readFile(join(results, name, 'mask.nii.gz')));
  return SCORES.map(({ labels }) => {
    const counts = emptyCounts();
    countOverlap(counts, mask.labels, truth.labels, labels);
    return diceScore(counts);
  });
}

interface ScoredStudy {
  readonly name: string;
  readonly report: ResultReport;
  readonly dice: readonly number[];
}

/** Prints the table. @returns a sentence for each Dice below the card's figure. */
function show(results: string, studies: readonly ScoredStudy[], figures: readonly Figure[]): string[] {
  for (const { name, report, dice } of studies) {
    say(
      `\n${name}: ${report.outcome} (${report.provider.name}, ${(report.timingsMs.total / 1000).toFixed(1)} s, peak ${report.peakMemoryMb} MB)`,
    );
    for (const label of report.labels) say(`  ${label.name.padEnd(20)}${label.volumeMl.toFixed(1).padStart(8)} ml`);
    SCORES.forEach(({ of }, n) => {
      say(`  Dice ${of.padEnd(20)}${(dice[n] as number).toFixed(3).padStart(7)}`);
    });
    say(`  results: ${join(results, name)}`);
  }
  say('\nMean of both studies');
  return SCORES.flatMap(({ of }, n) => {
    const value = studies.reduce((sum, { dice }) => sum + (dice[n] as number), 0) / studies.length;
    const figure = figures.find((candidate) => candidate.metric === 'dice, mean of cases' && candidate.of === of);
    const promised = figure === undefined ? '' : `  (model card: ${figure.value.toFixed(3)})`;
    say(`  Dice ${of.padEnd(20)}${value.toFixed(3).padStart(7)}${promised}`);
    if (!figure || value >= figure.value) return [];
    return [`the mean Dice of ${of} is ${value.toFixed(3)}; the model card says ${figure.value}`];
  });
}
