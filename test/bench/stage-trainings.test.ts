import { describe, expect, it } from 'vitest';
import { SHIPPED_BUNDLES } from '../../bench/shipped/shipped-bundles.ts';
import { type StageTraining, trainStages } from '../../bench/shipped/stage-trainings.ts';

const [LIVER, KIDNEY] = ['liver-tumour', 'kidney-tumour'].map((name) => {
  const bundle = SHIPPED_BUNDLES.find((one) => one.name === name);
  if (!bundle) throw new Error(`no bundle ${name}`);
  return bundle;
}) as [(typeof SHIPPED_BUNDLES)[number], (typeof SHIPPED_BUNDLES)[number]];

const DATA = { organs: async () => 'organs', lesions: async ({ name }: { name: string }) => `${name}-lesions` };

/** Trains nothing; writes down what begins and ends. */
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
  const error = await trainStages(asked, 'work', DATA, train).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { log, all, error };
}

describe('the stages of shipped bundles', () => {
  it('are trained side by side, the kidneys’ lesions after those of the liver, with whose weights they begin', async () => {
    const { log, all } = await watched([KIDNEY, LIVER]);
    expect(all.map(({ folder, startFrom }) => [folder, startFrom])).toEqual([
      ['work/liver-tumour', undefined],
      ['work/organs-training', undefined],
      ['work/kidney-tumour', 'work/liver-tumour'],
    ]);
    expect(log.indexOf('begin work/organs-training')).toBeLessThan(log.indexOf('end work/liver-tumour'));
    expect(log.indexOf('begin work/kidney-tumour')).toBeGreaterThan(log.indexOf('end work/liver-tumour'));
  });

  it('of the liver alone need none of the kidneys; of the kidneys alone need that of the liver', async () => {
    expect((await watched([LIVER])).all.map(({ folder }) => folder)).toEqual(['work/liver-tumour', 'work/organs-training']);
    expect((await watched([KIDNEY])).all.map(({ folder }) => folder)).toContain('work/liver-tumour');
  });

  it('go on to their end where one fails, but not what begins with that one', async () => {
    const { log, all, error } = await watched([LIVER, KIDNEY], 'work/liver-tumour');
    expect(String(error)).toContain('work/liver-tumour failed');
    expect(log).toContain('end work/organs-training');
    expect(all.map(({ folder }) => folder)).not.toContain('work/kidney-tumour');
  });
});
