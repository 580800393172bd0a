/** The engine for the web, WebAssembly, run in Node: the same answers as the engine for Node. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleFolder } from '../../../daemon/job/bundle-folder.ts';
import { loadBundle, segment, webSessions } from '../../../runtime/web.ts';
import { thresholdOnnx } from '../threshold-onnx.ts';
import { againstNode, goldenVolume, MODELS } from './golden-case.ts';
import { bundlePage } from './serve-page.ts';

const model = { name: 'organ', onnx: thresholdOnnx([100]), warmUpPixels: [8, 8] } as const;

describe('webSessions', () => {
  it('run slices of any size, two asked for at once one after the other', async () => {
    const { sessions, provider, release } = await webSessions()([model]);
    expect(provider).toBe('cpu');
    const ask = (hu: number): Promise<Uint8Array> | undefined =>
      sessions[0]?.run(Int16Array.of(hu, 3000, -3024), { slices: 1, height: 1, width: 3 });
    expect(await Promise.all([ask(101), ask(100)])).toEqual([Uint8Array.of(1, 1, 0), Uint8Array.of(0, 1, 0)]);
    await release();
  });

  it('go on after a run that failed', async () => {
    const { sessions, release } = await webSessions()([{ ...model, onnx: thresholdOnnx([100], { keepsColumns: 8 }) }]);
    const ask = (width: number): Promise<Uint8Array> | undefined =>
      sessions[0]?.run(new Int16Array(width), { slices: 1, height: 1, width });
    const [failed, fine] = await Promise.allSettled([ask(9), ask(8)]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'INFERENCE_FAILED' } });
    expect(fine).toMatchObject({ status: 'fulfilled', value: new Uint8Array(8) });
    await release();
  });

  it('do not load what is not a network, and pass over a GPU that is not there', async () => {
    await expect(webSessions()([{ ...model, onnx: model.onnx.subarray(0, 20) }])).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    const int32Onnx = thresholdOnnx([100], { input: 'int32' });
    const { provider, refused, release } = await webSessions({ providers: ['webgpu', 'cpu'] })([{ ...model, int32Onnx }]);
    expect(provider).toBe('cpu');
    expect(refused).toMatchObject([{ provider: 'webgpu' }]);
    await release();
  });
});

it('a shipped bundle gives the labels of Node on WebAssembly', { timeout: 300_000 }, async () => {
  const name = 'kidney-enet-cascade';
  const bundle = await loadBundle(bundleFolder(join(MODELS, name)), { openSessions: webSessions({ threads: 2 }) });
  const { labelMap, outcome } = await segment(bundle, await goldenVolume(name));
  await bundle.release();
  const node = await againstNode(name, labelMap.labels);
  expect([node.isSame, node.outcome]).toEqual([true, outcome]);
  expect(node.foreground).toBeGreaterThan(1000);
});

it('a browser is sent nothing of Node', async () => {
  const page = await bundlePage();
  expect(page.includes('ort-wasm-simd-threaded')).toBe(true);
  // onnxruntime-web asks for Node itself where there is one; of ours nothing may.
  for (const ours of ['import("onnxruntime-node")', 'preloadCuda', 'freeCores']) expect(page.includes(ours), ours).toBe(false);
});
