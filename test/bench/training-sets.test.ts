import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HEADS, ORGANS, PHANTOMS } from '../../bench/shipped/shipped-bundles.ts';
import { TrainingSets } from '../../bench/shipped/training-sets.ts';

it('takes sets that are there, but none that was made in another way', async () => {
  const work = await mkdtemp(join(tmpdir(), 'sets-'));
  const patients = { maps: ['map.nii.gz'], cts: [], labelNames: 'totalsegmentator' };
  const sets = new TrainingSets(work, patients);
  const put = async (name: string, lastFile: string, asked: object): Promise<void> => {
    await mkdir(join(work, name, `case_${name}`), { recursive: true });
    await writeFile(join(work, name, lastFile), '{}');
    await writeFile(join(work, `${name}.asked.json`), JSON.stringify(asked));
  };
  const { design, count, seed } = ORGANS;
  const drawn = ['--label-names', 'totalsegmentator', '--design', join(work, 'organs.json')];
  const options = ['--from-labels', 'map.nii.gz', ...drawn, '--count', String(count), '--seed', String(seed)];
  await put('organs', 'anatomies.json', { options, design });
  for (const { name, options } of [PHANTOMS, HEADS]) await put(name, 'phantoms.json', { options });
  const together = await sets.organs();
  expect([0, 1, 2, 3].map((n) => existsSync(join(together, `case_0000${n}`)))).toEqual([true, true, true, false]);
  expect(JSON.parse(await readFile(join(work, 'organs.json'), 'utf8'))).toEqual(design);

  await put('organs', 'anatomies.json', { options, design: { ...design, workMm: 3 } });
  await expect(sets.organs()).rejects.toThrow(/organs was made in another way/);
  const others = new TrainingSets(work, { ...patients, maps: ['other.nii.gz'] });
  await expect(others.organs()).rejects.toThrow(/organs was made in another way/);
});
