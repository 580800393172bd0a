import { describe, expect, it } from 'vitest';
import { nodeSessions, providersOf } from '../../runtime/session-node.ts';
import { thresholdOnnx } from './threshold-onnx.ts';

const model = { onnx: thresholdOnnx([100]), warmUpPixels: [8, 8] } as const;

describe('nodeSessions', () => {
  it('runs slices of any size, down to one pixel', async () => {
    const { sessions, provider } = await nodeSessions({ providers: ['cpu'] })([model]);
    const [session] = sessions;
    expect(provider).toBe('cpu');
    expect(await session?.run(Int16Array.of(101), { slices: 1, height: 1, width: 1 })).toEqual(Uint8Array.of(1));
    expect(await session?.run(Int16Array.of(99, 101, 5, 3000, -3024, 100), { slices: 1, height: 2, width: 3 })).toEqual(
      Uint8Array.of(0, 1, 0, 1, 0, 0),
    );
    await session?.release();
  });

  it('fails closed when a named provider is not there: no silent CPU', async () => {
    await expect(nodeSessions({ providers: providersOf('cuda') })([model])).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('does not load what is not a network', async () => {
    const broken = { ...model, onnx: model.onnx.subarray(0, 20) };
    await expect(nodeSessions({ providers: ['cpu'] })([model, broken])).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });
});
