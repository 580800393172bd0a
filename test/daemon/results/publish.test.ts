import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  assertWritable,
  findPublished,
  type Publication,
  publish,
  removeStaleTemporaries,
  TEMPORARY_FOLDER,
} from '../../../daemon/results/publish.ts';

let outDir: string;
beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'voxwatch-publish-'));
});

const publication = (identity: string, name = 'study', section: Publication['section'] = 'results'): Publication => ({
  outDir,
  name,
  section,
  identity,
});

const report =
  (identity: string) =>
  async (folder: string): Promise<void> =>
    writeFile(join(folder, 'report.json'), JSON.stringify({ jobIdentity: identity }));

describe('publish', () => {
  it('shows a result only when it is whole', async () => {
    await publish(publication('a'), async (folder) => {
      await writeFile(join(folder, 'mask.nii.gz'), 'half');
      expect(await readdir(outDir)).toEqual([TEMPORARY_FOLDER]);
      await report('a')(folder);
    });
    expect((await readdir(join(outDir, 'study'))).sort()).toEqual(['mask.nii.gz', 'report.json']);
    expect(await readdir(join(outDir, TEMPORARY_FOLDER))).toEqual([]);
  });

  it('leaves nothing behind when writing fails', async () => {
    const failing = publish(publication('a'), async (folder) => {
      await report('a')(folder);
      throw new Error('out of ideas');
    });
    await expect(failing).rejects.toThrow('out of ideas');
    expect(await readdir(outDir)).toEqual([TEMPORARY_FOLDER]);
    expect(await readdir(join(outDir, TEMPORARY_FOLDER))).toEqual([]);
  });

  it('gives another job of the same name a number, and finds each again', async () => {
    expect(await publish(publication('a'), report('a'))).toEqual({ status: 'published', folder: 'study' });
    expect(await publish(publication('b'), report('b'))).toEqual({ status: 'published', folder: 'study-2' });
    expect(await publish(publication('b'), report('b'))).toEqual({ status: 'already-published', folder: 'study-2' });
    expect(await findPublished(publication('a'))).toBe('study');
    expect(await findPublished(publication('b'))).toBe('study-2');
    expect(await findPublished(publication('c'))).toBeUndefined();
    expect(await readdir(outDir)).toHaveLength(3);
  });

  it('publishes one folder where many try the same at once, and one each where they differ', async () => {
    const same = await Promise.all(Array.from({ length: 8 }, () => publish(publication('a'), report('a'))));
    expect(same.filter(({ status }) => status === 'published')).toHaveLength(1);
    const different = await Promise.all(Array.from({ length: 8 }, (_, n) => publish(publication(`d${n}`), report(`d${n}`))));
    expect(new Set(different.map(({ folder }) => folder)).size).toBe(8);
    for (const [n, { folder }] of different.entries()) {
      expect(JSON.parse(await readFile(join(outDir, folder, 'report.json'), 'utf8'))).toEqual({ jobIdentity: `d${n}` });
    }
  });

  it('finds the identity of a result of several bundles', async () => {
    const inBundle = async (folder: string): Promise<void> => {
      await mkdir(join(folder, 'kidney'));
      await report('a')(join(folder, 'kidney'));
    };
    await publish(publication('a'), inBundle);
    expect((await publish(publication('a'), inBundle)).status).toBe('already-published');
  });

  it('never touches what is not its own: a file, a foreign folder, an empty folder', async () => {
    await writeFile(join(outDir, 'study'), 'notes');
    await mkdir(join(outDir, 'study-2'));
    await mkdir(join(outDir, 'study-3'));
    await writeFile(join(outDir, 'study-3', 'report.json'), 'not ours');
    expect((await publish(publication('a'), report('a'))).folder).toBe('study-4');
    expect(await readFile(join(outDir, 'study'), 'utf8')).toBe('notes');
    expect(await readdir(join(outDir, 'study-2'))).toEqual([]);
  });

  it('keeps refusals apart from results, also of an input that is called rejected', async () => {
    expect((await publish(publication('a', 'study', 'rejected'), report('a'))).folder).toBe('rejected/study');
    expect((await publish(publication('b', 'rejected'), report('b'))).folder).toBe('rejected-2');
  });

  it.each(['', '.', '..', 'a/b', '../a'])('refuses the name "%s"', async (name) => {
    await expect(publish(publication('a', name), report('a'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('assertWritable', () => {
  it('makes the folder', async () => {
    await assertWritable(join(outDir, 'a', 'b'));
    expect(existsSync(join(outDir, 'a', 'b'))).toBe(true);
  });

  it('says that a file, or a place that holds no folders, cannot be written', async () => {
    await writeFile(join(outDir, 'file'), '');
    const refused = { code: 'OUTPUT_NOT_WRITABLE', message: expect.not.stringContaining(outDir) };
    await expect(assertWritable(join(outDir, 'file'))).rejects.toMatchObject(refused);
    await expect(assertWritable(join(outDir, 'file', 'below'))).rejects.toMatchObject(refused);
    if (existsSync('/proc')) await expect(assertWritable('/proc/voxwatch')).rejects.toMatchObject(refused);
  });
});

describe('removeStaleTemporaries', () => {
  it('removes old folders and leaves young ones', async () => {
    for (const name of ['old', 'young']) await mkdir(join(outDir, TEMPORARY_FOLDER, name), { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(outDir, TEMPORARY_FOLDER, 'old'), longAgo, longAgo);
    await removeStaleTemporaries(outDir, 30_000);
    expect(await readdir(join(outDir, TEMPORARY_FOLDER))).toEqual(['young']);
    await removeStaleTemporaries(join(outDir, 'nowhere'), 0);
  });
});
