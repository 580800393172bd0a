import { describe, expect, it } from 'vitest';
import { createOnnxReference } from '../../cli/onnx-reference.ts';
import { parseManifest } from '../../core/model-manifest.ts';
import { type BundleEngine, type BundleInput, exportBundle, sha256Hex } from '../../export/bundle.ts';
import { bundleInput } from './bundle-input.ts';
import { huSlice } from './small-enet.ts';

const GOLDEN_LABELS = Uint8Array.of(0, 1, 2, 1);
const GOLDEN = { labels: GOLDEN_LABELS, nifti: Uint8Array.of(4, 5) };
const replaySlices = () => [{ slice: 0, startPixels: [0, 0] as const, ...huSlice([32, 24]) }];

async function exported(input: BundleInput, overrides: Partial<BundleEngine> = {}) {
  const files = new Map<string, Uint8Array>();
  const reference = createOnnxReference();
  const engine: BundleEngine = { ...reference, replaySlices, segmentGolden: async () => GOLDEN, ...overrides };
  try {
    const manifest = await exportBundle(input, engine, { writeFile: async (name, bytes) => void files.set(name, bytes) });
    return { files, manifest };
  } finally {
    await reference.release();
  }
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('a bundle', () => {
  it('holds its stages, its golden slice, a card, and last a manifest that is valid and has their digests', async () => {
    const { files, manifest } = await exported(bundleInput());
    const golden = ['certificate.bin.gz', 'golden.nii.gz', 'golden-labels.nii.gz'];
    expect([...files.keys()]).toEqual(['stage-1.onnx', 'stage-2.onnx', ...golden, 'MODEL_CARD.md', 'manifest.json']);
    expect(files.get('golden-labels.nii.gz')).toEqual(GOLDEN.nifti);
    expect(manifest.golden.labels).toEqual({ file: 'golden-labels.nii.gz', sha256: sha256Hex(GOLDEN.nifti) });
    expect(parseManifest(text(files.get('manifest.json')))).toEqual(manifest);
    for (const stage of manifest.stages) expect(stage.sha256).toBe(sha256Hex(files.get(stage.file) as Uint8Array));
    expect(manifest.golden).toMatchObject({ sha256: sha256Hex(Uint8Array.of(1, 2, 3)), labelsSha256: sha256Hex(GOLDEN_LABELS) });
    expect(manifest.stages[1]).toMatchObject({ gridPixels: [16, 16], opset: 18, outputLabels: [0, 1, 2] });
    expect(manifest.parity.results).toHaveLength(2);
    expect(manifest.parity.provider).toBe('onnxruntime-node (cpu)');
  });

  it('has the same bytes each time', async () => {
    const input = bundleInput();
    const [a, b] = [await exported(input), await exported(input)];
    expect([...a.files].map(([name, bytes]) => [name, sha256Hex(bytes)])).toEqual(
      [...b.files].map(([name, bytes]) => [name, sha256Hex(bytes)]),
    );
  });

  it('is made for what its training has seen, where that is known', async () => {
    const domain = { pixelMm: [0.7, 0.9], sliceStepMm: [1.25, 5] } as const;
    expect((await exported({ ...bundleInput(), domain })).manifest.domain).toEqual(domain);
    expect((await exported(bundleInput())).manifest.domain).toBeUndefined();
  });

  it('says in its card what it is not, and keeps the figures of the report apart from its own', async () => {
    const card = text((await exported(bundleInput())).files.get('MODEL_CARD.md'));
    expect(card).toMatch(/^---\nlicense: apache-2.0\n/);
    expect(card).toContain('Not a medical device');
    expect(card).toContain('| dice of kidney | 0.5 (held-out noise, 2 cases) | 0.94 (KiTS19) |');
    expect(card).toContain('| dice of tumour | – | 0.46 (KiTS19) |');
    expect(card).toContain('- It has seen noise alone.');
  });

  it('can be loaded while its golden labels are computed', async () => {
    const names: string[] = [];
    await exported(bundleInput(), {
      segmentGolden: async ({ readFile }) => {
        const { stages } = parseManifest(text(await readFile('manifest.json')));
        for (const { file } of stages) names.push(file, String((await readFile(file)).length > 0));
        return GOLDEN;
      },
    });
    expect(names).toEqual(['stage-1.onnx', 'true', 'stage-2.onnx', 'true']);
  });

  it('keeps of several golden slices that of which it marks most labels, then most voxels, then the first', async () => {
    const marked = [[], [1, 1, 1], [1, 2], [2, 1], [2, 2, 2, 2]].map((labels) => Uint8Array.of(...labels));
    const goldenNiftis = marked.map((_, n) => Uint8Array.of(n));
    const { files, manifest } = await exported(
      { ...bundleInput(), goldenNiftis },
      { segmentGolden: async (_, [n]) => ({ labels: marked[n as number] as Uint8Array, nifti: Uint8Array.of(9) }) },
    );
    expect(files.get('golden.nii.gz')).toEqual(Uint8Array.of(2));
    expect(manifest.golden.labelsSha256).toBe(sha256Hex(Uint8Array.of(1, 2)));
  });

  it.each([
    [
      'its graph computes something else',
      { runOnnx: async () => ({ labels: new Uint8Array(), logits: new Float32Array() }) },
      {},
      'PARITY_FAILED',
    ],
    ['its facts contradict each other', {}, { organLabel: 7 }, 'BUNDLE_INVALID'],
  ] as const)('is not written where %s', async (_, engine, facts, code) => {
    const written: string[] = [];
    const reference = createOnnxReference();
    const attempt = exportBundle(
      { ...bundleInput(), ...facts },
      { ...reference, replaySlices, segmentGolden: async () => GOLDEN, ...engine },
      { writeFile: async (name) => void written.push(name) },
    );
    await expect(attempt).rejects.toMatchObject({ code });
    await reference.release();
    expect(written).toEqual([]);
  });

  it('is not written where a stage names more labels than its network gives', async () => {
    const input = bundleInput();
    const stages = input.stages.map((stage) => ({ ...stage, outputLabels: [0, 1, 2, 1] }));
    await expect(exported({ ...input, stages })).rejects.toThrow(/Stage organ gives 2 values a pixel, but names 4 labels/);
  });
});
