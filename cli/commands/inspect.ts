/**
 * `voxwatch inspect`: what series an input holds, their geometry, what was found, what is refused and why.
 * @module
 */
import path from 'node:path';
import type { Command } from 'commander';
import { affineSpacingMm, axisCodes } from '../../core/affine.ts';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../daemon/intake/discovered-series.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { describeGrid } from '../describe-grid.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printable } from '../printable.ts';

/** One series, as `--json` prints it. */
interface InspectedSeries {
  readonly name: string;
  readonly kind: 'dicom' | 'nifti';
  readonly files: number;
  readonly isClosed: boolean;
  readonly declaredSlices?: number;
  readonly modality?: string;
  readonly bodyPart?: string;
  readonly geometry?: {
    readonly sizeVoxels: GridGeometry['sizeVoxels'];
    readonly spacingMm: readonly number[];
    /** World direction of each voxel axis, LPS letters. */
    readonly axisCodes: string;
    /** voxel → LPS mm, 4×4 row-major. */
    readonly voxelToWorld: readonly number[];
    readonly slicePositionsMm?: readonly number[];
  };
  readonly huRange?: readonly [lowest: number, highest: number];
  readonly findings: readonly Finding[];
  readonly refusal?: { readonly code: string; readonly message: string };
}

export function define(command: Command): void {
  command
    .argument('<input>', 'a file or folder of DICOM or NIfTI')
    .option('--json', 'print one JSON document')
    .action(async (input: string, { json }: { json?: boolean }) => inspect(input, json ? printJson : printText));
}

interface Inspection {
  readonly series: readonly InspectedSeries[];
  /** Paths relative to the input. */
  readonly setAside: readonly { readonly file: string; readonly code: string; readonly message: string }[];
}

async function inspect(input: string, print: (inspection: Inspection) => void): Promise<void> {
  const discovery = await discoverSeries(input);
  if (discovery.series.length + discovery.setAside.length === 0) {
    throw new VoxwatchError('INPUT_EMPTY', 'There is no DICOM and no NIfTI file in the folder.');
  }
  const series: InspectedSeries[] = [];
  for (const one of discovery.series) series.push(await inspectSeries(one));
  const nameInInput = (file: string): string => path.relative(path.resolve(input), file) || path.basename(file);
  print({ series, setAside: discovery.setAside.map(({ file, code, message }) => ({ file: nameInInput(file), code, message })) });
  if (series.every(({ refusal }) => refusal)) process.exitCode = EXIT_CODES.refused;
}

async function inspectSeries(series: DiscoveredSeries): Promise<InspectedSeries> {
  const { name, kind, files, isClosed, declaredSlices, findings, refusal } = series;
  const known = { name, kind, files: files.length, isClosed, ...(declaredSlices === undefined ? {} : { declaredSlices }) };
  if (refusal) return { ...known, findings, refusal };
  try {
    const { volume, source, findings: seen } = await readVolume(series);
    return {
      ...known,
      modality: source.modality,
      ...(source.bodyPart ? { bodyPart: source.bodyPart } : {}),
      geometry: describeGeometry(volume.geometry),
      huRange: rangeOf(volume.hu),
      findings: seen,
    };
  } catch (thrown) {
    const { code, message } = asVoxwatchError(thrown);
    return { ...known, findings, refusal: { code, message } };
  }
}

function describeGeometry(geometry: GridGeometry): NonNullable<InspectedSeries['geometry']> {
  const { sizeVoxels, voxelToWorld, slicePositionsMm } = geometry;
  return {
    sizeVoxels,
    spacingMm: affineSpacingMm(voxelToWorld),
    axisCodes: axisCodes(voxelToWorld),
    voxelToWorld,
    ...(slicePositionsMm ? { slicePositionsMm } : {}),
  };
}

function rangeOf(hu: Int16Array): [number, number] {
  let [lowest, highest] = [hu[0] as number, hu[0] as number];
  for (const value of hu) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return [lowest, highest];
}

function printJson(inspection: Inspection): void {
  process.stdout.write(`${JSON.stringify(inspection, null, 2)}\n`);
}

function printText({ series, setAside }: Inspection): void {
  const lines = [...series.flatMap(seriesLines), ...(setAside.length > 0 ? ['not part of any series:'] : [])];
  for (const { file, code, message } of setAside) lines.push(`  ${printable(file)}: ${message} [${code}]`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function seriesLines(series: InspectedSeries): string[] {
  const { name, kind, files, geometry, huRange, modality, bodyPart, findings, refusal } = series;
  const lines = [`${name}  (${kind}, ${files} ${files === 1 ? 'file' : 'files'})`];
  if (geometry) lines.push(`  grid      ${describeGrid(geometry)}`);
  if (huRange) lines.push(`  content   ${printable([modality, bodyPart].filter(Boolean).join(', '))}; ${huRange.join(' to ')} HU`);
  for (const { code, severity, message } of findings) {
    if (code !== refusal?.code) lines.push(`  ${severity.padEnd(8)}  ${message} [${code}]`);
  }
  if (refusal) lines.push(`  refused   ${refusal.message} [${refusal.code}]`);
  return [...lines, ''];
}
