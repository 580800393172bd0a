import { describe, expect, it } from 'vitest';
import { channelsOf, type Intensity } from '../../../preprocess/intensity/intensity.ts';
import { networkInput, wholeGrid } from '../../../preprocess/intensity/network-input.ts';

const HU = Int16Array.of(-1000, 0, 50, 3000);
const inputOf = (intensity: Intensity, hu = HU): number[] => [...networkInput(hu, intensity, wholeGrid([2, 2]))];

describe('network input', () => {
  it('by min-max runs from 0 at the lowest value of the slice to 1 at its highest', () => {
    expect(inputOf({ scheme: 'min-max' })).toEqual([0, 0.25, 1050 / 4000, 1].map(Math.fround));
  });

  it('by min-max of a slice of one value is 0', () => {
    expect(inputOf({ scheme: 'min-max' }, new Int16Array(4).fill(7))).toEqual([0, 0, 0, 0]);
  });

  it('standardised is clamped first', () => {
    const intensity = { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50, standardDeviationHu: 100 } as const;
    expect(inputOf(intensity)).toEqual([-2.5, -0.5, 0, 2.5]);
  });

  it('as stored is the values in each channel', () => {
    expect(inputOf({ scheme: 'as-stored', channels: 2 })).toEqual([-1000, -1000, 0, 0, 50, 50, 3000, 3000]);
  });

  it('by windows is a channel a window, cut to 0 … 1, then what the encoder expects', () => {
    const intensity: Intensity = {
      scheme: 'windows',
      windows: [
        { widthHu: 100, levelHu: 50 },
        { widthHu: 200, levelHu: 100 },
      ],
      equalizedBins: 0,
      channelMeans: [0, 0.5],
      channelDeviations: [1, 0.25],
    };
    expect(channelsOf(intensity)).toBe(2);
    expect(inputOf(intensity)).toEqual([0, -2, 0, -2, 0.5, -1, 1, 2]);
  });

  it('has the equalised slice as its last channel', () => {
    const intensity: Intensity = {
      scheme: 'windows',
      windows: [{ widthHu: 100, levelHu: 50 }],
      equalizedBins: 4,
      channelMeans: [0, 0],
      channelDeviations: [1, 1],
    };
    expect(channelsOf(intensity)).toBe(2);
    expect(inputOf(intensity).filter((_, index) => index % 2 === 1)).toEqual([0, 1 / 3, 2 / 3, 1].map(Math.fround));
  });

  it('of a part of the grid takes the statistics of its place', () => {
    const statistics = {
      sizePixels: [3, 2],
      clampHu: [-5000, 5000],
      standardDeviationFloorHu: 1,
      mean: Float32Array.of(1, 2, 3, 4, 5, 6),
      standardDeviation: Float32Array.of(1, 1, 2, 1, 1, 4),
    } as const;
    const place = { left: 1, top: 0, sizePixels: [2, 2] } as const;
    const input = networkInput(Int16Array.of(2, 5, 5, 10), { scheme: 'feature-wise', statistics }, place);
    expect([...input]).toEqual([0, 1, 0, 1]);
  });

  it('refuses a sample that leaves its grid, and one of another size than it says', () => {
    const statistics = {
      sizePixels: [2, 2],
      clampHu: [0, 1],
      standardDeviationFloorHu: 1,
      mean: new Float32Array(4),
      standardDeviation: new Float32Array(4).fill(1),
    } as const;
    const outside = { left: 1, top: 0, sizePixels: [2, 2] } as const;
    expect(() => networkInput(HU, { scheme: 'feature-wise', statistics }, outside)).toThrow(/does not lie on its grid/);
    expect(() => networkInput(HU, { scheme: 'min-max' }, wholeGrid([3, 2]))).toThrow(/3 × 2 pixels cannot be 4 numbers/);
  });

  it('refuses means that are not one a channel', () => {
    const intensity: Intensity = {
      scheme: 'windows',
      windows: [{ widthHu: 1, levelHu: 0 }],
      equalizedBins: 10,
      channelMeans: [0],
      channelDeviations: [1],
    };
    expect(() => inputOf(intensity)).toThrow(/2 channels need as many/);
  });
});
