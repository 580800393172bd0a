/** Volumes and networks at the end of what can be: each has an answer that is written down here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { affineFromColumns } from '../../core/affine.ts';
import { createVolume } from '../../core/volume.ts';
import { type Bundle, loadBundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { ORGAN_HU, TUMOUR_HU, tinyBundle } from './make-tiny-bundle.ts';
import { makeVolume } from './make-volume.ts';
import { thresholdOnnx } from './threshold-onnx.ts';

const openSessions = nodeSessions({ providers: ['cpu'] });
let bundle: Bundle;
beforeAll(async () => {
  bundle = await loadBundle(tinyBundle(), { openSessions });
});
afterAll(() => bundle.release());

describe('segment', () => {
  it('of one slice measures it with the step that the file gives', async () => {
    const affine = affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 5], [0, 0, 0]);
    const volume = makeVolume([32, 32, 1], [{ from: [8, 8, 0], to: [12, 12, 1], hu: TUMOUR_HU }], affine);
    const { lesions, findings } = await segment(bundle, volume);
    expect(lesions).toMatchObject([{ voxelCount: 16, slices: [1, 1], volumeMl: 16 * 5e-3 }]);
    // From the bottom of one corner to the top of the other.
    expect(lesions?.[0]?.largestDiameter3dMm).toBeCloseTo(Math.hypot(3, 3, 5), 9);
    expect(findings.map(({ code }) => code)).toEqual(['ORGAN_CUT_BY_FIELD_OF_VIEW']);
  });

  it('of 4,000 slices ends, and finds what lies in the last one', async () => {
    const volume = makeVolume(
      [2, 2, 4000],
      [
        { from: [0, 0, 0], to: [1, 1, 4000], hu: ORGAN_HU },
        { from: [1, 1, 3999], to: [2, 2, 4000], hu: TUMOUR_HU },
      ],
    );
    const { lesions, measurements } = await segment(bundle, volume);
    expect(measurements[0]).toMatchObject({ voxelCount: 4000, components: 1 });
    expect(lesions).toMatchObject([{ slices: [4000, 4000] }]);
  });

  it.each([1, 7])('of 1 × 1 pixels and %i slices measures a column', async (slices) => {
    const volume = makeVolume([1, 1, slices], [{ from: [0, 0, 0], to: [1, 1, slices], hu: TUMOUR_HU }]);
    const { lesions } = await segment(bundle, volume);
    expect(lesions).toMatchObject([{ voxelCount: slices, slices: [1, slices], largestDiameterMm: 1, largestDiameter3dMm: slices }]);
  });

  it('of padding alone says that it found nothing, and that this is no picture of a body', async () => {
    const { geometry, hu } = makeVolume([64, 64, 4], []);
    const { outcome, findings, lesions } = await segment(bundle, createVolume(geometry, hu.fill(-1024)));
    expect(outcome).toBe('organ-absent');
    expect(findings.map(({ code }) => code)).toEqual(['ORGAN_ABSENT', 'INTENSITIES_OUTSIDE_DOMAIN']);
    expect(lesions).toEqual([]);
  });
});

describe('a network that lies about its shapes', () => {
  const models = (onnx: Uint8Array) => [{ name: 'organ', onnx, warmUpPixels: [16, 16] as const }];

  it('is not loaded where it answers with another number of pixels', async () => {
    await expect(openSessions(models(thresholdOnnx([100], { keepsColumns: 8 })))).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('did not answer with one uint8 label per pixel'),
    });
  });

  it('fails loudly where it does so on a slice of another size than the one it was tried with', async () => {
    const { sessions, release } = await openSessions(models(thresholdOnnx([100], { keepsColumns: 16 })));
    await expect(sessions[0]?.run(new Int16Array(2 * 24), { slices: 1, height: 2, width: 24 })).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
    });
    await release();
  });
});
