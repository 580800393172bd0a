import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AcceptedCase, type AcceptJob, acceptRound } from '../../../cli/active/accept-round.ts';
import { rankFolder } from '../../../cli/active/rank-folder.ts';
import { rankingTable } from '../../../cli/active/ranking-text.ts';
import { pathsOf, type Ranking } from '../../../cli/active/round-folder.ts';
import { createLabelMap } from '../../../core/volume.ts';
import { readNifti, readNiftiLabels } from '../../../formats/nifti/read-nifti.ts';
import { writeNiftiLabels, writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import type { Bundle } from '../../../runtime/bundle.ts';
import { loadBundle } from '../../../runtime/load-bundle.ts';
import { listCases, type TrainingCase } from '../../../train/data/list-cases.ts';
import { readCase } from '../../../train/data/read-case.ts';
import { axialGrid } from '../../formats/phantoms.ts';
import { sourceOf, tinyBundle, tinyBundleFiles } from '../../runtime/make-tiny-bundle.ts';
import { digestOf, GRID, madeCase, writeVolume } from './made-cases.ts';

/** Loads a bundle and segments a dozen small volumes; the machine may be full of other work. */
const PATIENCE_MS = 120_000;

const LABELS = [
  { index: 1, name: 'kidney', color: '#00ffff', code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' } },
  { index: 2, name: 'tumour', color: '#ffff00', code: { scheme: 'SCT', value: '108369006', meaning: 'Neoplasm' } },
];

const [SURE, UNSURE] = [madeCase(1, 160), madeCase(2, 104)];

/** What a reader makes of the mask of `sure`: a stripe of tumour more. */
const CORRECTED = createLabelMap(
  GRID,
  SURE.truth.labels.map((label, p) => (label === 1 && p % 24 === 10 ? 2 : label)),
);
const CORRECTED_FILE = writeNiftiLabels(CORRECTED, LABELS);

describe('a round of active learning', { timeout: PATIENCE_MS }, () => {
  let bundle: Bundle;
  let ranked: string;
  let root: string;
  let ranking: Ranking;
  const at = (...parts: string[]): string => path.join(root, ...parts);

  beforeAll(async () => {
    bundle = await loadBundle(tinyBundle());
    ranked = await mkdtemp(path.join(tmpdir(), 'voxwatch-active-'));
    await writeVolume(path.join(ranked, 'in', 'sure.nii.gz'), SURE.volume);
    await writeVolume(path.join(ranked, 'in', 'unsure', 'imaging.nii.gz'), UNSURE.volume);
    await writeFile(path.join(ranked, 'in', 'broken.nii.gz'), writeNiftiVolume(SURE.volume).subarray(0, 400));
    ranking = await rank(ranked);
  }, PATIENCE_MS);
  afterAll(async () => {
    await bundle.release();
    await rm(ranked, { recursive: true });
  });
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'voxwatch-active-'));
    await cp(ranked, root, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  function rank(folder: string, own: Bundle = bundle): Promise<Ranking> {
    return rankFolder({ bundle: own, folder: path.join(folder, 'in'), round: path.join(folder, 'round'), onCase: () => {} });
  }

  /** Takes masks back into `set/`. */
  async function accept(changes: Partial<AcceptJob> = {}): Promise<Record<string, AcceptedCase>> {
    const provenance = { acceptedAt: '2026-11-21T12:00:00.000Z', correctedBy: 'a reader' };
    const plain = { round: at('round'), set: at('set'), unchanged: [], mayReplace: false, provenance };
    const results = await acceptRound({ ...plain, ...changes });
    return Object.fromEntries(results.map((one) => [one.name, one]));
  }

  it('ranks the case first whose masks disagree, and names what it cannot read', () => {
    expect(ranking.cases.map(({ name }) => name)).toEqual(['unsure', 'sure']);
    const [first, second] = ranking.cases.map(({ uncertainty }) => uncertainty) as [number, number];
    expect(first).toBeGreaterThan(0.2);
    expect(second).toBeLessThan(0.05);
    expect(ranking.leftOut.map(({ name, code }) => `${name} ${code}`)).toEqual(['broken.nii.gz INPUT_TRUNCATED']);
    expect(rankingTable(ranking, 1)).toMatch(
      /^rank {2}case .*\n1 {5}unsure .*\n… and 1 more in ranking.csv\nleft out: broken\.nii\.gz: /,
    );
  });

  it('writes images and pre-segmentations on the native grid, and the ranking as JSON and CSV', async () => {
    expect(JSON.parse(await readFile(at('round', 'ranking.json'), 'utf8'))).toEqual(ranking);
    const [head, first] = (await readFile(at('round', 'ranking.csv'), 'utf8')).split('\r\n');
    expect(head).toMatch(/^rank,case,uncertainty,kidney with tumour: uncertainty,kidney with tumour: ml,/);
    expect(first).toMatch(/^1,unsure,0\.\d+,/);
    const { image, mask } = pathsOf(at('round'), 'sure');
    const { volume } = readNifti(await readFile(image));
    expect(volume.hu).toEqual(SURE.volume.hu);
    const labels = readNiftiLabels(await readFile(mask));
    expect(labels.geometry.sizeVoxels).toEqual(GRID.sizeVoxels);
    const wrong = labels.labels.filter((label, p) => label !== SURE.truth.labels[p]).length;
    expect(wrong).toBeLessThan(5);
  });

  it('never writes over a mask that somebody may have corrected, and takes over what was ranked', async () => {
    const { mask } = pathsOf(at('round'), 'sure');
    await writeFile(mask, CORRECTED_FILE);
    const before = digestOf(await readFile(mask));
    await writeVolume(at('in', 'new.nii.gz'), madeCase(3, 150).volume);
    const again = await rank(root);
    expect(again.cases.map(({ name }) => name).sort()).toEqual(['new', 'sure', 'unsure']);
    expect(again.cases.find(({ name }) => name === 'sure')).toEqual(ranking.cases.find(({ name }) => name === 'sure'));
    expect(digestOf(await readFile(mask))).toBe(before);
    // Another image under the same name: the mask there is of the old one.
    await writeVolume(at('in', 'sure.nii.gz'), UNSURE.volume);
    const third = await rank(root);
    expect(third.leftOut.map(({ name, code }) => `${name} ${code}`)).toContain('sure INPUT_CHANGED');
    expect(third.cases).toEqual(again.cases);
    expect(digestOf(await readFile(mask))).toBe(before);
  });

  it('keeps what was ranked from another folder, and makes a mask again that was not written when it was stopped', async () => {
    await rm(at('in', 'sure.nii.gz'));
    const { mask } = pathsOf(at('round'), 'unsure');
    const before = digestOf(await readFile(mask));
    await rm(mask);
    expect((await rank(root)).cases).toEqual(ranking.cases);
    expect(digestOf(await readFile(mask))).toBe(before);
  });

  it('refuses a working folder that another model was ranked into', async () => {
    const other = await loadBundle(sourceOf(tinyBundleFiles({ name: 'other' })));
    await expect(rank(root, other)).rejects.toThrow(/ranked with another model/);
    await other.release();
  });

  it('takes a corrected mask into a set that training reads, with where it came from', async () => {
    await writeFile(pathsOf(at('round'), 'sure').mask, CORRECTED_FILE);
    expect(await accept()).toEqual({
      unsure: { name: 'unsure', status: 'uncorrected' },
      sure: { name: 'sure', status: 'accepted' },
    });
    const { cases, leftOut } = await listCases([at('set')], { first: 'kits' });
    expect([cases.map(({ id }) => id), leftOut]).toEqual([['sure'], []]);
    const read = await readCase(cases[0] as TrainingCase, { labels: 3 });
    if (read.kind !== 'volume') throw new Error('a volume was expected');
    expect(read.volume.hu).toEqual(SURE.volume.hu);
    expect(read.truth.labels).toEqual(CORRECTED.labels);
    const own = ranking.cases.find(({ name }) => name === 'sure');
    expect(JSON.parse(await readFile(at('set', 'provenance', 'sure.json'), 'utf8'))).toMatchObject({
      case: 'sure',
      correctedBy: 'a reader',
      acceptedAt: '2026-11-21T12:00:00.000Z',
      isUnchanged: false,
      model: { name: 'tiny', manifestSha256: bundle.manifestSha256 },
      sha256: { hu: own?.huSha256, preSegmentation: own?.labelsSha256, correction: digestOf(CORRECTED.labels) },
    });
  });

  it('takes an unchanged mask only where a person says that it is right', async () => {
    expect(await accept({ unchanged: ['unsure'] })).toEqual({
      unsure: { name: 'unsure', status: 'accepted' },
      sure: { name: 'sure', status: 'uncorrected' },
    });
    expect(JSON.parse(await readFile(at('set', 'provenance', 'unsure.json'), 'utf8'))).toMatchObject({ isUnchanged: true });
    await expect(accept({ unchanged: ['nobody'] })).rejects.toThrow(/no case “nobody”/);
  });

  it('refuses what does not fit, says why, and goes on with the others', async () => {
    const { mask } = pathsOf(at('round'), 'unsure');
    await writeFile(pathsOf(at('round'), 'sure').mask, CORRECTED_FILE);
    const wrong = {
      'GEOMETRY_MISMATCH .*size 24 × 20 × 5 voxels instead of 24 × 20 × 6': writeNiftiLabels(
        createLabelMap(axialGrid([24, 20, 5]), UNSURE.truth.labels.slice(0, 24 * 20 * 5)),
        LABELS,
      ),
      'GEOMETRY_MISMATCH .*another grid': writeNiftiLabels(
        createLabelMap({ ...GRID, voxelToWorld: [2, ...GRID.voxelToWorld.slice(1)] as never }, UNSURE.truth.labels),
        LABELS,
      ),
      'LABEL_UNKNOWN .*label 3, which the model does not have \\(its own: 1 kidney, 2 tumour\\)': writeNiftiLabels(
        createLabelMap(
          GRID,
          UNSURE.truth.labels.map((label) => (label === 2 ? 3 : label)),
        ),
        LABELS,
      ),
      'INPUT_TRUNCATED ': CORRECTED_FILE.subarray(0, 300),
    };
    for (const [expected, bytes] of Object.entries(wrong)) {
      await writeFile(mask, bytes);
      const { sure, unsure } = await accept();
      expect(['accepted', 'already-there']).toContain(sure?.status);
      expect(unsure?.status === 'refused' ? `${unsure.code} ${unsure.message}` : unsure?.status).toMatch(new RegExp(expected));
    }
    await rm(mask);
    expect((await accept()).unsure).toMatchObject({ status: 'refused', code: 'INPUT_NOT_FOUND' });
    expect((await listCases([at('set')])).cases.map(({ id }) => id)).toEqual(['sure']);
  });

  it('refuses a mask whose image was exchanged', async () => {
    const { image, mask } = pathsOf(at('round'), 'sure');
    await writeFile(mask, CORRECTED_FILE);
    await writeFile(image, writeNiftiVolume(UNSURE.volume));
    expect((await accept({ cases: ['sure'] })).sure).toMatchObject({ status: 'refused', code: 'INPUT_CHANGED' });
  });

  it('takes a mask twice as once, and a second correction only with --replace', async () => {
    const { mask } = pathsOf(at('round'), 'sure');
    await writeFile(mask, CORRECTED_FILE);
    await accept();
    expect((await accept()).sure?.status).toBe('already-there');
    const second = CORRECTED.labels.map((label) => (label === 2 ? 1 : label));
    await writeFile(mask, writeNiftiLabels(createLabelMap(GRID, second), LABELS));
    expect((await accept()).sure).toMatchObject({ status: 'refused', message: expect.stringMatching(/--replace/) });
    expect(readNiftiLabels(await readFile(pathsOf(at('set'), 'sure').mask)).labels).toEqual(CORRECTED.labels);
    expect((await accept({ mayReplace: true })).sure?.status).toBe('accepted');
    expect(readNiftiLabels(await readFile(pathsOf(at('set'), 'sure').mask)).labels).toEqual(second);
  });

  it('takes masks from another folder, where only those lie that were corrected', async () => {
    await mkdir(at('corrected'));
    await writeFile(at('corrected', 'sure.nii.gz'), CORRECTED_FILE);
    const { sure, unsure } = await accept({ corrected: at('corrected') });
    expect([sure?.status, unsure?.status]).toEqual(['accepted', 'uncorrected']);
  });

  it('does not mix cases of other labels into a set, nor cases of its own into somebody else’s folder', async () => {
    await mkdir(at('other'), { recursive: true });
    await writeFile(at('other', 'dataset.json'), '{"labels": {"background": 0, "liver": 1}}');
    await expect(accept({ set: at('other') })).rejects.toThrow(/other labels/);
    await mkdir(at('pairs', 'images'), { recursive: true });
    await expect(accept({ set: at('pairs') })).rejects.toThrow(/folder of its own/);
    await expect(accept({ round: at('in') })).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
