import { describe, expect, it } from 'vitest';
import { applySettings, chooseLoss } from '../../train/recipe-settings.ts';
import { findRecipe } from '../../train/recipes/index.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';

describe('--set', () => {
  it('changes single numbers of a copy', () => {
    const before = structuredClone(KIDNEY_ENET_CASCADE);
    const changed = applySettings(KIDNEY_ENET_CASCADE, [
      'tumour.phases.0.steps=200',
      'organ.phases.0.loss.alpha=0.5',
      'organ.intensity.clampHu.0=-500',
    ]);
    expect(changed.stages[1]?.phases[0]).toMatchObject({ steps: 200 });
    expect(changed.stages[0]?.phases[0]?.loss).toEqual({ kind: 'tversky', alpha: 0.5, beta: 0.7 });
    expect(changed.stages[0]?.intensity).toMatchObject({ clampHu: [-500, 300] });
    expect(KIDNEY_ENET_CASCADE).toEqual(before);
  });

  it('without settings is the recipe', () => {
    expect(applySettings(KIDNEY_ENET_CASCADE, [])).toEqual(KIDNEY_ENET_CASCADE);
  });

  it.each([
    'liver.phases.0.steps=10', // no such stage
    'organ.phases.7.steps=10', // no such phase
    'organ.phases.0.stepz=10',
    'organ.network=3', // not a number
    'organ.phases=3', // not a number either
    'organ.phases.length=0', // a number, but not the recipe's
    'organ.constructor.length=1',
    'organ=1',
    '=1',
    '',
  ])('refuses %j and names the key', (setting) => {
    const key = setting.split('=', 1)[0] as string;
    expect(() => applySettings(KIDNEY_ENET_CASCADE, [setting])).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(`; ${key} does not`) }),
    );
  });
});

describe('the value of --set', () => {
  const refusal = (text: string) => expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(text) });

  it.each(['', '=', '= ', '=many', '=Infinity', '=1=2'])('%j is no number', (value) => {
    expect(() => applySettings(KIDNEY_ENET_CASCADE, [`organ.phases.0.steps${value}`])).toThrow(
      refusal('organ.phases.0.steps is given is not a number'),
    );
  });

  it.each([
    ['organ.phases.0.batchSize', '0'],
    ['organ.phases.0.batchSize', '2.5'],
    ['organ.phases.0.steps', '-1'],
    ['organ.gridPixels.0', '0'],
  ])('%s cannot be %s', (key, value) => {
    expect(() => applySettings(KIDNEY_ENET_CASCADE, [`${key}=${value}`])).toThrow(refusal('a whole number from'));
  });

  it('may be any number where nothing is counted', () => {
    expect(() => applySettings(KIDNEY_ENET_CASCADE, ['organ.phases.0.loss.alpha=0.5', 'organ.phases.0.steps=0'])).not.toThrow();
  });

  it('is refused with what is there', () => {
    for (const [key, there] of [
      ['liver.phases.0.steps', 'recipe kidney-enet-cascade has organ, tumour'],
      ['organ.phases.0.stepz', 'organ.phases.0 has steps, kind, batchSize'],
      ['organ.phases', 'organ.phases has 0'],
    ] as const)
      expect(() => applySettings(KIDNEY_ENET_CASCADE, [`${key}=1`])).toThrow(refusal(there));
  });
});

describe('a recipe by name', () => {
  it('is found, and otherwise the names are listed', () => {
    expect(findRecipe('kidney-enet-cascade')).toBe(KIDNEY_ENET_CASCADE);
    expect(() => findRecipe('liver')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('kidney-enet-cascade') }),
    );
  });
});

describe('--loss', () => {
  it('takes one of the losses that the report compares, in all phases', () => {
    const changed = chooseLoss(findRecipe('liver-unet'), 'soft-dice');
    for (const { phases } of changed.stages)
      for (const { loss } of phases) expect(loss).toEqual({ kind: 'soft-dice', denominator: 'squared' });
    expect(chooseLoss(KIDNEY_ENET_CASCADE, undefined)).toBe(KIDNEY_ENET_CASCADE);
  });

  it('refuses another, and lists those that there are', () => {
    const refusal = (text: string) => expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(text) });
    expect(() => chooseLoss(findRecipe('liver-unet'), 'dice')).toThrow(refusal('binary-cross-entropy, focal, soft-dice'));
    expect(() => chooseLoss(findRecipe('liver-unet'), 'constructor')).toThrow(refusal('there are'));
    expect(() => chooseLoss(KIDNEY_ENET_CASCADE, 'focal')).toThrow(refusal('compares none'));
  });
});
