/**
 * Exports the networks of all recipes at full size and writes their certificates into docs/export.md.
 *
 *     node dist/bench/export-zoo.js [--trained DIR …] [NAME]
 *
 * With --trained, the networks of a folder that `voxwatch train` left are in it too: the shipped bundles in millimetres do not
 * bring theirs. Each network is exported in a process of its own, so that the memory is its own; with NAME, only those whose name begins
 * so are, and the other rows of the table stay as they are. Memory is the process's high-water mark as Linux keeps it (VmHWM)
 * above what it held before the export, which is the trained network; elsewhere it is not measured.
 * @module
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createOnnxReference, type OnnxReference } from '../cli/onnx-reference.ts';
import { millimetreParitySlices, paritySlices } from '../cli/parity-slices.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { fuseMillimetreStage } from '../export/fuse-millimetre-stage.ts';
import { fuseStage } from '../export/fuse-stage.ts';
import { measureMillimetreParity } from '../export/millimetre-parity.ts';
import { runMillimetreReference } from '../export/millimetre-reference.ts';
import { measureParity } from '../export/parity.ts';
import { runReferenceStage } from '../export/reference-stage.ts';
import { projectRoot, startBackend } from '../train/backends/backend.ts';
import { synthesizePhantom } from '../train/synthesis/phantom.ts';
import { scaleLogits, type ZooNetwork, type ZooStage, zooStages } from './zoo-stages.ts';

const PAGE = path.join(projectRoot(), 'docs/export.md');
const TRAINED = path.join(projectRoot(), 'models/kidney-enet-cascade/trained');
/** Between these lines of the page stands the table. */
const MARKERS = ['<!-- zoo: written by bench/export-zoo.ts -->', '<!-- /zoo -->'] as const;
/** Tells a process which network is its own. */
const OWN_STAGE = 'VOXWATCH_ZOO_STAGE';

const PHANTOM_SEED = 900_001;
const SLICES = 2;
/** A trained network's largest logits are of this size; random ones are scaled to it, or differences would say little. */
const LARGEST_LOGIT = 10;
const BYTES_OF_A_WEIGHT = 4;

interface Row extends Pick<ZooStage, 'name' | 'weights'> {
  readonly grid: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly memoryBytes: number | null;
  readonly parity: ParityResult;
}

/** A network with its slices and all that is done with them, whichever kind of stage it is. */
interface Exported {
  readonly grid: string;
  /** Largest logit of its first slice, in TensorFlow.js. */
  largestLogit(): Promise<number>;
  fuse(hasLogits: boolean): Uint8Array;
  compare(onnx: readonly [plain: Uint8Array, withLogits: Uint8Array], engine: OnnxReference): Promise<ParityResult>;
}

function exported(name: string, network: ZooNetwork): Exported {
  const { volume } = synthesizePhantom({ seed: PHANTOM_SEED });
  const facts = { inputType: 'int16', softwareVersion: '0', metadata: {} } as const;
  const description = 'phantom slices';
  if (network.space === 'pixels') {
    const slices = paritySlices(volume, network.region).slice(0, SLICES);
    return {
      grid: network.gridPixels.join(' × '),
      largestLogit: async () => largest((await runReferenceStage(network, first(slices))).logits),
      fuse: (hasLogits) => fuseStage({ ...network, ...facts, outputs: hasLogits ? 'labels-and-logits' : 'labels' }),
      compare: ([onnx, onnxWithLogits], { runOnnx }) =>
        measureParity({ ...network, stage: name, onnx, onnxWithLogits }, { description, slices }, runOnnx),
    };
  }
  // All of them: they differ in size.
  const slices = millimetreParitySlices(volume, network.grid.spacingMm);
  return {
    grid: `${network.grid.spacingMm} mm`,
    largestLogit: async () => largest((await runMillimetreReference(network, first(slices))).logits),
    fuse: (hasLogits) =>
      fuseMillimetreStage({ ...network, ...facts, outputs: hasLogits ? 'probabilities-and-logits' : 'probabilities' }),
    compare: ([onnx, onnxWithLogits], { runMillimetreOnnx }) =>
      measureMillimetreParity({ ...network, stage: name, onnx, onnxWithLogits }, { description, slices }, runMillimetreOnnx),
  };
}

async function exportStage({ name, weights, load }: ZooStage): Promise<Row> {
  const network = await load();
  const { grid, largestLogit, fuse, compare } = exported(name, network);
  const measured = measure(() => fuse(false));
  if (weights === 'random') scaleLogits(network.model, LARGEST_LOGIT / (await largestLogit()));
  const onnx = [fuse(false), fuse(true)] as const;
  const reference = createOnnxReference();
  const parity = await compare(onnx, reference);
  await reference.release();
  return { name, weights, grid, parameters: network.model.countParams(), bytes: onnx[0].length, ...measured, parity };
}

function first<Slice>(slices: readonly Slice[]): Slice {
  return slices[0] as Slice;
}

function largest(logits: Float32Array): number {
  return logits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0);
}

/** Runs an export for its time and memory. */
function measure(work: () => Uint8Array): Pick<Row, 'seconds' | 'memoryBytes'> {
  const isLinux = process.platform === 'linux';
  // Sets the high-water mark back to what is held now.
  if (isLinux) writeFileSync('/proc/self/clear_refs', '5');
  const before = process.memoryUsage.rss();
  // Processor time: what runs beside the bench does not count.
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  return { seconds, memoryBytes: isLinux ? highWaterBytes() - before : null };
}

function highWaterBytes(): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function table(rows: readonly Row[]): string {
  const head = [
    'network',
    'weights',
    'grid',
    'parameters',
    'ONNX, MB',
    's a 10 MB',
    'memory, × weights',
    'largest logit difference',
    'mean',
    'labels that differ',
  ];
  const cells = rows.map(({ name, weights, grid, parameters, bytes, seconds, memoryBytes, parity }) => [
    name,
    weights,
    grid,
    parameters.toLocaleString('en-US'),
    (bytes / 1e6).toFixed(1),
    (seconds / (bytes / 1e7)).toFixed(2),
    memoryBytes === null ? '–' : (memoryBytes / (parameters * BYTES_OF_A_WEIGHT)).toFixed(1),
    parity.maxAbsLogitDifference.toExponential(1),
    parity.meanAbsLogitDifference.toExponential(1),
    `${parity.labelDisagreements} of ${parity.pixels.toLocaleString('en-US')}`,
  ]);
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** A table with the rows of another one in the place of those of the same networks, or behind all. */
function withRows(before: string, text: string): string {
  const rowsOf = (lines: string): [key: string, line: string][] =>
    lines
      .trim()
      .split('\n')
      .map((line) => [line.split('|').slice(1, 3).join('|'), line]);
  return [...new Map([...rowsOf(before), ...rowsOf(text)]).values()].join('\n');
}

/** @param change - From the table that stands there to the new one. */
async function writePage(change: (before: string) => string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [begin, end] = MARKERS.map((marker) => page.indexOf(marker)) as [number, number];
  if (begin < 0 || end < begin) throw new Error('docs/export.md has no markers for the table');
  const start = begin + MARKERS[0].length;
  await writeFile(PAGE, `${page.slice(0, start)}\n${change(page.slice(start, end))}\n${page.slice(end)}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { trained: { type: 'string', multiple: true, default: [] } },
    allowPositionals: true,
  });
  const stages = await zooStages([TRAINED, ...values.trained]);
  const own = process.env[OWN_STAGE];
  if (own !== undefined) {
    await startBackend('auto');
    process.stdout.write(JSON.stringify(await exportStage(stages[Number(own)] as ZooStage)));
    return;
  }
  const [only] = positionals;
  const self = [fileURLToPath(import.meta.url)];
  const trained = values.trained.flatMap((folder) => ['--trained', folder]);
  const rows: Row[] = [];
  for (const [index, { name, weights }] of stages.entries()) {
    if (only !== undefined && !name.startsWith(only)) continue;
    process.stderr.write(`${name}, ${weights} weights …\n`);
    const env = { ...process.env, [OWN_STAGE]: String(index) };
    const { stdout } = await promisify(execFile)(process.execPath, [...self, ...trained], { env });
    rows.push(JSON.parse(stdout) as Row);
  }
  const text = table(rows);
  process.stdout.write(`${text}\n`);
  await writePage(only === undefined ? () => text : (before) => withRows(before, text));
}

await main();
