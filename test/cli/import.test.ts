/** `voxwatch import` from a file to a bundle that is segmented with, as a person would do it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { define } from '../../cli/commands/import.ts';
import { checkBundle } from '../../cli/commands/verify.ts';
import { listBundles } from '../../cli/find-bundles.ts';
import { parseManifest } from '../../core/model-manifest.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { descriptionJsonSchema } from '../../export/imported/description.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { loadBundle } from '../../runtime/bundle.ts';
import { segment } from '../../runtime/segment.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { description, thresholdModel } from '../export/imported/onnx-models.ts';
import { ALL_VOXEL_ORDERS, makeVolume, reorderVolume, type VoxelOrder } from '../runtime/make-volume.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-import-'));
  await writeFile(join(root, 'model.onnx'), thresholdModel(100));
  await writeFile(join(root, 'about.json'), JSON.stringify({ ...description(), enhancedOrganHu: 151 }));
  await writeFile(join(root, 'scan.nii.gz'), writeNiftiVolume(SCAN));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** 30 × 34 × 15 voxels: an organ of 150 HU. */
const SCAN = makeVolume([30, 34, 15], [{ from: [8, 9, 4], to: [20, 22, 11], hu: 150 }]);

/** @returns what it printed. */
async function run(...words: readonly string[]): Promise<string> {
  const command = new Command('import').exitOverride();
  define(command);
  let printed = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await command.parseAsync(words, { from: 'user' });
  } finally {
    stdout.mockRestore();
  }
  return printed;
}

const model = (): string => join(root, 'model.onnx');
const withDescription = (): string[] => ['--describe', join(root, 'about.json'), '--golden', join(root, 'scan.nii.gz')];

describe('voxwatch import', () => {
  it('makes a bundle that verifies, is listed, proves its provider and segments', async () => {
    const models = join(root, 'models');
    const printed = await run(model(), ...withDescription(), '--out', join(models, 'above-threshold'));
    expect(printed).toMatch(/above-threshold 1\.0\.0 was written[\s\S]*1 organ: \d+ voxels/);
    const [listed] = await listBundles(models);
    const { manifest, dir } = listed as NonNullable<typeof listed>;
    expect(manifest.origin).toMatchObject({
      kind: 'imported',
      madeBy: 'a test',
      file: { producer: 'elsewhere 2.0', irVersion: 9, opset: 18 },
    });
    expect((await checkBundle(bundleFolder(dir))).filter(({ failure }) => failure)).toEqual([]);
    const readGolden = (file: Uint8Array) => readNifti(file).volume;
    const bundle = await loadBundle(bundleFolder(dir), { openSessions: nodeSessions({ providers: ['cpu'] }), readGolden });
    expect(bundle.provider.golden).toMatchObject({ differing: 0 });
    for (const order of [ALL_VOXEL_ORDERS[0], ALL_VOXEL_ORDERS[29]] as VoxelOrder[]) {
      const volume = reorderVolume(SCAN, order);
      const { labelMap, timings, outcome, findings } = await segment(bundle, volume);
      expect(labelMap.labels).toEqual(Uint8Array.from(volume.hu, (hu) => (hu > 100 ? 1 : 0)));
      expect(timings.stages).toMatchObject([{ stage: 'network', slices: 3 }]);
      expect(outcome).not.toBe('organ-absent');
      expect(findings.map(({ code }) => code)).toContain('ORGAN_NOT_ENHANCED');
    }
    await bundle.release();
  });

  it('writes a card that claims nothing', async () => {
    const card = await readFile(join(root, 'models', 'above-threshold', 'MODEL_CARD.md'), 'utf8');
    expect(card).toMatch(/made elsewhere/);
    expect(card).toMatch(/has not verified any figure/);
    expect(card).toMatch(/Made by: a test/);
    expect(card).toMatch(/organ measures less than 151 HU/);
    expect(card).not.toMatch(/trained with TensorFlow\.js|Parity|undefined/);
  });

  it('writes the same bytes again', async () => {
    const [a, b] = [join(root, 'models', 'above-threshold'), join(root, 'again')];
    await run(model(), ...withDescription(), '--out', b);
    for (const file of await readdir(a)) expect(await readFile(join(b, file))).toEqual(await readFile(join(a, file)));
  });

  it('takes flags in the place of a file', async () => {
    const out = join(root, 'by-flags');
    const flags = [
      '--name',
      'flagged',
      '--made-by',
      'me',
      '--trained-on',
      'nothing',
      '--label',
      '3=organ',
      '--convention',
      'nnunet',
    ];
    const network = [
      '--spacing',
      'native,native,native',
      '--tile',
      '8,48,48',
      '--clip=-200,300',
      '--standardise',
      '100,50',
      '--activation',
      'softmax',
    ];
    await run(model(), ...flags, ...network, '--mirror', '--golden', join(root, 'scan.nii.gz'), '--out', out);
    const { stages, labels } = parseManifest(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(labels).toMatchObject([{ index: 3, name: 'organ' }]);
    expect(stages).toMatchObject([
      {
        space: 'tiles',
        channels: [{ scheme: 'standardise', clampHu: [-200, 300], meanHu: 100, standardDeviationHu: 50 }],
        mirrorAxes: [0, 1, 2],
        answer: { labels: [0, 3] },
      },
    ]);
  });

  it('only looks with --dry-run', async () => {
    expect(await run(model(), ...withDescription(), '--dry-run')).toMatch(/nothing was[\s\S]*organ: \d+ voxels/);
    await expect(run(model(), ...withDescription())).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('refuses what cannot be, and leaves no folder behind', async () => {
    await writeFile(join(root, 'fixed.onnx'), thresholdModel(100, [8, 40, 40]));
    const out = join(root, 'none');
    await expect(run(join(root, 'fixed.onnx'), ...withDescription(), '--out', out)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
    });
    await writeFile(join(root, 'broken.onnx'), thresholdModel(100).subarray(0, 90));
    await expect(run(join(root, 'broken.onnx'), ...withDescription(), '--out', out)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
    });
    await expect(run(join(root, 'absent.onnx'), ...withDescription(), '--out', out)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    expect((await readdir(root)).filter((name) => name.includes('none'))).toEqual([]);
  });

  it('has a published schema', async () => {
    const published = await readFile(new URL('../../docs/schemas/import-description.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(descriptionJsonSchema())));
  });
});
