/**
 * A volume → DICOM files → what our readers make of them: the whole way of a series, in memory.
 * @module
 */
import { createVolume, type Volume, voxelCount } from '../../core/volume.ts';
import { decodePixels } from '../../formats/dicom/decode-pixels.ts';
import { type PixelFormat, readInstance } from '../../formats/dicom/instance.ts';
import { parseFile } from '../../formats/dicom/parse-file.ts';
import { type DicomSeries, groupSeries } from '../../formats/dicom/series.ts';
import { rescaleToHu } from '../../formats/dicom/slice-hu.ts';
import { writeCtSeries } from '../../formats/dicom/write-instance.ts';

/** Writes every slice, drops those whose k is in `lost`, and reads the rest. */
export async function readBack(
  volume: Volume,
  lost: ReadonlySet<number> = new Set(),
): Promise<{ readonly volume: Volume; readonly findings: DicomSeries['findings'] }> {
  const written = writeCtSeries(volume, { seed: 7, seriesDescription: 'Phantom', convolutionKernel: 'STANDARD' });
  const files = written.filter((_, k) => !lost.has(k)).map((bytes) => parseFile(bytes));
  const fileOf = new Map(files.map((file) => [readInstance(file).sopInstanceUid, file]));
  const [series, ...others] = groupSeries(files.map(readInstance));
  if (!series?.geometry || others.length > 0) throw new Error('the files do not form one series');
  const hu = new Int16Array(voxelCount(series.geometry));
  const sliceLength = hu.length / series.geometry.sizeVoxels[2];
  for (const [k, instance] of series.instances.entries()) {
    const file = fileOf.get(instance.sopInstanceUid) as (typeof files)[number];
    const { stored } = await decodePixels(instance, file.pixels);
    rescaleToHu(stored, instance.format as PixelFormat, hu.subarray(k * sliceLength, (k + 1) * sliceLength));
  }
  return { volume: createVolume(series.geometry, hu), findings: series.findings };
}
