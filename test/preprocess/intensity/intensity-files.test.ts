import { describe, expect, it } from 'vitest';
import type { Intensity } from '../../../preprocess/intensity/intensity.ts';
import { decodeIntensity, encodeIntensity, type IntensityFiles } from '../../../preprocess/intensity/intensity-files.ts';

const GRID = [2, 1] as const;

const FEATURE_WISE: Intensity = {
  scheme: 'feature-wise',
  statistics: {
    sizePixels: GRID,
    clampHu: [-1024, 3071],
    standardDeviationFloorHu: 50.1,
    mean: Float32Array.of(-1.5, 40.1),
    standardDeviation: Float32Array.of(50.1, 300),
  },
};

const SCHEMES: readonly Intensity[] = [
  FEATURE_WISE,
  { scheme: 'min-max' },
  { scheme: 'standardise', clampHu: [-200, 300], meanHu: 12.5, standardDeviationHu: 80.25 },
  { scheme: 'as-stored', channels: 3 },
  {
    scheme: 'windows',
    windows: [{ widthHu: 150, levelHu: 30 }],
    equalizedBins: 100,
    channelMeans: [0.485, 0.456],
    channelDeviations: [0.229, 0.224],
  },
];

describe('files of intensities', () => {
  it.each(SCHEMES)('give back $scheme as it was written', (intensity) => {
    expect(decodeIntensity(encodeIntensity(intensity), GRID)).toEqual(intensity);
  });

  it('hold float32 little endian', () => {
    expect([...(encodeIntensity(FEATURE_WISE).slices?.mean.subarray(0, 4) ?? [])]).toEqual([0, 0, 0xc0, 0xbf]);
  });

  const { facts, slices } = encodeIntensity(FEATURE_WISE) as Required<IntensityFiles>;
  const text = (json: string): Uint8Array => new TextEncoder().encode(json);
  it.each([
    ['slices of another size', { facts, slices: { ...slices, mean: new Uint8Array(4) } }, /2 pixels have 1 means/],
    ['deviations below their floor', { facts, slices: { ...slices, standardDeviation: new Uint8Array(8) } }, /below its floor/],
    ['no slices', { facts }, /slices .* are missing/],
    ['facts that are not JSON', { facts: new Uint8Array(1), slices }, /not JSON/],
    ['facts without a clamp', { facts: text('{"scheme":"standardise","meanHu":1,"standardDeviationHu":1}') }, /clampHu/],
    ['a scheme that nobody knows', { facts: text('{"scheme":"cubic"}') }, /scheme/],
    ['a key that nobody knows', { facts: text('{"scheme":"min-max","clampHu":[0,1]}') }, /clampHu/],
  ] as const)('with %s are refused', (_, files, message) => {
    expect(() => decodeIntensity(files, GRID)).toThrow(message);
  });
});
