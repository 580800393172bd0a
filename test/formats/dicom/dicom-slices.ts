/**
 * Grids → instances, through real DICOM bytes.
 * @module
 */
import type { GridGeometry } from '../../../core/volume.ts';
import { type DicomInstance, readInstance } from '../../../formats/dicom/instance.ts';
import { parseFile } from '../../../formats/dicom/parse-file.ts';
import { type CtSeriesOptions, writeCtSeries } from '../../../formats/dicom/write-instance.ts';
import { axialGrid, countingVolume } from '../phantoms.ts';

const OPTIONS: CtSeriesOptions = { seed: 7, seriesDescription: 'Phantom', convolutionKernel: 'STANDARD' };

export function instancesOf(grid: GridGeometry, changed: Partial<CtSeriesOptions> = {}): DicomInstance[] {
  return writeCtSeries(countingVolume(grid), { ...OPTIONS, ...changed }).map((file) => readInstance(parseFile(file)));
}

/**
 * Phases of one series at the same places: instance numbers run on, acquisition numbers and times are all the same.
 * @param change - What tells a slice apart: its phase from 0, its place from 0.
 */
export function phasesOf(
  count: number,
  change: (phase: number, k: number, slice: DicomInstance) => Partial<DicomInstance>,
  grid: GridGeometry = axialGrid(),
): DicomInstance[] {
  const [first] = instancesOf(grid);
  return Array.from({ length: count }, (_, phase) =>
    instancesOf(grid, { seriesNumber: phase + 1 }).map((slice, k, { length }) => ({
      ...slice,
      seriesInstanceUid: (first as DicomInstance).seriesInstanceUid,
      seriesNumber: 1,
      instanceNumber: phase * length + k + 1,
      ...change(phase, k, slice),
    })),
  ).flat();
}
