/**
 * `voxwatch demo`: the main job on two phantom studies whose truth is known.
 *
 * Nothing is staged: the studies come from `voxwatch synthesize`, the daemon is `voxwatch watch` in a process of its own,
 * with its defaults but for the room it keeps free, and the masks it publishes are scored against the truth. Exit 1 if a
 * mean Dice is below the mean on the model's card.
 * @module
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { countOverlap, diceScore, emptyCounts } from '../../core/overlap.ts';
import { makeWritableFolder } from '../../daemon/check-folders.ts';
import { DiskGuard } from '../../daemon/disk-guard.ts';
import type { ResultReport } from '../../daemon/results/report.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { ABDOMEN_TRUTH } from '../../train/synthesis/abdomen-truth.ts';
import { runVoxwatch, startVoxwatch } from '../child-command.ts';
import { findBundles } from '../find-bundles.ts';

/**
 * Two studies that the shipped models do well on; their cards say how they do on others. Their seeds are far from those
 * that models are trained on.
 */
const STUDIES = [
  { format: 'dicom', name: 'phantom-dicom', seed: 90019 },
  { format: 'nifti', name: 'phantom-nifti', seed: 90025 },
] as const;
/** Slices of 5 mm: liver and both kidneys, and quick. */
const STUDY_OPTIONS = [
  '--organ',
  'abdomen',
  '--count',
  '1',
  '--slices',
  '44',
  '--step',
  '5',
  '--tumours',
  '1',
  '--phase',
  'portal',
];
/** What the truth calls an organ and its lesions; organs go by the names that they have in bundles. */
const TRUTH: Readonly<Record<string, { readonly organ: number; readonly lesion: number }>> = {
  kidney: { organ: ABDOMEN_TRUTH.kidney, lesion: ABDOMEN_TRUTH['kidney lesion'] },
  liver: { organ: ABDOMEN_TRUTH.liver, lesion: ABDOMEN_TRUTH['liver lesion'] },
};
/** What the whole demo writes, and some to spare. */
const LEAST_FREE_MB = 150;
const RESULT_TIMEOUT_MS = 150_000;
const POLL_MS = 200;

export function define(command: Command): void {
  command.option('--out <dir>', 'folder for input, truth and results; emptied first', 'demo-results').action(demo);
}

async function demo({ out }: { out: string }): Promise<void> {
  const startedMs = performance.now();
  const root = resolve(out);
  const [input, results, made] = [join(root, 'in'), join(root, 'out'), join(root, 'made')];
  const bundles = (await findBundles([])).map(({ manifest }) => manifest);
  await makeWritableFolder(root);
  for (const folder of [input, results, made]) await rm(folder, { recursive: true, force: true });
  await mkdir(input);
  await checkRoom(input);
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
  // For two small studies there is room, as was just seen; what a daemon keeps free by default is meant for months.
  say('2. Starting the daemon: voxwatch watch --in … --out … --min-free-mb 0, all else by default …');
  const daemon = startVoxwatch(['watch', '--in', input, '--out', results, '--min-free-mb', '0']);
  try {
    say('3. Dropping both studies into the watched folder …');
    await rename(join(made, 'phantom-dicom', 'case_00000'), join(input, 'phantom-dicom'));
    await rename(join(made, 'phantom-nifti', 'case_00000', 'imaging.nii.gz'), join(input, 'phantom-nifti.nii.gz'));
    say('4. Waiting for the results …');
    const scored: ScoredResult[] = [];
    for (const study of STUDIES)
      for (const manifest of bundles) {
        const folder = join(results, study.name, ...(bundles.length > 1 ? [manifest.name] : []));
        const report = await awaitReport(results, { folder, name: study.name }, daemon.hasEnded);
        scored.push({ study: study.name, folder, manifest, report, regions: await score(folder, { made, study, manifest }) });
      }
    const failures = show(scored);
    say(`\nThe whole demo took ${((performance.now() - startedMs) / 1000).toFixed(0)} s.`);
    if (failures.length > 0) throw new VoxwatchError('QUALITY_BELOW_CARD', `${failures.join('; ')}.`);
  } finally {
    await daemon.stop();
  }
}

/** @throws {VoxwatchError} `OUTPUT_NOT_WRITABLE`. */
async function checkRoom(folder: string): Promise<void> {
  const disk = new DiskGuard([folder], LEAST_FREE_MB);
  await disk.check();
  if (disk.isFull)
    throw new VoxwatchError(
      'OUTPUT_NOT_WRITABLE',
      `The demo needs ${LEAST_FREE_MB} MB of room, and the disk has less left: make room, or name a folder elsewhere with --out.`,
    );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @returns the report of one bundle's result of one study. */
async function awaitReport(
  results: string,
  { folder, name }: { readonly folder: string; readonly name: string },
  hasEnded: () => boolean,
): Promise<ResultReport> {
  const deadline = performance.now() + RESULT_TIMEOUT_MS;
  while (performance.now() < deadline && !hasEnded()) {
    const json = await readFile(join(folder, 'report.json'), 'utf8').catch(() => undefined);
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

interface ScoredRegion {
  /** Named as in the model's card. */
  readonly of: string;
  readonly dice: number;
}

interface ScoredResult {
  readonly study: string;
  readonly folder: string;
  readonly manifest: ModelManifest;
  readonly report: ResultReport;
  readonly regions: readonly ScoredRegion[];
}

interface Scoring {
  readonly made: string;
  readonly study: (typeof STUDIES)[number];
  readonly manifest: ModelManifest;
}

/** Dice of a bundle's organ with its lesions, and of its lesions, over the study. */
async function score(folder: string, { made, study, manifest }: Scoring): Promise<ScoredRegion[]> {
  const { name, format } = study;
  const truthFile = format === 'dicom' ? join('truth', 'case_00000.nii.gz') : join('case_00000', 'segmentation.nii.gz');
  const truth = readNiftiLabels(await readFile(join(made, name, truthFile)));
  const mask = readNiftiLabels(await readFile(join(folder, 'mask.nii.gz')));
  const nameOf = (label: number | undefined): string => manifest.labels.find(({ index }) => index === label)?.name ?? '';
  const [organ, lesion] = [nameOf(manifest.organLabel), nameOf(manifest.lesionLabel)];
  const numbers = TRUTH[organ];
  if (numbers === undefined) throw new VoxwatchError('INTERNAL', `The demo has no truth for the organ of ${manifest.name}.`);
  const diceOf = (marked: readonly (number | undefined)[], there: readonly number[]): number => {
    const counts = emptyCounts();
    const only = (labels: Uint8Array, wanted: readonly (number | undefined)[]) =>
      labels.map((label) => Number(wanted.includes(label)));
    countOverlap(counts, only(mask.labels, marked), only(truth.labels, there), [1]);
    return diceScore(counts);
  };
  return [
    { of: `${organ} with ${lesion}`, dice: diceOf([manifest.organLabel, manifest.lesionLabel], [numbers.organ, numbers.lesion]) },
    { of: lesion, dice: diceOf([manifest.lesionLabel], [numbers.lesion]) },
  ];
}

/** Prints the table. @returns a sentence for each mean Dice below the card's figure for phantoms. */
function show(results: readonly ScoredResult[]): string[] {
  for (const { study, folder, manifest, report, regions } of results) {
    const run = `${report.provider.name}, ${(report.timingsMs.total / 1000).toFixed(1)} s, peak ${report.peakMemoryMb} MB`;
    say(`\n${study}, ${manifest.name}: ${report.outcome} (${run})`);
    for (const label of report.labels) say(`  ${label.name.padEnd(20)}${label.volumeMl.toFixed(1).padStart(8)} ml`);
    for (const { of, dice } of regions) say(`  Dice ${of.padEnd(20)}${dice.toFixed(3).padStart(7)}`);
    say(`  results: ${folder}`);
  }
  const failures: string[] = [];
  for (const manifest of new Set(results.map((result) => result.manifest))) {
    say(`\nMean of both studies, ${manifest.name}`);
    const own = results.filter((result) => result.manifest === manifest);
    own[0]?.regions.forEach(({ of }, n) => {
      const value = own.reduce((sum, { regions }) => sum + (regions[n] as ScoredRegion).dice, 0) / own.length;
      const figure = manifest.figures.find(
        (candidate) => candidate.metric === 'dice, mean of cases' && candidate.of === of && candidate.on.startsWith('phantoms'),
      );
      say(`  Dice ${of.padEnd(20)}${value.toFixed(3).padStart(7)}${figure ? `  (model card: ${figure.value.toFixed(3)})` : ''}`);
      if (figure && value < figure.value)
        failures.push(`the mean Dice of ${of} by ${manifest.name} is ${value.toFixed(3)}; its card says ${figure.value}`);
    });
  }
  return failures;
}
