import { describe, expect, it } from 'vitest';
import { SHIPPED_BUNDLES } from '../../bench/shipped/shipped-bundles.ts';
import { type StageTraining, trainStages } from '../../bench/shipped/stage-trainings.ts';

const [LIVER, KIDNEY] = ['liver-tumour', 'kidney-tumour'].map((name) => {
  const bundle = SHIPPED_BUNDLES.find((one) => one.name === name);
  if (!bundle) throw new Error(`no bundle ${name}`);
  return bundle;
}) as [(typeof SHIPPED_BUNDLES)[number], (typeof SHIPPED_BUNDLES)[number]];

const DATA = { organs: async () => 'organs', lesions: async ({ name }: { name: string }) => `${name}-lesions` };

/** Trains nothing; writes down what begins, ends and is averaged. */
async function watched(
  asked: typeof SHIPPED_BUNDLES,
  fails?: string,
): Promise<{ log: string[]; all: StageTraining[]; error?: unknown }> {
  const log: string[] = [];
  const all: StageTraining[] = [];
  const train = async (training: StageTraining): Promise<void> => {
    all.push(training);
    log.push(`begin ${training.folder}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (training.folder === fails) throw new Error(`${fails} failed`);
    log.push(`end ${training.folder}`);
  };
  const average = async (stage: string, runs: readonly { folder: string }[], out: string): Promise<void> => {
    log.push(`mean of ${stage} ${runs.map(({ folder }) => folder).join(' ')} → ${out}`);
  };
  const error = await trainStages(asked, 'work', DATA, { train, average }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { log, all, error };
}

describe('the stages of shipped bundles', () => {
  it('are trained side by side, the kidneys’ lesions after those of the liver, with whose weights they begin', async () => {
    const { log, all } = await watched([KIDNEY, LIVER]);
    expect(all.map(({ folder, seed, startFrom }) => [folder, seed, startFrom])).toEqual([
      ['work/organs-training', 1, undefined],
      ['work/liver-tumour', 1, undefined],
      ['work/kidney-tumour-seed-1', 1, 'work/liver-tumour'],
      ['work/kidney-tumour-seed-2', 2, 'work/liver-tumour'],
    ]);
    expect(all.map(({ remark }) => remark)).toEqual([
      undefined,
      undefined,
      ...Array(2).fill('Stage 2 was begun with that of liver-tumour, the mean of 2 runs (seeds 1, 2)'),
    ]);
    expect(log.indexOf('begin work/liver-tumour')).toBeLessThan(log.indexOf('end work/organs-training'));
    expect(log.indexOf('begin work/kidney-tumour-seed-1')).toBeGreaterThan(log.indexOf('end work/liver-tumour'));
  });

  it('of several seeds are averaged when all are done', async () => {
    const { log } = await watched([KIDNEY]);
    expect(log.at(-1)).toBe('mean of lesions work/kidney-tumour-seed-1 work/kidney-tumour-seed-2 → work/kidney-tumour');
    const failed = await watched([KIDNEY], 'work/kidney-tumour-seed-1');
    expect(String(failed.error)).toContain('work/kidney-tumour-seed-1 failed');
    expect(failed.log).toContain('end work/kidney-tumour-seed-2');
    expect(failed.log.filter((line) => line.startsWith('mean'))).toEqual([]);
  });

  it('of the liver alone need none of the kidneys; of the kidneys alone need that of the liver', async () => {
    expect((await watched([LIVER])).all.map(({ folder }) => folder)).toEqual(['work/organs-training', 'work/liver-tumour']);
    expect((await watched([KIDNEY])).all.map(({ folder }) => folder)).toContain('work/liver-tumour');
  });

  it('go on to their end where one fails, but not what begins with that one', async () => {
    const { log, all, error } = await watched([LIVER, KIDNEY], 'work/liver-tumour');
    expect(String(error)).toContain('work/liver-tumour failed');
    expect(log).toContain('end work/organs-training');
    expect(all.map(({ folder }) => folder).filter((folder) => folder.includes('kidney'))).toEqual([]);
  });
});
