import { describe, expect, it } from 'vitest';
import type { DicomInstance } from '../../../formats/dicom/instance.ts';
import { type DicomSeries, groupSeries } from '../../../formats/dicom/series.ts';
import { axialGrid } from '../phantoms.ts';
import { phasesOf } from './dicom-slices.ts';

/** No numbers, no times: nothing tells slices apart. */
const NOTHING = { instanceNumber: undefined, acquisitionTimeS: undefined, contentTimeS: undefined } as const;

const sizes = (series: readonly DicomSeries[]): number[] => series.map(({ instances }) => instances.length);
const reversed = (slices: readonly DicomInstance[]): DicomInstance[] => [...slices].reverse();

/** Moves a slice along the normal. */
function raised({ plane }: DicomInstance, mm: number): Pick<DicomInstance, 'plane'> {
  if (!plane) return { plane };
  const [x, y, z] = plane.position;
  return { plane: { ...plane, position: [x, y, z + mm] } };
}

describe('phases within one series', () => {
  const table: [string, Parameters<typeof phasesOf>[1]][] = [
    ['temporal positions', (phase) => ({ ...NOTHING, temporalPosition: phase + 1 })],
    ['acquisition numbers', (phase) => ({ ...NOTHING, acquisitionNumber: phase + 9 })],
    ['trigger times', (phase) => ({ ...NOTHING, triggerTimeMs: phase * 80 })],
    ['trigger times that waver', (phase, k) => ({ ...NOTHING, triggerTimeMs: phase * 80 + (k % 3) })],
    ['kernels', (phase) => ({ ...NOTHING, kernel: ['B30s', 'B60s', 'B80s'][phase] })],
    ['acquisition times', (phase, k) => ({ ...NOTHING, acquisitionTimeS: 40_000 + 60 * phase + k })],
    ['content times', (phase, k) => ({ ...NOTHING, contentTimeS: 40_000 + 60 * phase + k })],
    ['instance numbers that run through each stack in turn', () => ({ acquisitionTimeS: undefined, contentTimeS: undefined })],
  ];

  it.each(table)('are taken apart by %s, in their order, in whatever order the files come', (_, change) => {
    const slices = phasesOf(3, change);
    for (const met of [slices, reversed(slices)]) {
      const series = groupSeries(met);
      expect(sizes(series)).toEqual([8, 8, 8]);
      expect(series.map(({ refusal, isClosed }) => [refusal, isClosed])).toEqual(Array(3).fill([undefined, true]));
      const uids = series.map(({ instances }) => instances.map(({ sopInstanceUid }) => sopInstanceUid));
      expect(uids).toEqual([0, 8, 16].map((n) => slices.slice(n, n + 8).map(({ sopInstanceUid }) => sopInstanceUid)));
    }
  });

  it('stay what they are when one of them is grouped again alone', () => {
    const series = groupSeries(phasesOf(2, (phase) => ({ temporalPosition: phase })));
    for (const { instances } of series) expect(groupSeries(instances)[0]?.instances).toEqual(instances);
  });

  it('are refused where nothing tells them apart', () => {
    const series = groupSeries(phasesOf(2, () => NOTHING));
    expect(series.map(({ refusal }) => refusal?.code)).toEqual(['DICOM_MIXED_SERIES']);
  });

  it('are refused where times would leave a phase with a hole', () => {
    const slices = phasesOf(2, (phase, k) => ({ ...NOTHING, contentTimeS: 40_000 + 60 * phase + k })).filter((_, n) => n !== 11);
    expect(groupSeries(slices).map(({ refusal }) => refusal?.code)).toEqual(['DICOM_MIXED_SERIES']);
  });

  it('are not made of one stack because a single slice was sent under two names', () => {
    const [slices, again] = [phasesOf(1, () => ({})), phasesOf(2, () => ({}))[11] as DicomInstance];
    expect(groupSeries([...slices, again]).map(({ refusal }) => refusal?.code)).toEqual(['DICOM_MIXED_SERIES']);
  });

  it('are taken apart by acquisition number where their slices lie between each other', () => {
    const slices = phasesOf(2, (phase, _, slice) => ({ acquisitionNumber: phase + 1, ...raised(slice, phase * 0.7) }));
    const series = groupSeries(slices);
    expect(sizes(series)).toEqual([8, 8]);
    expect(series.every(({ isClosed, findings }) => isClosed && findings.length === 0)).toBe(true);
  });

  it('are not seen in a stack that was acquired in pieces end to end, or slice by slice', () => {
    const inPieces = phasesOf(1, (_, k) => ({ acquisitionNumber: Math.floor(k / 4) }));
    const oneByOne = phasesOf(1, (_, k) => ({ acquisitionNumber: k }));
    const headFirstAndLast = phasesOf(
      2,
      (phase, _, slice) => ({ acquisitionNumber: phase, ...raised(slice, phase * 8 * 2.5) }),
      axialGrid(),
    );
    expect([inPieces, oneByOne, headFirstAndLast].map((slices) => sizes(groupSeries(slices)))).toEqual([[8], [8], [16]]);
  });
});
