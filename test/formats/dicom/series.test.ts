import { describe, expect, it } from 'vitest';
import { affineColumn, dot, norm, type Vector3 } from '../../../core/affine.ts';
import type { DicomInstance } from '../../../formats/dicom/instance.ts';
import { groupSeries } from '../../../formats/dicom/series.ts';
import { axialGrid } from '../phantoms.ts';
import { instancesOf } from './dicom-slices.ts';

function only(instances: readonly DicomInstance[]) {
  const series = groupSeries(instances);
  expect(series).toHaveLength(1);
  return series[0] as (typeof series)[number];
}

const codes = (findings: readonly { code: string }[]): string[] => findings.map(({ code }) => code);

describe('grouping DICOM instances', () => {
  it('gives back the grid that was written, from files in any order', () => {
    const grid = axialGrid();
    const shuffled = instancesOf(grid).sort((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
    const series = only(shuffled);
    expect(series.geometry?.sizeVoxels).toEqual(grid.sizeVoxels);
    series.geometry?.voxelToWorld.forEach((value, n) => expect(value).toBeCloseTo(grid.voxelToWorld[n] as number, 9));
    expect(series.instances.map(({ instanceNumber }) => instanceNumber)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([series.isClosed, series.findings]).toEqual([true, []]);
  });

  it('turns a stack that was written downwards upwards along the slice normal', () => {
    const grid = axialGrid();
    const downwards = { ...grid, voxelToWorld: grid.voxelToWorld.map((value, n) => (n === 10 ? -value : value)) };
    const series = only(instancesOf(downwards));
    expect(series.geometry?.voxelToWorld[10]).toBeCloseTo(2.5, 9);
    expect(series.instances[0]?.instanceNumber).toBe(8);
  });

  it('keeps a gantry tilt as a shear and says so', () => {
    const series = only(instancesOf(axialGrid([6, 5, 8], 0.8)));
    expect(codes(series.findings)).toEqual(['GANTRY_TILT']);
    expect(series.findings[0]?.message).toContain('17.7°');
    expect(series.geometry?.voxelToWorld[6]).toBeCloseTo(0.8, 9);
    expect(series.isClosed).toBe(true);
  });

  it.each([1, 4, 6])('sees that slice %i is missing', (missing) => {
    const series = only(instancesOf(axialGrid()).filter((_, k) => k !== missing));
    expect(codes(series.findings)).toEqual(['SLICE_GAP']);
    expect(series.isClosed).toBe(false);
    expect(series.geometry?.slicePositionsMm).toHaveLength(7);
  });

  it('keeps the true positions of uneven slices', () => {
    const slicePositionsMm = [0, 1.1, 5.1, 9.1, 16.1, 20.2, 24.1, 28.3];
    const series = only(instancesOf({ ...axialGrid(), slicePositionsMm }));
    expect(codes(series.findings)).toEqual(['UNEVEN_SLICES']);
    const found = series.geometry?.slicePositionsMm ?? [];
    slicePositionsMm.forEach((position, k) => expect((found[k] as number) - (found[0] as number)).toBeCloseTo(position, 9));
  });

  it('does not mistake positions rounded to a tenth of a millimetre for uneven ones', () => {
    const slicePositionsMm = Array.from({ length: 8 }, (_, k) => Math.round(k * 6.25) / 10);
    expect(only(instancesOf({ ...axialGrid(), slicePositionsMm })).findings).toEqual([]);
  });

  it('counts a file that is there twice once', () => {
    const instances = instancesOf(axialGrid());
    const series = only([...instances, instances[3] as DicomInstance]);
    expect(series.instances).toHaveLength(8);
    expect(codes(series.findings)).toEqual(['DUPLICATE_FILES']);
  });

  it('takes phases apart by acquisition number, and refuses them where there is none', () => {
    const [first, second] = [instancesOf(axialGrid()), instancesOf(axialGrid(), { seriesNumber: 2 })];
    const seriesInstanceUid = first[0]?.seriesInstanceUid as string;
    const asOne = (acquisitionNumber: number) => second.map((instance) => ({ ...instance, seriesInstanceUid, acquisitionNumber }));
    expect(groupSeries([...first, ...asOne(2)]).map(({ instances }) => instances.length)).toEqual([8, 8]);
    const alike = [...first, ...asOne(1)].map((instance) => ({ ...instance, instanceNumber: undefined }));
    expect(only(alike).refusal?.code).toBe('DICOM_MIXED_SERIES');
  });

  it.each<[string, (slice: DicomInstance) => Partial<DicomInstance>]>([
    ['content', () => ({ contentDigest: 'other' })],
    ['place', ({ plane }) => ({ plane: plane && { ...plane, position: [0, 0, 999] } })],
    ['rescale', ({ format }) => ({ format: format && { ...format, intercept: -1000 } })],
  ])('refuses a series with two files of one name and different %s', (_, change) => {
    const instances = instancesOf(axialGrid());
    const slice = instances[3] as DicomInstance;
    expect(only([...instances, { ...slice, ...change(slice) }]).refusal?.code).toBe('DICOM_CONTRADICTION');
  });

  it('makes directions with a little noise exact, whatever file comes first, and refuses more', () => {
    const noisy = (noise: number) =>
      instancesOf(axialGrid()).map(({ plane, ...slice }, k) => ({
        ...slice,
        plane: plane && { ...plane, rowDirection: [1, k === 0 ? noise : -noise, 0] as const, columnDirection: [0, 1, 0] as const },
      }));
    const slices = noisy(4e-4);
    const series = only(slices);
    const columns = ([0, 1, 2] as const).map((axis) => affineColumn(series.geometry?.voxelToWorld ?? [], axis));
    expect(dot(columns[0] as Vector3, columns[1] as Vector3)).toBeCloseTo(0, 12);
    expect(norm(columns[0] as Vector3)).toBeCloseTo(0.7, 12);
    expect(only([...slices].reverse()).geometry).toEqual(series.geometry);
    expect(groupSeries(noisy(2e-3)).every(({ refusal }) => refusal?.code === 'DICOM_NO_GEOMETRY')).toBe(true);
  });

  it.each([
    [['DERIVED', 'SECONDARY', 'OTHER', 'CSA MPR'], 'DICOM_DERIVED'],
    [['DERIVED', 'SECONDARY', 'REFORMATTED', 'AVERAGE'], 'DICOM_DERIVED'],
    [['DERIVED', 'PRIMARY', 'PROJECTION IMAGE', 'MIP'], 'DICOM_DERIVED'],
    [['ORIGINAL', 'PRIMARY', 'LOCALIZER'], 'DICOM_LOCALIZER'],
    [['DERIVED', 'PRIMARY', 'AXIAL'], undefined],
    [['ORIGINAL', 'SECONDARY', 'AXIAL'], undefined],
    [['ORIGINAL', 'PRIMARY', 'AXIAL', 'CT_SOM5 SPI'], undefined],
  ])('judges image type %j: %s', (imageType, code) => {
    expect(only(instancesOf(axialGrid()).map((slice) => ({ ...slice, imageType }))).refusal?.code).toBe(code);
  });

  it('refuses a distance between pixels that is not above 0', () => {
    const flat = instancesOf(axialGrid()).map(({ plane, ...slice }) => ({
      ...slice,
      plane: plane && { ...plane, spacingMm: [0.8, -0.7] as const },
    }));
    expect(only(flat).refusal?.code).toBe('DICOM_NO_GEOMETRY');
  });

  it('keeps a localizer within a series from spoiling its slices', () => {
    const [scout, ...slices] = instancesOf(axialGrid());
    const localizer = { ...(scout as DicomInstance), imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] };
    const series = groupSeries([localizer, ...slices]);
    expect(series.map(({ refusal }) => refusal?.code)).toEqual([undefined, 'DICOM_LOCALIZER']);
    expect(series[0]?.instances).toHaveLength(7);
  });

  it('reads one slice alone and warns', () => {
    const series = only(instancesOf(axialGrid([6, 5, 1])));
    expect(codes(series.findings)).toEqual(['FEW_SLICES']);
    expect(series.geometry?.voxelToWorld[10]).toBe(2.5);
  });

  it('refuses a series that is not CT, and one without positions', () => {
    const instances = instancesOf(axialGrid());
    expect(only(instances.map((instance) => ({ ...instance, modality: 'MR' }))).refusal?.code).toBe('DICOM_NOT_CT');
    expect(only(instances.map((instance) => ({ ...instance, plane: undefined }))).refusal?.code).toBe('DICOM_NO_GEOMETRY');
  });
});
