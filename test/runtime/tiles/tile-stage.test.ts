import { describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../../core/affine.ts';
import { createRandom } from '../../../core/random.ts';
import type { TileNetwork } from '../../../core/tile-stage.ts';
import { createVolume, type Volume } from '../../../core/volume.ts';
import { axialView } from '../../../preprocess/reorient.ts';
import type { InferenceSession } from '../../../runtime/sessions/session.ts';
import { type RunTilesOptions, runTileStage } from '../../../runtime/tiles/tile-stage.ts';
import { ALL_VOXEL_ORDERS, reorderVolume } from '../make-volume.ts';
import { thresholdAnswer, tileSession, tileStage } from './tile-networks.ts';

/** Soft balls, so that what is interpolated hardly changes them. */
function body([ni, nj, nk]: readonly [number, number, number], mm: readonly [number, number, number]): Volume {
  const hu = new Int16Array(ni * nj * nk);
  let p = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const away = Math.hypot((i - ni * 0.4) * mm[0], (j - nj * 0.55) * mm[1], (k - nk * 0.5) * mm[2]);
        hu[p++] = Math.round(300 - 12 * away);
      }
  const voxelToWorld = affineFromColumns([mm[0], 0, 0], [0, mm[1], 0], [0, 0, mm[2]], [-30, 12, 5]);
  return createVolume({ sizeVoxels: [ni, nj, nk], voxelToWorld }, hu);
}

const NOISE = ((): Volume => {
  const random = createRandom(3);
  const volume = body([19, 14, 11], [1, 1, 1]);
  return createVolume(
    volume.geometry,
    volume.hu.map(() => Math.round(random.normal(0, 200))),
  );
})();

const THRESHOLDS = [40, 160] as const;
const expected = ({ hu }: Volume): Uint8Array => Uint8Array.from(hu, (value) => (value > 160 ? 2 : value > 40 ? 1 : 0));

async function labelsOf(
  volume: Volume,
  change: Partial<TileNetwork>,
  session: InferenceSession = tileSession(thresholdAnswer(THRESHOLDS)),
  options: RunTilesOptions = {},
): Promise<Uint8Array> {
  const labels = new Uint8Array(volume.hu.length).fill(255);
  await runTileStage({ manifest: tileStage(change), session }, { view: axialView(volume.geometry), volume }, labels, options);
  return labels;
}

function differing(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, label, p) => count + (label === b[p] ? 0 : 1), 0);
}

describe('a stage in tiles', () => {
  it.each<[string, Partial<TileNetwork>]>([
    ['a bell', {}],
    ['constant weights', { weight: { kind: 'constant' } }],
    ['whole steps', { stepping: 'fixed', stepFraction: 0.6 }],
    ['tiles larger than the scan', { tile: { kind: 'solid', sizeVoxels: [32, 24, 40] } }],
    ['slices', { tile: { kind: 'planar', sizePixels: [6, 9], neighbours: 0 } }],
    [
      'softmax on each tile',
      {
        answer: { kind: 'classes', activation: 'softmax', activatedOn: 'tile', labels: [0, 1, 2] },
        channels: [{ scheme: 'window', rangeHu: [0, 1], to: [0, 1], clips: false }],
      },
    ],
  ])('gives back what the network says of each voxel by itself, with %s', async (_, change) => {
    expect(differing(await labelsOf(NOISE, change), expected(NOISE))).toBe(0);
  });

  it('writes every voxel of all 48 voxel orders where it belongs', async () => {
    const truth = createVolume(NOISE.geometry, Int16Array.from(expected(NOISE)));
    const wanted = [
      ['S', 'P', 'L'],
      ['R', 'A', 'S'],
      ['I', 'L', 'A'],
    ] as const;
    for (const [n, order] of ALL_VOXEL_ORDERS.entries()) {
      const axes = wanted[n % 3] as TileNetwork['axes'];
      const labels = await labelsOf(reorderVolume(NOISE, order), { axes });
      expect(differing(labels, Uint8Array.from(reorderVolume(truth, order).hu))).toBe(0);
    }
  });

  it('shows a network its axes as it asks for them', async () => {
    // The network knows only where a voxel lies in the tile: it marks the first half of its first axis.
    const firstHalf = tileSession((values, shape) => {
      const block = values.length / (shape[2] as number);
      return Float32Array.from({ length: 2 * values.length }, (_, p) =>
        Math.floor((p % values.length) / block) < 4 === p < values.length ? 0 : 1,
      );
    });
    const volume = body([8, 8, 8], [1, 1, 1]);
    const answer = { kind: 'classes', activation: 'none', activatedOn: 'scan', labels: [0, 1] } as const;
    const towards = async (axes: TileNetwork['axes']): Promise<number[]> => {
      const labels = await labelsOf(volume, { axes, answer }, firstHalf);
      return [labels[0] as number, labels[7] as number, labels[7 * 8] as number, labels[7 * 64] as number];
    };
    // Voxel 0 lies right, in front and low; then come its neighbours to the left, the back and the head.
    expect(await towards(['S', 'P', 'L'])).toEqual([1, 1, 1, 0]);
    expect(await towards(['I', 'P', 'L'])).toEqual([0, 0, 0, 1]);
    expect(await towards(['L', 'S', 'P'])).toEqual([1, 0, 1, 1]);
    expect(await towards(['A', 'S', 'L'])).toEqual([0, 0, 1, 0]);
  });

  it('goes to the network’s spacing and back', async () => {
    const volume = body([40, 44, 15], [1, 1, 3]);
    const spacings: TileNetwork['grid'] = [
      { kind: 'spacing', mm: 2 },
      { kind: 'spacing', mm: 1.6 },
      { kind: 'size', voxels: 31 },
    ];
    for (const alignment of ['edges', 'first-centre'] as const) {
      for (const kind of ['linear', 'cubic'] as const) {
        const labels = await labelsOf(volume, { grid: spacings, alignment, interpolation: [kind, kind, kind] });
        const wrong = differing(labels, expected(volume));
        // The balls' surfaces: a shift of half a voxel alone would turn over 4 % of the foreground.
        expect(wrong).toBeLessThan(0.02 * expected(volume).filter((label) => label > 0).length);
      }
    }
  });

  it('gives neighbours as channels, the lowest slice first, and repeats or pads at the ends', async () => {
    const volume = body([4, 4, 3], [1, 1, 1]);
    const slices = volume.hu.map((_, p) => 100 * (1 + Math.floor(p / 16)));
    const numbered = createVolume(volume.geometry, slices);
    const seen: number[][] = [];
    const session = tileSession((values, shape) => {
      expect(shape).toEqual([1, 3, 4, 4]);
      seen.push([values[0] as number, values[16] as number, values[32] as number]);
      return new Float32Array(3 * 16);
    });
    const tile = { kind: 'planar', sizePixels: [4, 4], neighbours: 1 } as const;
    await labelsOf(numbered, { tile, padding: { kind: 'edge' } }, session);
    await labelsOf(numbered, { tile, padding: { kind: 'constant', value: -7 } }, session);
    await labelsOf(numbered, { tile, axes: ['I', 'P', 'L'], padding: { kind: 'edge' } }, session);
    expect(seen).toEqual([
      [100, 100, 200],
      [100, 200, 300],
      [200, 300, 300],
      [-7, 100, 200],
      [100, 200, 300],
      [200, 300, -7],
      [300, 300, 200],
      [300, 200, 100],
      [200, 100, 100],
    ]);
  });

  it('averages over mirrored tiles: what depends on the place in the tile evens out', async () => {
    // Adds a slope along the third axis to one class, which tips voxels near a threshold unless it is mirrored too.
    const sloped = (values: Float32Array): Float32Array => {
      const out = thresholdAnswer(THRESHOLDS)(values);
      for (let p = 0; p < values.length; p++) out[p] = (out[p] as number) + ((p % 8) - 3.5) * 100;
      return out;
    };
    expect(differing(await labelsOf(NOISE, {}, tileSession(sloped)), expected(NOISE))).toBeGreaterThan(100);
    const session = tileSession(sloped);
    expect(differing(await labelsOf(NOISE, { mirrorAxes: [0, 2] }, session), expected(NOISE))).toBe(0);
    const plain = tileSession(sloped);
    await labelsOf(NOISE, {}, plain);
    expect(session.calls.length).toBe(4 * plain.calls.length);
  });

  it('reads sigmoid channels by their thresholds, later outputs over earlier ones', async () => {
    const session = tileSession((values) => Float32Array.from([...values.map((hu) => hu - 40), ...values.map((hu) => hu - 160)]));
    const outputs = [
      { channel: 0, threshold: 0.5, label: 1 },
      { channel: 1, threshold: 0.500001, label: 2 },
    ];
    const answer = { kind: 'channels', activation: 'sigmoid', activatedOn: 'scan', count: 2, outputs } as const;
    expect(
      differing(
        await labelsOf(NOISE, { answer }, session),
        Uint8Array.from(NOISE.hu, (hu) => (hu > 160 ? 2 : hu >= 40 ? 1 : 0)),
      ),
    ).toBe(0);
  });

  it('takes labels as votes, and refuses one that has no name', async () => {
    const classes = tileSession((values) => values.map((hu) => (hu > 160 ? 2 : hu > 40 ? 1 : 0)));
    const answer = { kind: 'labels', labels: [0, 1, 2] } as const;
    expect(differing(await labelsOf(NOISE, { answer }, classes), expected(NOISE))).toBe(0);
    const three = tileSession((values) => values.map(() => 3));
    await expect(labelsOf(NOISE, { answer }, three)).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  });

  it('refuses an answer of another size', async () => {
    const short = tileSession((values) => values);
    await expect(labelsOf(NOISE, {}, short)).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: /answered with 512 numbers/,
    });
  });

  it('refuses an answer that is no number, which would pass for background', async () => {
    const broken = tileSession((values) => new Float32Array(3 * values.length).fill(Number.NaN, 5, 6));
    await expect(labelsOf(NOISE, {}, broken)).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: /NaN/ });
  });

  it('says how far it is, and stops when it is told to', async () => {
    const abort = new AbortController();
    const progress: number[] = [];
    const onTiles = (done: number, total: number): void => {
      progress.push(done / total);
      if (done === 5) abort.abort();
    };
    const stopped = labelsOf(NOISE, {}, tileSession(thresholdAnswer(THRESHOLDS)), { onTiles, signal: abort.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(progress).toHaveLength(5);
    await labelsOf(NOISE, {}, undefined, { onTiles: (done, total) => progress.push(done / total) });
    expect(progress.at(-1)).toBe(1);
  });
});
