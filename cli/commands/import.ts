/**
 * `voxwatch import`: a network that was made elsewhere, as ONNX → a model bundle.
 * @module
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import type { Volume } from '../../core/volume.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { type PartialDescription, parseDescription } from '../../export/imported/description.ts';
import { type Imported, importBundle } from '../../export/imported/import-bundle.ts';
import { synthesizePhantom } from '../../train/synthesis/phantom.ts';
import { goldenSlabNiftis, segmentGolden } from '../golden-slice.ts';
import { type DescriptionFlags, withFlags } from '../import-flags.ts';
import { collect, wholeNumber } from '../option-values.ts';
import { printable } from '../printable.ts';
import { writeBundleFolder } from '../write-bundle-folder.ts';

/** A short scan: its slabs have as many slices as `export`'s, and are made in a moment. */
const GOLDEN_PHANTOM = { seed: 900_003, slices: 24, sliceStepMm: 5, sliceThicknessMm: 2.5 } as const;

interface Options extends DescriptionFlags {
  readonly out?: string;
  readonly describe?: string;
  readonly golden?: string;
  readonly dryRun?: boolean;
  readonly default?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<model>', 'ONNX file, weights inside')
    .option('--out <dir>', 'folder of the bundle; an older bundle there is replaced')
    .option('--describe <file>', 'JSON that says what the file does not: docs/import.md; flags go before it')
    .option('--dry-run', 'check, run it once, say what it gave, and write nothing')
    .option('--golden <path>', 'CT for the first run, a slab of it stays in the bundle (a phantom); mind whose it is')
    .option('--default', 'mark the bundle to run where no --model is given')
    .option('--name <name>', 'name of the bundle: small letters, digits and hyphens')
    .option('--made-by <who>', 'who made the network')
    .option('--trained-on <what>', 'what it was trained on')
    .option('--label <number=name>', 'a label; may be repeated', collect)
    .addOption(new Option('--convention <whose>', 'whose habits fill in the rest').choices(['nnunet', 'monai']))
    .option('--axes <letters>', 'where the network’s axes rise to, the slowest first: SPL, RAS')
    .option('--spacing <list>', 'its grid, axis by axis: mm, native, or voxels like 256px')
    .option('--tile <list>', 'rows,columns of slices, or the three sizes of a block')
    .option('--neighbours <n>', 'of slices: neighbours on either side as channels', wholeNumber(0))
    .option('--clip <low,high>', 'HU are clamped to this before --standardise')
    .option('--standardise <mean,sd>', 'HU of the training data, or `volume` for the scan’s own')
    .option('--window <low,high>', 'HU that become 0 and 1')
    .addOption(new Option('--activation <name>', 'of its answer').choices(['softmax', 'sigmoid', 'none', 'labels']))
    .option('--mirror', 'average over mirrored tiles as well')
    .option('--json', 'print the manifest')
    .action(importModel);
}

async function importModel(model: string, options: Options): Promise<void> {
  const { out, dryRun } = options;
  if ((out === undefined) === (dryRun !== true))
    throw new VoxwatchError('USAGE', 'Give the folder of the bundle with --out, or --dry-run.');
  const described = options.describe === undefined ? {} : await readDescription(options.describe);
  const description = parseDescription(withFlags(described, options));
  const onnx = await readModel(model);
  const goldenNiftis = goldenSlabNiftis(
    options.golden === undefined ? synthesizePhantom(GOLDEN_PHANTOM).volume : await readCt(options.golden),
  );
  const input = { onnx, description, goldenNiftis, isDefault: options.default === true, softwareVersion: ownVersion() };
  const startedMs = performance.now();
  const make = (writer: Parameters<typeof importBundle>[2]): Promise<Imported> => importBundle(input, { segmentGolden }, writer);
  const imported = out === undefined ? await make({ writeFile: async () => {} }) : await writeBundleFolder(out, make);
  const seconds = (performance.now() - startedMs) / 1000 / goldenNiftis.length;
  process.stdout.write(
    options.json ? `${JSON.stringify(imported.manifest, null, 2)}\n` : summary(imported, { isWritten: out !== undefined, seconds }),
  );
}

async function readDescription(file: string): Promise<PartialDescription> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PartialDescription;
  } catch (cause) {
    throw new VoxwatchError('USAGE', 'The file given with --describe cannot be read, or is no JSON.', {}, cause);
  }
  throw new VoxwatchError('USAGE', 'The file given with --describe is no JSON object.');
}

async function readModel(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new VoxwatchError('INPUT_NOT_FOUND', 'The ONNX file cannot be read.', {}, cause);
  }
}

async function readCt(path: string): Promise<Volume> {
  const usable = (await discoverSeries(path)).series.find(({ refusal }) => refusal === undefined);
  if (!usable) throw new VoxwatchError('INPUT_EMPTY', 'The path given with --golden holds no CT that can be read.');
  return (await readVolume(usable)).volume;
}

function ownVersion(): string {
  const packageJson = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string }).version;
}

function summary(
  { manifest, goldenVoxels }: Imported,
  { isWritten, seconds }: { readonly isWritten: boolean; readonly seconds: number },
): string {
  const { name, version, labels, origin, stages } = manifest;
  const { producer, irVersion, opset } = origin.file;
  const found = labels.map((label) => `  ${label.index} ${printable(label.name)}: ${goldenVoxels.get(label.index) ?? 0} voxels`);
  const isEmpty = labels.every(({ index }) => !goldenVoxels.has(index));
  return [
    isWritten ? `${name} ${version} was written.` : `${name} ${version} would be written; nothing was.`,
    `The file: ${printable(producer)}, IR ${irVersion}, opset ${opset}, ${stages[0]?.parameters.toLocaleString('en-US')} parameters.`,
    `On the golden slab (${seconds.toFixed(1)} s) it gave:`,
    ...found,
    ...(isEmpty ? ['It marks nothing there, so the golden slab proves little: give a CT with the organ with --golden.'] : []),
    'Its quality was not looked at: score it with voxwatch evaluate on cases with masks.',
    '',
  ].join('\n');
}
