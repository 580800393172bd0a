import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { WriteAside } from '../../../daemon/job/write-aside.ts';
import { type ResultImages, writeImages } from '../../../daemon/results/write-images.ts';
import { makeVolume } from '../../runtime/make-volume.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-aside-'));
});

/** Made anew each time: the voxels are given away. */
function images(): ResultImages {
  const volume = makeVolume([24, 20, 6], [{ from: [8, 8, 2], to: [16, 14, 4], hu: 150 }]);
  const labels = Uint8Array.from(volume.hu, (hu) => (hu === 150 ? 1 : 0));
  return {
    volume,
    labelMap: { geometry: volume.geometry, labels },
    labels: [{ index: 1, name: 'kidney', color: '#00ffff', code: { scheme: 'SCT', value: '64033007', meaning: 'Kidney' } }],
    overlays: 'labelled',
  };
}

async function folder(name: string): Promise<string> {
  await mkdir(join(root, name));
  return join(root, name);
}

async function contentOf(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(async (file) => [file.slice(dir.length), await readFile(file, 'latin1')] as const));
  return Object.fromEntries(texts.sort());
}

const nobody = (): void => {};

it('writes in a thread what is written here, one result after another, and says when it began', async () => {
  const [here, a, b] = [await folder('here'), await folder('a'), await folder('b')];
  await writeImages(here, images(), nobody);
  const aside = new WriteAside();
  const told: string[] = [];
  const write = (to: string, name: string): Promise<void> =>
    aside
      .write(
        { folder: to, images: images(), onPicture: (done, total) => told.push(`${name} ${done}/${total}`) },
        () => void told.push(`${name} begun`),
      )
      .then(() => void told.push(`${name} ended`));
  await Promise.all([write(a, 'a'), write(b, 'b')]);
  for (const name of ['a', 'b'])
    expect(told.filter((line) => line.startsWith(name))).toEqual([`${name} begun`, `${name} 1/2`, `${name} 2/2`, `${name} ended`]);
  expect(told.indexOf('b begun')).toBeGreaterThan(told.indexOf('a 2/2'));
  expect(await contentOf(a)).toEqual(await contentOf(here));
  expect(await contentOf(b)).toEqual(await contentOf(here));
  expect(Object.keys(await contentOf(a))).toHaveLength(4);
});

it('leaves the voxels of a volume that is kept, and writes the same', async () => {
  const [here, to] = [await folder('here'), await folder('to')];
  await writeImages(here, images(), nobody);
  const kept = images();
  const before = kept.volume.hu.slice();
  await new WriteAside().write({ folder: to, images: kept, onPicture: nobody, keepsVolume: true });
  expect(kept.volume.hu).toEqual(before);
  expect(await contentOf(to)).toEqual(await contentOf(here));
});

it('says of a folder that cannot be written what a job says of it, and writes the next result', async () => {
  const aside = new WriteAside();
  const gone = await folder('gone');
  await rm(gone, { recursive: true });
  await expect(aside.write({ folder: gone, images: images(), onPicture: nobody })).rejects.toMatchObject({
    code: 'OUTPUT_NOT_WRITABLE',
    details: { systemCode: 'ENOENT' },
  });
  const next = await folder('next');
  await aside.write({ folder: next, images: images(), onPicture: nobody });
  expect(Object.keys(await contentOf(next))).toHaveLength(4);
});

it('writes here where memory is short, keeps the voxels and frees nobody', async () => {
  const kept = images();
  const aside = new WriteAside({ availableBytes: () => 1_000 });
  const never = (): never => {
    throw new Error('the next study must wait');
  };
  const to = await folder('here');
  await aside.write({ folder: to, images: kept, onPicture: nobody }, never);
  expect(kept.volume.hu).toHaveLength(24 * 20 * 6);
  expect(Object.keys(await contentOf(to))).toHaveLength(4);
});
