/**
 * `voxwatch inspect`: what series an input holds, their geometry, what was found, what is refused and why.
 * @module
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import { affineSpacingMm, axisCodes } from '../../core/affine.ts';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';
import { sliceDistancesMm, sliceOrientation, tiltDegrees } from '../../core/slice-orientation.ts';
import type { GridGeometry } from '../../core/volume.ts';
import { discoverSeries } from '../../daemon/intake/discover-series.ts';
import type { DiscoveredSeries } from '../../daemon/intake/discovered-series.ts';
import { HeaderCache } from '../../daemon/intake/header-cache.ts';
import { readVolume } from '../../daemon/intake/read-volume.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { InspectedSeries, Inspection } from '../inspection.ts';
import { coloured, inspectionText, plain } from '../inspection-text.ts';

export function define(command: Command): void {
  command
    .argument('<input>', 'a file or folder of DICOM or NIfTI')
    .option('--json', 'print one JSON document (docs/schemas/inspect.schema.json)')
    .action(async (input: string, { json }: { json?: boolean }) => {
      const inspection = await inspect(input);
      process.stdout.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection, paintOf(process.stdout)));
      if (inspection.series.every(({ refusal }) => refusal)) process.exitCode = EXIT_CODES.refused;
    });
}

/** https://no-color.org */
function paintOf(stream: { readonly isTTY?: boolean }): typeof coloured {
  return stream.isTTY && !process.env.NO_COLOR ? coloured : plain;
}

/**
 * Reads everything there is, voxels included.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`, `INPUT_EMPTY`; what is wrong with a series or a file stands in the result.
 */
export async function inspect(input: string): Promise<Inspection> {
  const cache = new HeaderCache();
  const discovery = await discoverSeries(input, { cache });
  if (discovery.series.length + discovery.setAside.length === 0) {
    throw new VoxwatchError('INPUT_EMPTY', 'There is no DICOM and no NIfTI file in the folder.');
  }
  const series: InspectedSeries[] = [];
  for (const one of discovery.series) series.push(await inspectSeries(one, cache));
  const nameInInput = (file: string): string => path.relative(path.resolve(input), file) || path.basename(file);
  return { series, setAside: discovery.setAside.map(({ file, code, message }) => ({ file: nameInInput(file), code, message })) };
}

async function inspectSeries(series: DiscoveredSeries, cache: HeaderCache): Promise<InspectedSeries> {
  const { name, kind, files, isClosed, declaredSlices, acquisition, findings, refusal } = series;
  const known = {
    ...{ name, kind, files: files.length, isClosed },
    ...(declaredSlices === undefined ? {} : { declaredSlices }),
    ...(acquisition ? { acquisition } : {}),
  };
  if (refusal) return { ...known, findings: [...findings], refusal };
  try {
    const { volume, source, findings: seen } = await readVolume(series, { cache });
    return {
      ...known,
      modality: source.modality,
      ...(source.bodyPart ? { bodyPart: source.bodyPart } : {}),
      geometry: describeGeometry(volume.geometry),
      huRange: rangeOf(volume.hu),
      huSha256: digestOf(volume.hu),
      findings: [...seen],
    };
  } catch (thrown) {
    const { code, message } = asVoxwatchError(thrown);
    return { ...known, findings: [...findings], refusal: { code, message } };
  }
}

function describeGeometry(geometry: GridGeometry): NonNullable<InspectedSeries['geometry']> {
  const { sizeVoxels, voxelToWorld, slicePositionsMm } = geometry;
  return {
    sizeVoxels: [...sizeVoxels],
    spacingMm: [...affineSpacingMm(voxelToWorld)],
    axisCodes: axisCodes(voxelToWorld),
    orientation: sliceOrientation(geometry),
    tiltDegrees: tiltDegrees(geometry),
    sliceDistanceMm: [...sliceDistancesMm(geometry)],
    voxelToWorld: [...voxelToWorld],
    ...(slicePositionsMm ? { slicePositionsMm: [...slicePositionsMm] } : {}),
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

function digestOf({ buffer, byteOffset, byteLength }: Int16Array): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}
