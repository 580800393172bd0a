/**
 * What a GPU is worth: end-to-end time, load, node placement and labels of every shipped bundle on large studies, CUDA beside
 * WebGPU beside the CPU. Writes a page of Markdown. Needs no network.
 *
 *   node dist/bench/gpu-study.js [--provider cuda --provider webgpu --provider cpu] [--slices 100,400,1000] [--matrix 512]
 *       [--bundle FOLDER …] [--nvidia-smi PROGRAM] [--out bench/results]
 *
 * Rehearsal without a GPU: `--provider cpu --slices 8 --matrix 128`. With `cuda` among the providers and none to be had, it says
 * by name what is missing and ends with exit code 4 before it measures anything; a WebGPU that is refused is a line that says
 * so. Exit code 1 if a study had no result on a provider that was to be had, or a node ran elsewhere.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { asVoxwatchError } from '../core/errors.ts';
import type { ManifestStage, ModelManifest } from '../core/model-manifest.ts';
import { discoverSeries } from '../daemon/intake/discover-series.ts';
import { readVolume } from '../daemon/intake/read-volume.ts';
import { bundleFolder } from '../daemon/job/bundle-folder.ts';
import { createProcessRunner } from '../daemon/job/process-runner.ts';
import { readManifest } from '../runtime/bundle.ts';
import { preloadCuda } from '../runtime/sessions/preload-cuda.ts';
import { refusalReason } from '../runtime/sessions/refusal-reason.ts';
import { EXECUTION_PROVIDERS, type ExecutionProvider } from '../runtime/sessions/session.ts';
import { defaultThreads } from '../runtime/sessions/session-node.ts';
import { gpuPage, type NetworkLine, type StudyLine, type Tried } from './gpu/gpu-page.ts';
import { networkAgreement } from './gpu/network-agreement.ts';
import { nodePlacement } from './gpu/node-placement.ts';
import { slicesFor } from './gpu/stage-slices.ts';
import { runStudy, type StudyRun } from './gpu/study-run.ts';
import { writeRepeatedPhantom } from './repeated-phantom.ts';

const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true, default: [...EXECUTION_PROVIDERS] },
    slices: { type: 'string', default: '100,400,1000' },
    matrix: { type: 'string', default: '512' },
    bundle: { type: 'string', multiple: true },
    'nvidia-smi': { type: 'string', default: 'nvidia-smi' },
    out: { type: 'string', default: join('bench', 'results') },
  },
});
const providers = EXECUTION_PROVIDERS.filter((name) => values.provider.includes(name));
const bundleDirs = values.bundle ?? (await readdir('models')).map((name) => join('models', name));
const sizes = values.slices.split(',').map(Number);
const nvidiaSmi = values['nvidia-smi'];
const matrix = Number(values.matrix);

if (providers.includes('cuda')) {
  const missing = await whatCudaLacks(bundleDirs[0] as string);
  if (missing.length > 0) {
    for (const sentence of missing) console.error(sentence);
    process.exit(4);
  }
}

const root = await mkdtemp(join(tmpdir(), 'voxwatch-gpu-'));
const studies: StudyLine[] = [];
const networks: NetworkLine[] = [];
try {
  for (const bundleDir of bundleDirs) {
    for (const slices of sizes) await measureStudies(bundleDir, slices);
    await measureNetworks(bundleDir);
  }
} finally {
  await rm(root, { recursive: true });
}
const date = new Date().toISOString().slice(0, 10);
const command = `gpu-study.js ${process.argv.slice(2).join(' ')}`.trim();
await mkdir(values.out, { recursive: true });
const page = join(values.out, `${date}-gpu.md`);
await writeFile(page, gpuPage({ date, command, machine: machineFacts(), matrix, studies, networks }));
console.log(`${basename(page)} is written`);
process.exitCode = isGood() ? 0 : 1;

async function studyFile(organ: 'kidney' | 'liver', slices: number): Promise<string> {
  const file = join(root, `${organ}-${slices}.nii`);
  if (!existsSync(file)) await writeRepeatedPhantom(file, { organ, matrix, slices });
  return file;
}

/** The CPU first: the others' labels are held against it. */
async function measureStudies(bundleDir: string, slices: number): Promise<void> {
  const { manifest } = await readManifest(bundleFolder(bundleDir));
  const file = await studyFile(organOf(manifest), slices);
  let cpuLabels: Uint8Array | undefined;
  for (const provider of [...providers].reverse()) {
    const outDir = join(root, 'out');
    const run: Tried<StudyRun> = await tried(() => runStudy({ bundleDir, file, outDir, provider, nvidiaSmi }));
    await rm(outDir, { recursive: true, force: true });
    const known = { bundle: manifest.name, slices, provider };
    if ('failed' in run) studies.push({ ...known, run });
    else {
      const { labels, ...value } = run.value;
      if (provider === 'cpu') cpuLabels = labels;
      studies.push({ ...known, run: { value }, ...(cpuLabels && differences(cpuLabels, labels)) });
    }
    console.log(
      `${manifest.name}, ${slices} slices, ${provider}: ${'failed' in run ? run.failed : `${run.value.wallS.toFixed(2)} s`}`,
    );
  }
}

function differences(cpu: Uint8Array, other: Uint8Array): Pick<Required<StudyLine>, 'differing' | 'foreground'> {
  let [differing, foreground] = [0, 0];
  for (let p = 0; p < cpu.length; p++) {
    if (cpu[p] !== other[p]) differing++;
    if (cpu[p] !== 0) foreground++;
  }
  return { differing, foreground };
}

async function measureNetworks(bundleDir: string): Promise<void> {
  const { manifest } = await readManifest(bundleFolder(bundleDir));
  const [series] = (await discoverSeries(await studyFile(organOf(manifest), Math.min(...sizes)))).series;
  if (!series) throw new Error('the study is no series');
  const { volume } = await readVolume(series);
  for (const stage of manifest.stages) {
    const slices = slicesFor(stage, volume);
    const [slice] = slices;
    if (!slice) continue;
    const onnx = await readFile(join(bundleDir, stage.file));
    for (const provider of providers) {
      const known = { bundle: manifest.name, stage: stage.name, provider };
      const own = await tried(async () => networkFile(bundleDir, stage, provider));
      if ('failed' in own) networks.push({ ...known, placement: own, agreement: own });
      else {
        const prefix = join(await mkdtemp(join(root, 'profile-')), 'nodes');
        const placement = await tried(() => nodePlacement({ onnx: own.value, slice, provider }, prefix));
        const pair = { stage, onnx, providerOnnx: own.value };
        networks.push({ ...known, placement, agreement: await tried(() => networkAgreement(pair, slices, provider)) });
      }
    }
  }
}

/** @throws where WebGPU is to run what has an int16 input. */
function networkFile(bundleDir: string, stage: ManifestStage, provider: ExecutionProvider): Promise<Uint8Array> {
  if (provider !== 'webgpu') return readFile(join(bundleDir, stage.file));
  if (stage.int32 === undefined) throw new Error('the bundle holds no int32 network: voxwatch amend makes one');
  return readFile(join(bundleDir, stage.int32.file));
}

/** Body parts do not tell: a bundle for the liver takes abdomens, and so does one for the kidneys. */
function organOf({ labels, organLabel }: ModelManifest): 'kidney' | 'liver' {
  return labels.some(({ index, name }) => index === organLabel && name === 'liver') ? 'liver' : 'kidney';
}

async function tried<T>(work: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await work() };
  } catch (thrown) {
    return { failed: refusalReason(thrown) };
  }
}

/** Sentences: which libraries are not there, and why a bundle's networks do not run. */
async function whatCudaLacks(bundleDir: string): Promise<readonly string[]> {
  const runner = createProcessRunner();
  try {
    await runner.prove(bundleDir, 'cuda');
    return [];
  } catch (thrown) {
    const libraries = preloadCuda().map((name) => `missing: ${name}`);
    return [...libraries, asVoxwatchError(thrown).message, 'See npx voxwatch doctor, and npx voxwatch setup cuda.'];
  } finally {
    await runner.close();
  }
}

function machineFacts(): readonly string[] {
  const [cpu] = cpus();
  const facts = [`${cpu?.model ?? 'CPU'}, ${defaultThreads()} threads of networks; Node ${process.version}.`];
  try {
    const gpu = execFileSync(nvidiaSmi, ['--query-gpu=name,driver_version', '--format=csv,noheader'], { encoding: 'utf8' });
    return [`GPU: ${gpu.trim().split('\n').join('; ')} (by nvidia-smi).`, ...facts];
  } catch {
    return ['nvidia-smi does not answer.', ...facts];
  }
}

function isGood(): boolean {
  const name = { cuda: 'CUDAExecutionProvider', webgpu: 'WebGpuExecutionProvider', cpu: 'CPUExecutionProvider' } as const;
  const strays = networks.some(
    ({ provider, placement }) => 'value' in placement && Object.keys(placement.value).some((at) => at !== name[provider]),
  );
  return !strays && studies.every(({ provider, run }) => provider === 'webgpu' || 'value' in run);
}
