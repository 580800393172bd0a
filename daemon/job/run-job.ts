/**
 * One job: read a series, segment it with each bundle, write and publish the result; or publish why it was refused.
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import type { Bundle } from '../../runtime/bundle.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import type { ReadVolume } from '../intake/read-volume.ts';
import { assertWritable, findPublished, type Publication, publish } from '../results/publish.ts';
import { type ResultReport, refusalReport } from '../results/report.ts';
import { writeReport } from '../results/write-report.ts';
import type { AtStep } from '../steps.ts';
import { checkPixels } from './check-pixels.ts';
import type { JobOutcome, JobProgress, JobRequest, ProviderChoice } from './job.ts';
import { refusalIdentity, resultIdentity } from './job-identity.ts';
import type { JobMeasurements } from './measurements.ts';
import { type ResultMaterial, type WriteMasks, writeResults } from './write-results.ts';

export interface JobDependencies {
  /** @throws {VoxwatchError} of kind `refused` for an input that must not be segmented. */
  readonly readVolume: (series: DiscoveredSeries) => Promise<ReadVolume>;
  /** Loads a bundle, or takes one that is loaded; it is not released here. */
  readonly takeBundle: (folder: string, provider: ProviderChoice, precision?: PrecisionChoice) => Promise<Bundle>;
  readonly onProgress?: (progress: JobProgress) => void;
  /** Called when a result is written and about to be published; what it throws is thrown, and nothing is published. */
  readonly beforePublishing?: () => Promise<void>;
  readonly atStep?: AtStep;
  /** Writes mask and pictures of a bundle. @defaultValue here, before the next bundle begins */
  readonly writeMasks?: WriteMasks;
}

/**
 * Does a job.
 * @throws {VoxwatchError} anything but a refusal: a missing bundle, an output folder that cannot be written, a network
 *   that fails; and `INPUT_CHANGED`, because the series that is there now may well be fine. Nothing is published then.
 */
export async function runJob(request: JobRequest, dependencies: JobDependencies): Promise<JobOutcome> {
  const { series } = request;
  await assertWritable(request.outDir);
  if (series.refusal) return refuse(request, series.refusal, series.findings);
  const bundles: Bundle[] = [];
  for (const folder of request.bundleDirs) bundles.push(await dependencies.takeBundle(folder, request.provider, request.precision));

  const startedMs = performance.now();
  dependencies.onProgress?.({ step: 'read', done: 0, total: 1 });
  let input: ReadVolume;
  try {
    input = await dependencies.readVolume(series);
  } catch (thrown) {
    const error = asVoxwatchError(thrown);
    if (error.kind !== 'refused' || error.code === 'INPUT_CHANGED') throw error;
    return refuse(request, error, series.findings);
  }
  const findings = [...input.findings, ...checkPixels(input.volume)];
  const forbidding = findings.find(({ severity }) => severity === 'error');
  if (forbidding) return refuse(request, forbidding, findings);
  dependencies.onProgress?.({ step: 'read', done: 1, total: 1 });
  return publishResult(request, dependencies, { bundles, input, readMs: performance.now() - startedMs });
}

async function publishResult(
  request: JobRequest,
  dependencies: JobDependencies,
  material: Pick<ResultMaterial, 'bundles' | 'input' | 'readMs'>,
): Promise<JobOutcome> {
  const { bundles, input } = material;
  const identity = resultIdentity({
    inputSha256: input.inputSha256(),
    manifestSha256s: bundles.map(({ manifestSha256 }) => manifestSha256),
    overlays: request.overlays,
    ...(request.precision ? { precision: request.precision } : {}),
  });
  const publication: Publication = { outDir: request.outDir, name: request.series.name, section: 'results', identity };
  const earlier = await findPublished(publication);
  if (earlier !== undefined) return { status: 'already-published', folder: earlier, identity, findings: input.findings };
  let reports: readonly ResultReport[] = [];
  const write = async (folder: string): Promise<void> => {
    reports = await writeResults(folder, { ...material, ...dependencies, request, identity });
    dependencies.atStep?.('result-written');
    await dependencies.beforePublishing?.();
  };
  const published = await publish(publication, write, dependencies.atStep);
  return { ...published, identity, findings: findingsOf(reports), measurements: measurementsOf(reports) };
}

/** Each finding once, however many bundles saw it. */
function findingsOf(reports: readonly ResultReport[]): readonly Finding[] {
  const all = reports.flatMap(({ findings }) => findings);
  return [...new Map(all.map((finding) => [`${finding.code} ${finding.message}`, finding])).values()];
}

/** The input is read once for all bundles. */
function measurementsOf(reports: readonly ResultReport[]): JobMeasurements {
  const seconds = (ms: readonly number[]): number => ms.reduce((sum, one) => sum + one, 0) / 1000;
  const timings = reports.map(({ timingsMs }) => timingsMs);
  return {
    secondsByStep: {
      read: seconds(timings.slice(0, 1).map(({ read }) => read)),
      segment: seconds(timings.flatMap(({ stages, postprocess }) => [...Object.values(stages), postprocess])),
      write: seconds(timings.map(({ write }) => write)),
    },
    provider: [...new Set(reports.map(({ provider }) => provider.name))].join('+'),
    peakMemoryMb: Math.max(...reports.map((report) => report.peakMemoryMb)),
  };
}

async function refuse(
  { series, outDir, evidence }: JobRequest,
  { code, message }: { readonly code: string; readonly message: string },
  findings: readonly Finding[],
): Promise<JobOutcome> {
  const identity = refusalIdentity(series, code);
  const publication: Publication = { outDir, name: series.name, section: 'rejected', identity };
  const earlier = await findPublished(publication);
  if (earlier !== undefined) return { status: 'refused', folder: earlier, code, message };
  const { folder } = await publish(publication, (temporary) =>
    writeReport(
      temporary,
      refusalReport({ status: 'refused', jobIdentity: identity, createdAt: new Date(), evidence, findings, code, message }),
    ),
  );
  return { status: 'refused', folder, code, message };
}
