import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../core/random.ts';
import { chooseExamples, type ExampleSource, pickRanks } from '../../../train/report/choose-slices.ts';

const PIXELS = 100;

/** Slice n of the first ten has foreground, and its prediction has n of its ten pixels right; the rest are empty. */
const SOURCE: ExampleSource = {
  count: 16,
  hasForeground: (index) => index < 10,
  read: (index) => ({
    title: `slice ${index}`,
    case: 'case_0',
    sizePixels: [10, 10],
    input: new Uint8Array(PIXELS),
    truth: Uint8Array.from({ length: PIXELS }, (_, p) => (index < 10 && p < 10 ? 1 : 0)),
  }),
};
const predict = (index: number): Uint8Array =>
  Uint8Array.from({ length: PIXELS }, (_, p) => (index < 10 && p >= 10 - index && p < 20 - index ? 1 : 0));
const PLAN = { drawn: 10, shownOfEach: 2, withoutForeground: 3 };

describe('choosing slices for pictures', () => {
  const choose = (seed: number, plan = PLAN) =>
    chooseExamples(SOURCE, predict, { random: createRandom(seed, 'pictures'), labels: [1, 2], plan });

  it('shows the best, the median and the worst, and some without foreground', async () => {
    const { examples, drawn, ofSlices } = await choose(1);
    expect([drawn, ofSlices]).toEqual([10, 10]);
    expect(examples.map(({ role, title }) => [role, title]).slice(0, 6)).toEqual([
      ['best', 'slice 9'],
      ['best', 'slice 8'],
      ['median', 'slice 5'],
      ['median', 'slice 4'],
      ['worst', 'slice 1'],
      ['worst', 'slice 0'],
    ]);
    expect(examples.slice(6).map(({ role, dice }) => [role, dice])).toEqual(Array(3).fill(['without foreground', []]));
    expect(new Set(examples.map(({ title }) => title)).size).toBe(9);
    expect(examples[0]?.dice).toEqual([{ label: 1, dice: 0.9 }]);
    expect(examples[0]?.prediction).toEqual(predict(9));
  });

  it('draws the same slices for the same seed, others for another, and says of how many', async () => {
    const plan = { ...PLAN, drawn: 4 };
    const titles = async (seed: number) => (await choose(seed, plan)).examples.map(({ title }) => title);
    expect(await titles(1)).toEqual(await titles(1));
    expect(await titles(1)).not.toEqual(await titles(2));
    const { drawn, ofSlices, examples } = await choose(1, plan);
    expect([drawn, ofSlices]).toEqual([4, 10]);
    expect(examples.filter(({ role }) => role !== 'without foreground')).toHaveLength(4);
  });

  it('shows each slice once where there are few, and none where there are none', () => {
    expect(pickRanks(0, 2)).toEqual([]);
    expect(pickRanks(1, 2)).toEqual([{ rank: 0, role: 'best' }]);
    expect(pickRanks(3, 1).map(({ role }) => role)).toEqual(['best', 'median', 'worst']);
    expect(pickRanks(5, 2).map(({ role }) => role)).toEqual(['best', 'best', 'median', 'worst', 'worst']);
  });
});
