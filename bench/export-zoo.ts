/**
 * Exports the networks of all recipes at full size and writes their certificates into docs/export.md.
 *
 *     node dist/bench/export-zoo.js [NAME]
 *
 * Each network is exported in a process of its own, so that the memory is its own; with NAME, only those whose name begins
 * so are, and the table is printed and not written. Memory is the process's high-water mark as Linux keeps it (VmHWM)
 * above what it held before the export, which is the trained network; elsewhere it is not measured.
 * @module
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOnnxReference } from '../cli/onnx-reference.ts';
import { paritySlices } from '../cli/parity-slices.ts';
import type { ParityResult } from '../core/parity-certificate.ts';
import { fuseStage } from '../export/fuse-stage.ts';
import { measureParity } from '../export/parity.ts';
import { type ReferenceStage, runReferenceStage } from '../export/reference-stage.ts';
import { projectRoot, startBackend } from '../train/backend.ts';
import { synthesizePhantom } from '../train/synthesis/phantom.ts';
import { scaleLogits, type ZooStage, zooStages } from './zoo-stages.ts';

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

async function exportStage({ name, weights, region, load }: ZooStage): Promise<Row> {
  const stage = await load();
  const slices = paritySlices(synthesizePhantom({ seed: PHANTOM_SEED }).volume, region).slice(0, SLICES);
  const graph = { ...stage, inputType: 'int16', softwareVersion: '0', metadata: {} } as const;
  const measured = measure(() => fuseStage({ ...graph, outputs: 'labels' }));
  if (weights === 'random') await calibrate(stage, slices[0] as (typeof slices)[number]);
  const subject = {
    ...stage,
    stage: name,
    onnx: fuseStage({ ...graph, outputs: 'labels' }),
    onnxWithLogits: fuseStage({ ...graph, outputs: 'labels-and-logits' }),
  };
  const reference = createOnnxReference();
  const parity = await measureParity(subject, { description: 'phantom slices', slices }, reference.runOnnx);
  await reference.release();
  const { onnx } = subject;
  return {
    name,
    weights,
    grid: stage.gridPixels.join(' × '),
    parameters: stage.model.countParams(),
    bytes: onnx.length,
    ...measured,
    parity,
  };
}

async function calibrate(stage: ReferenceStage, slice: Parameters<typeof runReferenceStage>[1]): Promise<void> {
  const { logits } = await runReferenceStage(stage, slice);
  scaleLogits(stage.model, LARGEST_LOGIT / logits.reduce((largest, logit) => Math.max(largest, Math.abs(logit)), 0));
}

/** Runs an export for its time and memory. */
function measure(work: () => Uint8Array): Pick<Row, 'seconds' | 'memoryBytes'> {
  const isLinux = process.platform === 'linux';
  // Sets the high-water mark back to what is held now.
  if (isLinux) writeFileSync('/proc/self/clear_refs', '5');
  const before = process.memoryUsage.rss();
  const started = performance.now();
  work();
  const seconds = (performance.now() - started) / 1000;
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

async function writePage(text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [begin, end] = MARKERS.map((marker) => page.indexOf(marker)) as [number, number];
  if (begin < 0 || end < begin) throw new Error('docs/export.md has no markers for the table');
  await writeFile(PAGE, `${page.slice(0, begin + MARKERS[0].length)}\n${text}\n${page.slice(end)}`);
}

async function main(): Promise<void> {
  const stages = await zooStages(TRAINED);
  const own = process.env[OWN_STAGE];
  if (own !== undefined) {
    await startBackend('auto');
    process.stdout.write(JSON.stringify(await exportStage(stages[Number(own)] as ZooStage)));
    return;
  }
  const [only] = process.argv.slice(2);
  const rows: Row[] = [];
  for (const [index, { name, weights }] of stages.entries()) {
    if (only !== undefined && !name.startsWith(only)) continue;
    process.stderr.write(`${name}, ${weights} weights …\n`);
    const env = { ...process.env, [OWN_STAGE]: String(index) };
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url)], { env });
    rows.push(JSON.parse(stdout) as Row);
  }
  process.stdout.write(`${table(rows)}\n`);
  if (only === undefined) await writePage(table(rows));
}

await main();
