import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBundle } from '../../cli/commands/verify.ts';
import { segmentGolden } from '../../cli/golden-slice.ts';
import { createOnnxReference } from '../../cli/onnx-reference.ts';
import { replaySlices } from '../../cli/replay-slices.ts';
import { type ProviderTrust, trustLine, trustOfProviders } from '../../cli/trust.ts';
import { writeBundleFolder } from '../../cli/write-bundle-folder.ts';
import { type ManifestStage, type ModelManifest, parseManifest, trainedManifest } from '../../core/model-manifest.ts';
import { createVolume } from '../../core/volume.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { encodeManifest, exportBundle, sha256Hex } from '../../export/bundle.ts';
import { decodeModel } from '../../export/onnx/decode.ts';
import { encodeModel, type OnnxTensor } from '../../export/onnx/encode.ts';
import { readNiftiLabels } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { bundleInput } from '../export/bundle-input.ts';
import { huSlice } from '../export/small-enet.ts';

let root: string;
let folder: string;

/** A bundle of small networks, exported, run and written as `voxwatch export` does. */
async function writeBundle(out: string): Promise<void> {
  const { hu, sizePixels } = huSlice([32, 24]);
  const voxelToWorld = [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1];
  const goldenNifti = writeNiftiVolume(createVolume({ sizeVoxels: [...sizePixels, 1], voxelToWorld }, hu));
  const reference = createOnnxReference();
  const engine = { ...reference, segmentGolden, replaySlices };
  await writeBundleFolder(out, (writer) => exportBundle({ ...bundleInput(), goldenNiftis: [goldenNifti] }, engine, writer));
  await reference.release();
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-verify-'));
  folder = join(root, 'bundle');
  await writeBundle(folder);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The bundle with one file changed. */
const changed = (file: string, change: (bytes: Buffer) => Buffer) =>
  checkBundle({
    readFile: async (name) => (name === file ? change(await readFile(join(folder, name))) : readFile(join(folder, name))),
  });

describe('verifying a bundle', () => {
  it('finds nothing wrong where nothing was changed', async () => {
    expect(await checkBundle(bundleFolder(folder))).toEqual([
      { name: 'network of stage organ' },
      { name: 'network of stage lesion' },
      { name: 'values of the trained networks' },
      { name: 'golden slice' },
      { name: 'stored labels of the golden slice' },
      { name: 'labels of the golden slice' },
    ]);
  });

  it.each(['stage-1.onnx', 'stage-2.onnx', 'certificate.bin.gz', 'golden.nii.gz', 'golden-labels.nii.gz'])(
    'finds a changed byte in %s',
    async (file) => {
      const checks = await changed(file, (bytes) => Buffer.concat([bytes, Buffer.of(0)]));
      expect(checks.filter(({ failure }) => failure).map(({ failure }) => failure?.code)).toEqual(['BUNDLE_CHECKSUM']);
    },
  );

  it('finds that a manifest and the stored labels contradict each other', async () => {
    const checks = await changed('manifest.json', (bytes) =>
      Buffer.from(bytes.toString().replace(/"labelsSha256": "\w{8}/, '"labelsSha256": "01234567')),
    );
    expect(checks.at(-1)?.failure?.code).toBe('BUNDLE_INVALID');
  });

  /** The bundle as a machine would have made it whose networks give other labels in the first so many voxels. */
  const madeElsewhere = async (differing: number, isStored: boolean) => {
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ModelManifest;
    const map = readNiftiLabels(await readFile(join(folder, 'golden-labels.nii.gz')));
    const labels = map.labels.map((label, p) => (p < differing ? (label + 1) % 3 : label));
    const nifti = writeNiftiLabels({ ...map, labels }, manifest.labels);
    const { labels: _, ...golden } = manifest.golden;
    const stored = isStored ? { labels: { file: 'golden-labels.nii.gz', sha256: sha256Hex(nifti) } } : {};
    const json = JSON.stringify({ ...manifest, golden: { ...golden, labelsSha256: sha256Hex(labels), ...stored } });
    const files = new Map([
      ['manifest.json', Buffer.from(json)],
      ['golden-labels.nii.gz', Buffer.from(nifti)],
    ]);
    return (await checkBundle({ readFile: async (name) => files.get(name) ?? readFile(join(folder, name)) })).at(-1);
  };

  it('lets a near tie of this processor pass, and says so', async () => {
    const check = await madeElsewhere(1, true);
    expect(check?.failure).toBeUndefined();
    expect(check?.note).toMatch(/^1 voxels differ, of \d+ in the foreground/);
  });

  it('finds labels that are not those of the manifest, and one voxel is too much where the bundle stores none', async () => {
    expect((await madeElsewhere(40, true))?.failure?.code).toBe('PARITY_FAILED');
    expect((await madeElsewhere(1, false))?.failure?.code).toBe('PARITY_FAILED');
  });
});

describe('the certificate', () => {
  const source = (files: ReadonlyMap<string, Uint8Array>) => ({
    readFile: async (name: string) => files.get(name) ?? readFile(join(folder, name)),
  });
  const readManifest = async () => trainedManifest(parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const onCpu = async (files: ReadonlyMap<string, Uint8Array>, manifest: ModelManifest) => {
    const all = new Map(files).set('manifest.json', encodeManifest(manifest));
    return (await trustOfProviders(source(all), manifest)).find(({ provider }) => provider === 'cpu') as ProviderTrust;
  };

  it('is repeated on the CPU, and says how far both stages are from their trained networks', async () => {
    const manifest = await readManifest();
    const trust = await onCpu(new Map(), manifest);
    const stages = manifest.parity.replay?.stages ?? [];
    expect(trust).toMatchObject({
      isTrusted: true,
      certificate: { stages: stages.map(({ stage, found, limits }) => ({ stage, ...found, limits: limits.cpu, isWithin: true })) },
    });
    expect(stages.every(({ found }) => found.maxAbsLogitDifference > 0)).toBe(true);
  });

  /** The bundle with one weight of its last stage changed, and with a manifest that vouches for that file. */
  const withWeight = async (change: (weight: number) => number) => {
    const manifest = await readManifest();
    const model = decodeModel(await readFile(join(folder, 'stage-2.onnx')));
    const changed = model.initializers.find(({ name }) => name.endsWith('/kernel')) as OnnxTensor;
    const data = (changed.data as Float32Array).map((weight, n) => (n === 0 ? change(weight) : weight));
    const initializers = model.initializers.map((tensor) => (tensor === changed ? { ...tensor, data } : tensor));
    const onnx = encodeModel({ ...model, initializers });
    const [first, second] = manifest.stages as [ManifestStage, ManifestStage];
    const stages = [first, { ...second, sha256: sha256Hex(onnx) }];
    return onCpu(new Map([['stage-2.onnx', onnx]]), { ...manifest, stages });
  };

  it('finds one changed weight, though the digests are right and the golden labels are the same', async () => {
    expect((await withWeight((weight) => weight)).isTrusted).toBe(true);
    const trust = await withWeight((weight) => weight + 0.005);
    expect(trust).toMatchObject({ isHere: true, isTrusted: false, golden: { differing: 0 } });
    expect(trustLine(trust)).toMatch(
      /^cpu: not to be trusted \(The network of stage lesion does not compute what was trained: logits/,
    );
  });

  it('cannot be repeated by a bundle that was made before it could, which is said and held against nobody', async () => {
    const { parity, ...manifest } = await readManifest();
    const { replay: _, ...older } = parity;
    const trust = await onCpu(new Map(), { ...manifest, parity: older });
    expect(trust.isTrusted).toBe(true);
    expect(trustLine(trust)).toContain('certificate not repeated: the bundle was made before it could be');
  });

  it('is refused where its values are of another bundle', async () => {
    const manifest = await readManifest();
    const trust = await onCpu(new Map([['certificate.bin.gz', gzipSync(new Uint8Array(100))]]), manifest);
    expect(trust).toMatchObject({ isTrusted: false, reason: expect.stringContaining('are damaged') });
  });
});

describe('the folder of a bundle', () => {
  it('replaces an older bundle and leaves nothing beside it', async () => {
    await writeBundleFolder(folder, (writer) => writer.writeFile('manifest.json', new Uint8Array(1)));
    expect([await readdir(root), await readdir(folder)]).toEqual([['bundle'], ['manifest.json']]);
    await writeBundle(folder);
  });

  it('stays as it was where export fails', async () => {
    const failing = writeBundleFolder(folder, async (writer) => {
      await writer.writeFile('stage-1.onnx', new Uint8Array(1));
      throw new Error('parity');
    });
    await expect(failing).rejects.toThrow('parity');
    expect((await checkBundle(bundleFolder(folder))).every(({ failure }) => failure === undefined)).toBe(true);
    expect(await readdir(root)).toEqual(['bundle']);
  });

  it('does not replace a folder that holds something else', async () => {
    const other = join(root, 'bundle', '..', 'other');
    await writeBundleFolder(other, (writer) => writer.writeFile('holiday.jpg', new Uint8Array(1)));
    await expect(writeBundleFolder(other, async () => {})).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
    await rm(other, { recursive: true });
    await writeFile(other, '');
    await expect(writeBundleFolder(other, async () => {})).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
    await rm(other);
  });
});
