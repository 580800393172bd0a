/**
 * `voxwatch convert`: one series → int16 HU as NIfTI, on its native grid.
 * @module
 */

import type { Command } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries, Discovery } from '../../daemon/intake/discovered-series.ts';
import { HeaderCache } from '../../daemon/intake/header-cache.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { streamNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { writeWhole } from '../../train/write-whole.ts';
import { describeGrid } from '../describe-grid.ts';

export function define(command: Command): void {
  command
    .argument('<input>', 'a DICOM folder or file, or a NIfTI file, that holds one series')
    .argument('<output>', 'the file to write, *.nii.gz')
    .option('--series <name>', 'which series, by its name in inspect, where the input holds several')
    .action(convert);
}

async function convert(input: string, output: string, { series: name }: { readonly series?: string }): Promise<void> {
  if (!output.endsWith('.nii.gz')) throw new VoxwatchError('USAGE', 'The output must be a file name that ends in .nii.gz.');
  const cache = new HeaderCache();
  const discovery = await discoverSeries(input, { cache });
  const series = name === undefined ? onlySeries(discovery) : namedSeries(discovery, name);
  const { volume, findings, niftiSpace } = await readVolume(series, { cache });
  await writeWhole(output, streamNiftiVolume(volume, niftiSpace)).catch((cause: unknown) => {
    throw new VoxwatchError(
      'OUTPUT_NOT_WRITABLE',
      'The output file cannot be written: check its folder and the free space.',
      {},
      cause,
    );
  });
  for (const { code, message } of findings) process.stderr.write(`${code}: ${message}\n`);
  process.stdout.write(`${output}: ${describeGrid(volume.geometry)}\n`);
}

/** The one series that may be read; what else there is decides which error says so. */
function onlySeries({ series, setAside }: Discovery): DiscoveredSeries {
  const usable = series.filter(({ refusal }) => !refusal);
  const [first] = usable;
  if (usable.length > 1) {
    listSeries(usable);
    throw new VoxwatchError('USAGE', `The input holds ${usable.length} series (listed above): choose one with --series.`);
  }
  if (first) return first;
  const reason = series[0]?.refusal ?? setAside[0];
  if (reason) throw new VoxwatchError(reason.code, reason.message);
  throw new VoxwatchError('INPUT_EMPTY', 'There is no DICOM and no NIfTI file in the folder.');
}

function namedSeries({ series }: Discovery, wanted: string): DiscoveredSeries {
  const found = series.find(({ name }) => name === wanted);
  if (found) return found;
  listSeries(series);
  throw new VoxwatchError('USAGE', 'The input holds no series of that name; those it holds are listed above.');
}

/** For the user's own eyes, like all names on stderr that are not logged. */
function listSeries(series: readonly DiscoveredSeries[]): void {
  for (const { name, files, refusal } of series) {
    process.stderr.write(`  ${name} (${files.length} files${refusal ? `, refused: ${refusal.code}` : ''})\n`);
  }
}
