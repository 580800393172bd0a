import { describe, expect, it } from 'vitest';
import { nodeSessions, providersOf } from '../../../runtime/sessions/session-node.ts';
import { thresholdOnnx } from '../threshold-onnx.ts';

const model = { name: 'organ', onnx: thresholdOnnx([100]), warmUpPixels: [8, 8] } as const;

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

  it('refuses an answer whose sides are swapped, though it has as many pixels', async () => {
    const swapping = { ...model, onnx: thresholdOnnx([100], { swapsSides: true }) };
    const { sessions, release } = await nodeSessions({ providers: ['cpu'] })([swapping]);
    const running = sessions[0]?.run(new Int16Array(6), { slices: 1, height: 2, width: 3 });
    await expect(running).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await release();
  });

  it('fails closed when a named provider is not there: no silent CPU', async () => {
    await expect(nodeSessions({ providers: providersOf('cuda') })([model])).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('asks CUDA, then WebGPU, then the CPU, and says why each was passed over', async () => {
    const { provider, refused, release } = await nodeSessions({ providers: providersOf('auto') })([model]);
    const asked = ['cuda', 'webgpu', 'cpu'];
    expect(refused.map((one) => one.provider)).toEqual(asked.slice(0, asked.indexOf(provider)));
    for (const { reason } of refused) expect(reason).toMatch(/^[^/\\]{5,}\.$/);
    await release();
  });

  it('refuses WebGPU for a bundle without an int32 network, by the name of the stage', async () => {
    await expect(nodeSessions({ providers: ['webgpu'] })([model])).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('webgpu: The bundle holds no int32 network of stage organ'),
    });
  });

  it('asks WebGPU where the bundle has one; without a GPU its own refusal is the reason', async () => {
    const both = { ...model, int32Onnx: thresholdOnnx([100], { input: 'int32' }) };
    const opening = nodeSessions({ providers: ['webgpu', 'cpu'] })([both]);
    const { provider, refused, release } = await opening;
    if (provider === 'cpu') expect(refused).toEqual([{ provider: 'webgpu', reason: expect.stringMatching(/adapter/i) }]);
    await release();
  });

  it('names the libraries of CUDA that could not be loaded', async () => {
    const failure: unknown = await nodeSessions({ providers: ['cuda'] })([model]).catch((thrown: unknown) => thrown);
    if (process.platform !== 'linux' || !(failure instanceof Error)) return;
    expect(failure.message).toMatch(/no NVIDIA driver \(libcuda\.so\.1\)|lib[\w.-]+\.so\S* first: voxwatch setup cuda brings/);
  });

  it('does not load what is not a network', async () => {
    const broken = { ...model, onnx: model.onnx.subarray(0, 20) };
    await expect(nodeSessions({ providers: ['cpu'] })([model, broken])).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });
});
