import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../runtime/load-bundle.ts';
import { sourceOf, tinyBundle, tinyBundleFiles } from './make-tiny-bundle.ts';

describe('loadBundle', () => {
  it('loads every stage, falls back to the CPU and says why it did', async () => {
    const bundle = await loadBundle(tinyBundle());
    expect(bundle.stages.map((stage) => stage.manifest.name)).toEqual(['organ', 'tumour']);
    expect(bundle.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
    const asked = ['cuda', 'webgpu', 'cpu'];
    expect(bundle.provider.refused.map(({ provider }) => provider)).toEqual(asked.slice(0, asked.indexOf(bundle.provider.name)));
    await bundle.release();
  });

  it('refuses a network that is not the one of the manifest', async () => {
    const files = tinyBundleFiles();
    const onnx = (files.get('stage-2.onnx') as Uint8Array).slice();
    onnx[onnx.length - 1] = (onnx.at(-1) as number) ^ 1;
    files.set('stage-2.onnx', onnx);
    await expect(loadBundle(sourceOf(files))).rejects.toMatchObject({
      code: 'BUNDLE_CHECKSUM',
      details: { what: 'network of stage tumour' },
    });
  });

  it('tells a missing bundle from one with a missing network or a broken manifest', async () => {
    await expect(loadBundle(sourceOf(new Map()))).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
    const withoutNetwork = tinyBundleFiles();
    withoutNetwork.delete('stage-1.onnx');
    await expect(loadBundle(sourceOf(withoutNetwork))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    const broken = tinyBundleFiles().set('manifest.json', new TextEncoder().encode('{}'));
    await expect(loadBundle(sourceOf(broken))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});
