import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../core/model-manifest.ts';
import { createVolume } from '../../core/volume.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { writeNiftiLabels } from '../../formats/nifti/write-nifti.ts';
import { loadBundle } from '../../runtime/bundle.ts';
import { type GoldenSlice, MAX_NEAR_TIES, proveOnGolden } from '../../runtime/prove-golden.ts';
import { firstProvider } from '../../runtime/sessions/first-provider.ts';
import type { ExecutionProvider, InferenceSession, LoadedSessions } from '../../runtime/sessions/session.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { goldenLabels, goldenVolume, sourceOf, tinyBundle, tinyBundleFiles } from './make-tiny-bundle.ts';
import { makeVolume } from './make-volume.ts';

const readGolden = (file: Uint8Array) => readNifti(file).volume;
const WRONG = 'f'.repeat(64);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** 512 × 512 pixels above 150 HU but for one corner: 26 of them are as many near ties as pass. */
const SIZE = 512;
const volume = makeVolume([SIZE, SIZE, 1], [{ from: [0, 0, 0], to: [SIZE, SIZE, 1], hu: 150 }]);
const truth = new Uint8Array(SIZE * SIZE).fill(1);

/** One stage that says 1 everywhere, but in so many pixels. */
function sessionsThat(provider: ExecutionProvider, err: number) {
  let isReleased = false;
  const session: InferenceSession = {
    run: async (hu) => new Uint8Array(hu.length).fill(1).fill(0, 0, err),
    release: async () => {},
  };
  const loaded: LoadedSessions = { provider, sessions: [session], batchSlices: 1, release: async () => void (isReleased = true) };
  return { loaded, isReleased: () => isReleased };
}

function identity(labelsSha256 = sha256(truth)) {
  const manifest = JSON.parse(new TextDecoder().decode(tinyBundleFiles().get('manifest.json'))) as ModelManifest;
  const oneStage = { ...manifest, stages: manifest.stages.slice(0, 1), golden: { ...manifest.golden, labelsSha256 } };
  return { manifest: oneStage, manifestSha256: WRONG };
}

/** As a bundle brings it that has the digest of its labels alone, or the labels too. */
function golden(labels?: Uint8Array): GoldenSlice {
  const expected = labels ? { sha256: sha256(labels), labels } : { sha256: sha256(truth) };
  return { volume: createVolume(volume.geometry, volume.hu), labelsOn: () => expected };
}
const noCpu = () => Promise.reject(new Error('the CPU was asked'));

describe('proveOnGolden', () => {
  it('passes the labels of the manifest without asking the CPU', async () => {
    const proof = await proveOnGolden(identity(), golden())(sessionsThat('cuda', 0).loaded, noCpu);
    expect(proof.golden).toEqual({ pixels: SIZE * SIZE, differing: 0 });
  });

  it('passes as many near ties of a GPU as are allowed, counts them, and lets the CPU go again', async () => {
    const allowed = Math.floor(MAX_NEAR_TIES * SIZE * SIZE);
    const cpu = sessionsThat('cpu', 0);
    const proof = await proveOnGolden(identity(), golden())(sessionsThat('cuda', allowed).loaded, async () => cpu.loaded);
    expect(proof.golden).toEqual({ pixels: SIZE * SIZE, differing: 26 });
    expect(cpu.isReleased()).toBe(true);
  });

  it('refuses one pixel more', async () => {
    const tooMany = Math.floor(MAX_NEAR_TIES * SIZE * SIZE) + 1;
    const asked = proveOnGolden(identity(), golden())(
      sessionsThat('cuda', tooMany).loaded,
      async () => sessionsThat('cpu', 0).loaded,
    );
    await expect(asked).rejects.toThrow('27 of the 262144 labels of the golden slice are not those of the CPU.');
  });

  it('forgives the CPU no pixel', async () => {
    const asked = proveOnGolden(identity(), golden())(sessionsThat('cpu', 1).loaded, noCpu);
    await expect(asked).rejects.toThrow(/not those that the bundle gave/);
  });

  it('lets one voxel in a thousand of the foreground differ where the bundle brings its golden labels, and counts it', async () => {
    const known = golden(truth);
    for (const provider of ['cpu', 'cuda'] as const) {
      const proof = await proveOnGolden(identity(), known)(sessionsThat(provider, 263).loaded, noCpu);
      expect(proof.golden).toEqual({ pixels: SIZE * SIZE, differing: 263 });
      const asked = proveOnGolden(identity(), known)(sessionsThat(provider, 264).loaded, noCpu);
      await expect(asked).rejects.toThrow('264 of the 262144 labels of the golden slice are not those that the bundle gave');
    }
  });

  it('lets one voxel of a small organ differ on any machine, and of a GPU as many near ties as ever', async () => {
    const small = Uint8Array.from(truth, (_, p) => (p < 10 ? 1 : 0));
    const known = golden(small);
    const differsBy = async (provider: ExecutionProvider, count: number) => {
      const session: InferenceSession = {
        run: async () => small.map((label, p) => (p < 10 + count ? 1 : label)),
        release: async () => {},
      };
      const loaded = { ...sessionsThat(provider, 0).loaded, sessions: [session] };
      return (await proveOnGolden(identity(), known)(loaded, noCpu)).golden.differing;
    };
    expect([await differsBy('cpu', 1), await differsBy('cuda', 1), await differsBy('cuda', 26)]).toEqual([1, 1, 26]);
    await expect(differsBy('cpu', 2)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await expect(differsBy('cuda', 27)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('believes no GPU where the CPU does not give the labels of the manifest either', async () => {
    const cpu = sessionsThat('cpu', 1);
    const asked = proveOnGolden(identity(), golden())(sessionsThat('cuda', 1).loaded, async () => cpu.loaded);
    await expect(asked).rejects.toThrow(/so do those of the CPU/);
    expect(cpu.isReleased()).toBe(true);
  });
});

describe('loadBundle with a reader for the golden slice', () => {
  it('proves the CPU by it, and the bundle says so', async () => {
    const bundle = await loadBundle(tinyBundle(), { openSessions: nodeSessions({ providers: ['cpu'] }), readGolden });
    expect(bundle.provider).toEqual({ name: 'cpu', refused: [], golden: { pixels: goldenLabels().length, differing: 0 } });
    await bundle.release();
  });

  const withStoredLabels = (labels: Uint8Array, stored: Uint8Array) => {
    const files = tinyBundleFiles({ goldenLabelsSha256: sha256(labels) });
    const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as ModelManifest;
    const nifti = writeNiftiLabels({ geometry: goldenVolume().geometry, labels: stored }, manifest.labels);
    const golden = { ...manifest.golden, labels: { file: 'golden-labels.nii.gz', sha256: sha256(nifti) } };
    files.set('golden-labels.nii.gz', nifti).set('manifest.json', Buffer.from(JSON.stringify({ ...manifest, golden })));
    return loadBundle(sourceOf(files), { openSessions: nodeSessions({ providers: ['cpu'] }), readGolden });
  };

  it('takes a bundle made on a processor that gave one label otherwise, and the bundle says so', async () => {
    const elsewhere = goldenLabels().map((label, p) => (p === 0 ? 1 : label));
    const bundle = await withStoredLabels(elsewhere, elsewhere);
    expect(bundle.provider.golden).toEqual({ pixels: goldenLabels().length, differing: 1 });
    await bundle.release();
  });

  it('does not use a bundle whose stored labels are not those of its manifest', async () => {
    const stored = goldenLabels().map((label, p) => (p === 0 ? 1 : label));
    await expect(withStoredLabels(goldenLabels(), stored)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });

  it('does not use a bundle that gives other labels than it should', async () => {
    const source = tinyBundle({ goldenLabelsSha256: WRONG });
    const loading = loadBundle(source, { openSessions: nodeSessions({ providers: ['cpu'] }), readGolden });
    await expect(loading).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('falls back from a GPU that computes nonsense, with its reason in the bundle', async () => {
    const cpu = nodeSessions({ providers: ['cpu'] });
    const openSessions = firstProvider({
      providers: ['cuda', 'cpu'],
      async open(provider, models) {
        const loaded = await cpu(models);
        if (provider === 'cpu') return loaded;
        const blind = { run: async (hu: Int16Array) => new Uint8Array(hu.length), release: async () => {} };
        return { ...loaded, provider, sessions: loaded.sessions.map(() => blind) };
      },
    });
    const bundle = await loadBundle(tinyBundle(), { openSessions, readGolden });
    expect(bundle.provider).toEqual({
      name: 'cpu',
      refused: [{ provider: 'cuda', reason: '64 of the 256 labels of the golden slice are not those of the CPU.' }],
      golden: { pixels: 256, differing: 0 },
    });
    await bundle.release();
  });
});
