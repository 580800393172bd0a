/**
 * `voxwatch segment`: the main job without a daemon.
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { asVoxwatchError, type VoxwatchError } from '../../core/errors.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import { refuseAllForBroken } from '../../daemon/intake/company.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries, Discovery, SetAside } from '../../daemon/intake/discovered-series.ts';
import { fileStem, safeName } from '../../daemon/intake/series-name.ts';
import type {
  CompletenessEvidence,
  JobOutcome,
  JobRequest,
  JobRunner,
  JobWatch,
  OverlayChoice,
  ProviderChoice,
} from '../../daemon/job/job.ts';
import { createProcessRunner } from '../../daemon/job/process-runner.ts';
import { publishRejection } from '../../daemon/rejection.ts';
import { assertWritable, removeStaleTemporaries } from '../../daemon/results/publish.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findBundles } from '../find-bundles.ts';
import { precisionOption } from '../option-values.ts';
import { showProgress } from '../progress.ts';
import { type InputResult, readReports, resultTable, setAsideLines, warningLines } from '../result-table.ts';

/** What a killed process left behind is removed after an hour: no study takes so long. */
const STALE_MS = 3_600_000;

const NAMED_BY_HAND = 'named on the command line, so not waited for';

interface Options {
  readonly out: string;
  readonly model: readonly string[];
  readonly provider: ProviderChoice;
  readonly precision: PrecisionChoice;
  readonly overlays: OverlayChoice;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<inputs...>', 'files or folders of DICOM or NIfTI')
    .requiredOption('--out <dir>', 'folder for the results')
    .option('--model <name|dir>', 'bundle, may be repeated; default: the default bundles', collect, [])
    .addOption(new Option('--provider <name>', 'where networks run').choices(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'))
    .addOption(precisionOption())
    .addOption(
      new Option('--overlays <which>', 'slices that become pictures').choices(['labelled', 'all', 'none']).default('labelled'),
    )
    .option('--json', 'print one JSON document')
    .action(segmentInputs);
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

async function segmentInputs(inputs: readonly string[], options: Options): Promise<void> {
  const outDir = resolve(options.out);
  const bundleDirs = (await findBundles(options.model)).map(({ dir }) => dir);
  await assertWritable(outDir);
  await removeStaleTemporaries(outDir, STALE_MS);
  const results: InputResult[] = [];
  const found: DiscoveredSeries[] = [];
  const setAside: SetAside[] = [];
  for (const input of inputs) {
    const looked = await look(resolve(input), outDir);
    if ('refusal' in looked) results.push(looked.refusal);
    else {
      found.push(...looked.series);
      setAside.push(...looked.setAside);
    }
  }
  const { provider, precision, overlays } = options;
  results.push(...(await segmentAll(found, { bundleDirs, outDir, provider, precision, overlays })));
  const document = { outDir, results, setAside };
  const forPeople = (): string => resultTable(results) + warningLines(results) + setAsideLines(setAside);
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : forPeople());
  process.exitCode = exitCodeOf(results);
}

/** The series of an input, or why there are none. */
async function look(input: string, outDir: string): Promise<Discovery | { refusal: InputResult }> {
  const name = basename(input);
  try {
    const discovery = refuseAllForBroken(await discoverSeries(input));
    if (discovery.series.length > 0) return discovery;
    const { code, message } = discovery.setAside[0] ?? { code: 'INPUT_EMPTY', message: 'There is no CT series in this input.' };
    const evidence = { state: 'complete-with-warnings', reasons: [NAMED_BY_HAND] } as const;
    const fingerprint = createHash('sha256').update(`${input} ${code}`).digest('hex');
    const status = 'refused';
    const rejection = { status, name: safeName(fileStem(input)), fingerprint, code, message, evidence, findings: [] } as const;
    return { refusal: { name, status, code, message, folder: await publishRejection(outDir, rejection) } };
  } catch (thrown) {
    const error = asVoxwatchError(thrown);
    if (error.kind !== 'refused') throw error;
    return { refusal: { name, status: 'refused', code: error.code, message: error.message } };
  }
}

/**
 * Segments series in their order, each while the result of the one before is written.
 * @returns one result a series, in their order.
 * @throws {VoxwatchError} as {@link segmentOne}.
 */
async function segmentAll(
  found: readonly DiscoveredSeries[],
  defaults: Omit<JobRequest, 'jobId' | 'series' | 'evidence'>,
): Promise<readonly InputResult[]> {
  const runner = createProcessRunner();
  const results: Promise<InputResult>[] = [];
  let failure: { readonly thrown: unknown } | undefined;
  try {
    for (const [index, series] of found.entries()) {
      // Of one whose result was still being written.
      if (failure) throw failure.thrown;
      const next = found[index + 1];
      const known = { ...defaults, jobId: randomUUID(), series, evidence: evidenceOf(series) };
      const request = { ...known, ...(next && { next }) };
      await new Promise<void>((goOn) => {
        const result = segmentOne(runner, request, { number: index + 1, of: found.length }, next && goOn);
        results.push(result);
        result.catch((thrown) => (failure ??= { thrown })).finally(goOn);
      });
    }
    return await Promise.all(results);
  } finally {
    await runner.close();
  }
}

/**
 * @param onSegmented - Called where the next may begin.
 * @throws {VoxwatchError} where going on makes no sense: something is missing on this machine.
 */
async function segmentOne(
  runner: JobRunner,
  request: JobRequest,
  position: { readonly number: number; readonly of: number },
  onSegmented: (() => void) | undefined,
): Promise<InputResult> {
  const { name } = request.series;
  const progress = showProgress(process.stderr, position);
  const watch: JobWatch = {
    onProgress: (state) => progress.update(state),
    onSegmented: () => {
      if (!onSegmented) return;
      progress.giveWay();
      onSegmented();
    },
  };
  try {
    // Once more: of two studies that were in the worker when it died, one had nothing to do with it.
    const again = (error: VoxwatchError): Promise<JobOutcome> => {
      if (error.code === 'WORKER_DIED') return runner.run(request, watch);
      throw error;
    };
    const outcome = await runner.run(request, watch).catch((thrown) => again(asVoxwatchError(thrown)));
    if (outcome.status === 'refused') return { name, ...outcome };
    const { status, folder } = outcome;
    return { name, status, folder, reports: await readReports(join(request.outDir, folder)) };
  } catch (thrown) {
    const error: VoxwatchError = asVoxwatchError(thrown);
    if (error.kind === 'missing') throw error;
    return { name, status: error.kind === 'refused' ? 'refused' : 'failed', code: error.code, message: error.message };
  } finally {
    progress.end();
  }
}

function evidenceOf({ isClosed, refusal, findings }: DiscoveredSeries): CompletenessEvidence {
  const hasWarnings = !isClosed || findings.some(({ severity }) => severity !== 'info');
  const isWhole = isClosed ? 'nothing is missing by its own account' : 'something is missing by its own account';
  return {
    state: hasWarnings ? 'complete-with-warnings' : 'complete',
    reasons: [NAMED_BY_HAND, ...(refusal ? [] : [isWhole])],
  };
}

function exitCodeOf(results: readonly InputResult[]): number {
  if (results.some(({ status }) => status === 'failed')) return EXIT_CODES.failed;
  return results.some(({ status }) => status === 'refused') ? EXIT_CODES.refused : EXIT_CODES.done;
}
