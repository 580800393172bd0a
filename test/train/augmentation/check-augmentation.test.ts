import { describe, expect, it } from 'vitest';
import { checkAugmentation } from '../../../train/augmentation/check-augmentation.ts';
import { RECIPES } from '../../../train/recipes/index.ts';
import { EVERY_TRANSFORM } from './every-transform.ts';

/** As JSON has it. */
const EVERYTHING: readonly Record<string, unknown>[] = JSON.parse(JSON.stringify(EVERY_TRANSFORM));

function refusalOf(value: unknown): string {
  try {
    checkAugmentation(JSON.parse(JSON.stringify(value)));
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'VoxwatchError', code: 'USAGE' });
    return (thrown as Error).message;
  }
  return 'accepted';
}

const only = (kind: string, changes: object): readonly object[] => [{ ...EVERYTHING.find((own) => own.kind === kind), ...changes }];

describe('checking an augmentation', () => {
  it('accepts every kind, through JSON, and what the recipes have', () => {
    expect(refusalOf(EVERYTHING)).toBe('accepted');
    expect(refusalOf([])).toBe('accepted');
    for (const { stages } of RECIPES) for (const { augmentation } of stages) expect(refusalOf(augmentation)).toBe('accepted');
  });

  it('refuses what is no list, and a kind that it does not know', () => {
    expect(refusalOf({ rotationDegrees: 10 })).toBe('An augmentation is a list of transforms.');
    for (const wrong of [[{ kind: 'rotate' }], [7], [null], [{}], [{ kind: 'toString' }]])
      expect(refusalOf(wrong)).toMatch(/^Transform 0 of the augmentation has no kind that is known; there are: flip, rotation/);
  });

  it.each([
    ['rotation', { degrees: -5 }, 'degrees must be a number from 0 to 180.'],
    ['rotation', { degrees: null }, 'degrees must be a number from 0 to 180.'],
    ['rotation', { probability: 1.5 }, 'probability must be a number from 0 to 1.'],
    ['zoom', { factor: 0.9 }, 'factor must be a number from 1 to 4.'],
    ['flip', { axis: 'diagonal' }, 'axis must be horizontal or vertical.'],
    ['gaussian-noise', { standardDeviationHu: [20, 5] }, 'standardDeviationHu must be [lowest, highest] within 0 and 1000.'],
    ['gaussian-noise', { standardDeviationHu: 20 }, 'standardDeviationHu must be [lowest, highest] within 0 and 1000.'],
    ['gaussian-blur', { sigmaPixels: [0, '1'] }, 'sigmaPixels must be [lowest, highest] within 0 and 32.'],
    ['perlin-noise', { octaves: 1.5 }, 'octaves must be a whole number from 1 to 8.'],
    ['intensity', { factor: [0, 1] }, 'factor must be [lowest, highest] within 0.25 and 4.'],
  ])('refuses a %s with %j, and says what it must be', (kind, changes, message) => {
    expect(refusalOf(only(kind, changes))).toBe(`Transform 0 of the augmentation (${kind}): ${message}`);
  });

  it('refuses a field that is missing, and one that is not known, without repeating it', () => {
    expect(refusalOf([{ kind: 'zoom', probability: 1 }])).toContain('factor must be a number from 1 to 4');
    const message = refusalOf(only('shift', { secret: 3 }));
    expect(message).toBe('Transform 0 of the augmentation (shift) has no such field; it has: probability, pixels.');
  });

  it('refuses an order in which a slice would be resampled after its values were changed, or twice', () => {
    expect(refusalOf([EVERYTHING[11], EVERYTHING[0]])).toContain('affine moves first');
    expect(refusalOf([EVERYTHING[5], EVERYTHING[0]])).toContain('affine moves first');
    expect(refusalOf([EVERYTHING[5], EVERYTHING[5]])).toContain('at most one elastic move');
  });

  it('refuses an elastic move that would fold a slice over', () => {
    const folding = { displacementPixels: [1, 4.1], smoothnessPixels: [12, 20] };
    expect(refusalOf(only('elastic', folding))).toContain('a third of its least smoothness');
    expect(refusalOf(only('elastic', { ...folding, displacementPixels: [1, 4] }))).toBe('accepted');
  });
});
