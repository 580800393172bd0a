/**
 * `voxwatch evaluate`: batch QA. Scores a bundle, or masks made elsewhere, on labelled cases; compares, judges, reports.
 *
 * Writes `scores.csv`, `scores.json`, `run.json` and `report.html`; `cases/` and `masks/` let a run that was stopped go on.
 * @module
 */
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import type { ProviderChoice } from '../../daemon/job/job.ts';
import { assertWritable } from '../../daemon/results/publish.ts';
import { checkGate, checkGateFits, parseGate } from '../../evaluate/gate.ts';
import { officialPlan, planFor } from '../../evaluate/regions.ts';
import { reportPage } from '../../evaluate/report/page.ts';
import type { Definitions } from '../../evaluate/score-case.ts';
import type { ScoresDocument } from '../../evaluate/score-document.ts';
import { scoresCsv } from '../../evaluate/scores-csv.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { type Bundle, loadBundle } from '../../runtime/bundle.ts';
import { nodeSessions, providersOf } from '../../runtime/sessions/session-node.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { readBaseline, readText } from '../evaluate/baseline.ts';
import { openCaseStore } from '../evaluate/case-store.ts';
import { openDataSet } from '../evaluate/data-set.ts';
import { makeGallery } from '../evaluate/make-gallery.ts';
import { bundlePredictions, folderPredictions } from '../evaluate/prediction-source.ts';
import { runManifest, scoresDocument } from '../evaluate/run-documents.ts';
import { renaming, runLabels } from '../evaluate/run-labels.ts';
import { scoreDataSet } from '../evaluate/score-data-set.ts';
import { terminalSummary } from '../evaluate/terminal-summary.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findBundles } from '../find-bundles.ts';
import { collect, precisionOption, wholeNumber } from '../option-values.ts';

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
  readonly precision: PrecisionChoice;
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
    .addOption(precisionOption())
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
  const dataSet = await openDataSet(resolve(options.data));
  const bundle = options.model === undefined ? undefined : await openBundle(options.model, options);
  try {
    await assertWritable(outDir);
    const labels = runLabels({
      truthLabels: options.truthLabel,
      ...(bundle ? { bundle } : {}),
      ...(options.official ? { official: options.official } : {}),
      ...(dataSet.labels ? { dataSet: dataSet.labels } : {}),
    });
    const plan = options.official ? officialPlan(options.official) : planFor(labels);
    const regions = plan.regions.map(({ name }) => name);
    if (gate) checkGateFits(gate, regions, baseline !== undefined);
    const renamed = renaming(options.truthLabel, labels);
    const source = bundle ? bundlePredictions(bundle, outDir) : folderPredictions(resolve(options.prediction as string));
    const settings = { source, labels, plan, ...(renamed ? { renamed } : {}) };
    const [resamples, perturbs] = [options.resample === true, options.perturb === true];
    const scored = await scoreDataSet({
      ...settings,
      dataSet,
      mayResample: resamples,
      perturbs,
      store: await openCaseStore(outDir),
      onCase: ({ done, of, isTakenOver }) =>
        process.stderr.write(`${JSON.stringify({ event: 'evaluate.case', case: done, of, takenOver: isTakenOver })}\n`),
    });
    const run = runManifest({ resamples, perturbs, dataSet, labels, plan, scored, bundle, renamed });
    const document = scoresDocument({ plan, scored, run, baseline, perturbs });
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

async function openBundle(model: string, { provider, precision }: Pick<Options, 'provider' | 'precision'>): Promise<Bundle> {
  const [found] = await findBundles([model]);
  const { dir } = found as NonNullable<typeof found>;
  const openSessions = nodeSessions({ providers: providersOf(provider) });
  return loadBundle(bundleFolder(dir), { openSessions, readGolden: (file) => readNifti(file).volume, precision });
}
