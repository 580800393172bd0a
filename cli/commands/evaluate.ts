/**
 * `voxwatch evaluate`: batch QA. Scores a bundle, or masks made elsewhere, on labelled cases; compares, judges, reports.
 *
 * Writes `scores.csv`, `scores.json`, `run.json` and `report.html`; `cases/` and `masks/` let a run that was stopped go on.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import type { ProviderChoice } from '../../daemon/job/job.ts';
import { assertWritable } from '../../daemon/results/publish.ts';
import { SOFTWARE } from '../../daemon/results/software.ts';
import { compareRuns } from '../../evaluate/compare-runs.ts';
import { checkGate, checkGateFits, parseGate } from '../../evaluate/gate.ts';
import { summarizePerturbations } from '../../evaluate/perturb/summarize-perturbations.ts';
import { type LabelSet, officialPlan, planFor, type ScoringPlan } from '../../evaluate/regions.ts';
import { reportPage } from '../../evaluate/report/page.ts';
import type { RunManifest } from '../../evaluate/run-manifest.ts';
import type { Definitions } from '../../evaluate/score-case.ts';
import { parseScores, SCORES_SCHEMA_VERSION, type ScoresDocument } from '../../evaluate/score-document.ts';
import { scoresCsv } from '../../evaluate/scores-csv.ts';
import { summarizeRun } from '../../evaluate/summarize-run.ts';
import { type Bundle, loadBundle } from '../../runtime/bundle.ts';
import { nodeSessions, providersOf } from '../../runtime/session-node.ts';
import { createRandom } from '../../train/synthesis/random.ts';
import { openCaseStore, writeWhole } from '../evaluate/case-store.ts';
import { type DataSet, listDataSet } from '../evaluate/data-set.ts';
import { makeGallery } from '../evaluate/make-gallery.ts';
import { bundlePredictions, folderPredictions } from '../evaluate/prediction-source.ts';
import { SCORING_VERSION, type ScoredDataSet, scoreDataSet } from '../evaluate/score-data-set.ts';
import { terminalSummary } from '../evaluate/terminal-summary.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findBundles } from '../find-bundles.ts';
import { collect, wholeNumber } from '../option-values.ts';

/** Seed of the bootstrap: fixed, so that the same scores give the same intervals. */
const BOOTSTRAP_SEED = 1;

interface Options {
  readonly model?: string;
  readonly prediction?: string;
  readonly data: string;
  readonly out: string;
  readonly official?: Exclude<Definitions, 'corrected'>;
  readonly baseline?: string;
  readonly gate?: string;
  readonly perturb?: boolean;
  readonly resample?: boolean;
  readonly truthLabel: readonly string[];
  readonly gallery: number;
  readonly provider: ProviderChoice;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option('--model <name|dir>', 'the bundle to run')
    .option('--prediction <dir>', 'score these masks instead of running a bundle')
    .requiredOption('--data <dir>', 'labelled cases: KiTS, LiTS, Decathlon, or images/ and labels/ paired by name')
    .requiredOption('--out <dir>', 'folder for scores and report; a run that was stopped goes on in it')
    .addOption(
      new Option('--official <name>', "the challenge's own numbers, defects included").choices(['kits19', 'kits23', 'lits']),
    )
    .option('--baseline <run>', 'compare with an earlier run: its folder or scores.json')
    .option('--gate <file>', 'JSON thresholds; exit 1 where one is not met')
    .option('--perturb', 'run each case again under small stated changes')
    .option('--resample', 'bring predictions on another grid over by nearest neighbour')
    .option('--truth-label <number=name>', 'a label of the truth; repeat. Given at all, others are background', collect, [])
    .option('--gallery <n>', 'pictures of the lowest cases', wholeNumber(0), 9)
    .addOption(new Option('--provider <name>', 'where networks run').choices(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'))
    .option('--json', 'print scores.json')
    .action(evaluate);
}

async function evaluate(options: Options): Promise<void> {
  if ((options.model === undefined) === (options.prediction === undefined))
    throw new VoxwatchError('USAGE', 'Give either --model or --prediction.');
  if (options.perturb && options.model === undefined)
    throw new VoxwatchError('USAGE', '--perturb needs --model: masks cannot be run again.');
  const outDir = resolve(options.out);
  const gate = options.gate === undefined ? undefined : parseGate(await readText(options.gate, 'gate file'));
  const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
  const dataSet = await listDataSet(resolve(options.data));
  const bundle = options.model === undefined ? undefined : await openBundle(options.model, options.provider);
  try {
    await assertWritable(outDir);
    const labels = labelsOf(bundle, dataSet, options);
    const plan = options.official ? officialPlan(options.official) : planFor(labels);
    const regions = plan.regions.map(({ name }) => name);
    if (gate) checkGateFits(gate, regions, baseline !== undefined);
    const renamed = options.truthLabel.length > 0 ? renaming(options.truthLabel, labels) : undefined;
    const source = bundle ? bundlePredictions(bundle, outDir) : folderPredictions(resolve(options.prediction as string));
    const settings = { source, labels, plan, ...(renamed ? { renamed } : {}) };
    const scored = await scoreDataSet({
      ...settings,
      dataSet,
      mayResample: options.resample === true,
      perturbs: options.perturb === true,
      store: await openCaseStore(outDir),
      onCase: ({ done, of, isTakenOver }) =>
        process.stderr.write(`${JSON.stringify({ event: 'evaluate.case', case: done, of, takenOver: isTakenOver })}\n`),
    });
    const run = manifestOf({ options, dataSet, labels, plan, scored, bundle, renamed });
    const document = documentOf({ plan, scored, run, baseline, perturbs: options.perturb === true });
    const scores: ScoresDocument = gate ? { ...document, gate: checkGate(gate, document) } : document;
    const gallery = await makeGallery(scored.cases, { ...settings, files: dataSet.cases, count: options.gallery });
    await writeWhole(join(outDir, 'scores.csv'), scoresCsv(scores.cases, scores.failures));
    await writeWhole(join(outDir, 'scores.json'), `${JSON.stringify(scores, null, 2)}\n`);
    await writeWhole(join(outDir, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
    await writeWhole(join(outDir, 'report.html'), reportPage({ scores, run, gallery }));
    process.stdout.write(options.json ? `${JSON.stringify(scores, null, 2)}\n` : terminalSummary(scores));
    decide(scores);
  } finally {
    await bundle?.release();
  }
}

/** The exit code: 3 where nothing could be scored, 1 where something is wrong with some cases or with the gate. */
function decide({ cases, failures, gate, perturbations }: ScoresDocument): void {
  if (cases.length === 0) {
    process.exitCode = EXIT_CODES.refused;
    process.stderr.write('voxwatch: no case could be scored. [CASES_FAILED]\n');
    return;
  }
  if (gate && !gate.passed) {
    const unmet = gate.checks.filter(({ passed }) => !passed).map(({ statement }) => statement);
    throw new VoxwatchError('GATE_FAILED', `The gate is not met: ${unmet.join('; ')}.`);
  }
  const warned = cases.filter(({ findings }) => findings.some(({ severity }) => severity !== 'info')).length;
  const defects = (perturbations ?? []).filter((own) => own.mustBeIdentical && own.identicalCases < own.cases).length;
  if (failures.length + warned + defects > 0) {
    throw new VoxwatchError(
      'CASES_FAILED',
      `${failures.length} cases could not be scored, ${warned} were scored with a warning${defects > 0 ? ', and a mask changed where it must not' : ''}; the rest is done.`,
    );
  }
}

async function openBundle(model: string, provider: ProviderChoice): Promise<Bundle> {
  const [found] = await findBundles([model]);
  const { dir } = found as NonNullable<typeof found>;
  return loadBundle(bundleFolder(dir), { openSessions: nodeSessions({ providers: providersOf(provider) }) });
}

/** What labels mean: the bundle says, else the challenge, else the data set, else the names that the user gives. */
function labelsOf(bundle: Bundle | undefined, { labels }: DataSet, { official, truthLabel }: Options): LabelSet {
  if (bundle) {
    const { manifest } = bundle;
    return { labels: manifest.labels.map(({ index, name }) => ({ index, name })), organLabel: manifest.organLabel };
  }
  if (official) {
    const highest = official === 'kits23' ? 3 : 2;
    const organ = official === 'lits' ? 'liver' : 'kidney';
    return { labels: [organ, 'tumour', 'cyst'].slice(0, highest).map((name, n) => ({ index: n + 1, name })), organLabel: 1 };
  }
  if (labels) return labels;
  const named = truthLabel.map(splitTruthLabel).map(([index, name]) => ({ index, name }));
  if (named.length === 0) {
    throw new VoxwatchError('USAGE', 'Nothing says what the labels of these masks mean: name each with --truth-label NUMBER=NAME.');
  }
  const first = named.sort((a, b) => a.index - b.index)[0] as (typeof named)[number];
  return { labels: named, organLabel: first.index };
}

/** `2=kidney` … → index in the truth → index of the run. */
function renaming(texts: readonly string[], { labels }: LabelSet): ReadonlyMap<number, number> {
  return new Map(
    texts.map(splitTruthLabel).map(([index, name]) => {
      const known = labels.find((label) => label.name === name);
      if (known) return [index, known.index];
      throw new VoxwatchError(
        'USAGE',
        `--truth-label names “${name}”; the labels here are ${labels.map((label) => label.name).join(', ')}.`,
      );
    }),
  );
}

function splitTruthLabel(text: string): readonly [number, string] {
  const [, index, name] = /^(\d{1,3})=(.+)$/.exec(text) ?? [];
  if (!index || !name || Number(index) < 1 || Number(index) > 255) {
    throw new VoxwatchError('USAGE', '--truth-label is written NUMBER=NAME, such as 2=kidney; numbers go from 1 to 255.');
  }
  return [Number(index), name];
}

interface Baseline {
  readonly sha256: string;
  readonly scores: ScoresDocument;
}

async function readBaseline(run: string): Promise<Baseline> {
  const text = await readText(run.endsWith('.json') ? run : join(run, 'scores.json'), 'baseline');
  return { sha256: sha256(text), scores: parseScores(text) };
}

function readText(file: string, what: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VoxwatchError('USAGE', `The ${what} cannot be read.`, {}, cause);
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function documentOf(facts: {
  readonly plan: ScoringPlan;
  readonly scored: ScoredDataSet;
  readonly run: RunManifest;
  readonly baseline: Baseline | undefined;
  readonly perturbs: boolean;
}): ScoresDocument {
  const { plan, run, baseline, perturbs } = facts;
  const { cases, failures } = facts.scored;
  const regions = plan.regions.map(({ name }) => name);
  const streams = (name: string): (() => number) => {
    const random = createRandom(BOOTSTRAP_SEED, name);
    return () => random.uniform(0, 1);
  };
  return {
    schemaVersion: SCORES_SCHEMA_VERSION,
    runSha256: run.runSha256,
    definitions: plan.definitions,
    regions: plan.regions.map(({ name, labels }) => ({
      name,
      labels: [...labels],
      surfaceToleranceMm: plan.surfaceToleranceMm[name] as number,
      countsLesions: plan.lesions.includes(name),
    })),
    summary: summarizeRun(cases, regions, streams),
    cases: [...cases],
    failures: [...failures],
    ...(perturbs ? { perturbations: summarizePerturbations(cases, regions) } : {}),
    ...(baseline ? { comparison: { baselineSha256: baseline.sha256, ...compareRuns(cases, baseline.scores.cases, regions) } } : {}),
  };
}

function manifestOf(facts: {
  readonly options: Options;
  readonly dataSet: DataSet;
  readonly labels: LabelSet;
  readonly plan: ScoringPlan;
  readonly scored: ScoredDataSet;
  readonly bundle: Bundle | undefined;
  readonly renamed: ReadonlyMap<number, number> | undefined;
}): RunManifest {
  const { options, dataSet, labels, plan, scored, bundle, renamed } = facts;
  const fixed = {
    prediction: bundle
      ? ({
          kind: 'bundle',
          name: bundle.manifest.name,
          version: bundle.manifest.version,
          manifestSha256: bundle.manifestSha256,
          provider: bundle.provider.name,
        } as const)
      : ({ kind: 'folder' } as const),
    data: { layout: dataSet.layout, cases: [...scored.provenance].map(([name, digests]) => ({ name, ...digests })) },
    options: {
      definitions: plan.definitions,
      labels: labels.labels,
      ...(renamed ? { truthLabels: Object.fromEntries(renamed) } : {}),
      resample: options.resample === true,
      perturb: options.perturb === true,
      bootstrapSeed: BOOTSTRAP_SEED,
    },
  };
  // Reproducible builds set it: then the page is the same byte for byte.
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  return {
    schemaVersion: 1,
    createdAt: (epoch ? new Date(Number(epoch) * 1000) : new Date()).toISOString(),
    runSha256: sha256(JSON.stringify({ SCORING_VERSION, software: SOFTWARE, ...fixed })),
    software: { ...SOFTWARE, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    ...fixed,
  };
}
