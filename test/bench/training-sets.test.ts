/** Sets for the shipped bundles: what is there is taken over if it is what is asked for, and what would be made today. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { HEADS, ORGANS, PHANTOMS } from '../../bench/shipped/shipped-bundles.ts';
import { TrainingSets } from '../../bench/shipped/training-sets.ts';

const patients = { maps: ['map.nii.gz'], cts: [], labelNames: 'totalsegmentator' };

/** Cases that hold their seed and what the synthesizer is like, compressed as well as it can or not at all. */
function synthesizer(likeness = 'as it was', level = 9) {
  const runs: (readonly string[])[] = [];
  const synthesize = async (args: readonly string[]): Promise<void> => {
    runs.push(args);
    const last = (option: string): string => args[args.lastIndexOf(option) + 1] as string;
    const out = last('--out');
    for (let n = 0; n < Number(last('--count')); n++) {
      const folder = join(out, `case_${String(n).padStart(5, '0')}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'imaging.nii.gz'), gzipSync(`${likeness} ${Number(last('--seed')) + n}`, { level }));
    }
    await writeFile(join(out, args.includes('--organ') ? 'phantoms.json' : 'anatomies.json'), '{}');
  };
  return { synthesize, runs };
}

it('makes sets, and takes over what is there and comes out again', async () => {
  const work = await mkdtemp(join(tmpdir(), 'sets-'));
  const first = synthesizer();
  const together = await new TrainingSets(work, patients, first.synthesize).organs();
  const phantoms = [PHANTOMS, HEADS].map(({ options }) => Number(options[options.indexOf('--count') + 1]));
  const count = ORGANS.count + phantoms.reduce((sum, one) => sum + one, 0);
  expect(existsSync(join(together, `case_${String(count - 1).padStart(5, '0')}`))).toBe(true);
  expect(existsSync(join(together, `case_${String(count).padStart(5, '0')}`))).toBe(false);
  expect(JSON.parse(await readFile(join(work, 'organs.json'), 'utf8'))).toEqual(ORGANS.design);
  expect(first.runs).toHaveLength(3);

  // Another zlib may pack the same otherwise.
  const again = synthesizer('as it was', 0);
  await new TrainingSets(work, patients, again.synthesize).organs();
  expect(again.runs.map((args) => args.at(-1))).toEqual(['3', '3', '3']);
});

it('takes over none that was made in another way', async () => {
  const work = await mkdtemp(join(tmpdir(), 'sets-'));
  const { synthesize, runs } = synthesizer();
  await new TrainingSets(work, patients, synthesize).organs();
  const others = new TrainingSets(work, { ...patients, maps: ['other.nii.gz'] }, synthesize);
  await expect(others.organs()).rejects.toThrow(/organs was made in another way/);
  expect(runs).toHaveLength(3);

  const changed = new TrainingSets(work, patients, synthesizer('changed').synthesize);
  await expect(changed.organs()).rejects.toThrow(/organs was made in another way/);
});
