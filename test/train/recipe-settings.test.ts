import { describe, expect, it } from 'vitest';
import { checkLoss } from '../../train/losses/loss-spec.ts';
import { applySettings } from '../../train/recipe-settings.ts';
import { findRecipe } from '../../train/recipes/index.ts';
import { KIDNEY_ENET_CASCADE } from '../../train/recipes/kidney-enet-cascade.ts';

describe('--set', () => {
  it('changes single numbers of a copy', () => {
    const before = structuredClone(KIDNEY_ENET_CASCADE);
    const changed = applySettings(KIDNEY_ENET_CASCADE, [
      'tumour.phases.0.steps=200',
      'organ.phases.0.loss.alpha=0.5',
      'organ.clampHu.0=-500',
    ]);
    expect(changed.stages[1]?.phases[0]?.steps).toBe(200);
    expect(changed.stages[0]?.phases[0]?.loss).toEqual({ kind: 'tversky', alpha: 0.5, beta: 0.7 });
    expect(changed.stages[0]?.clampHu).toEqual([-500, 300]);
    expect(KIDNEY_ENET_CASCADE).toEqual(before);
  });

  it('without settings is the recipe', () => {
    expect(applySettings(KIDNEY_ENET_CASCADE, [])).toEqual(KIDNEY_ENET_CASCADE);
  });

  it.each([
    'organ.phases.0.steps', // no value
    'organ.phases.0.steps=', // empty
    'organ.phases.0.steps= ', // blank
    'organ.phases.0.steps=many',
    'organ.phases.0.steps=Infinity',
    'organ.phases.0.steps=1=2',
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

describe('a recipe by name', () => {
  it('is found, and otherwise the names are listed', () => {
    expect(findRecipe('kidney-enet-cascade')).toBe(KIDNEY_ENET_CASCADE);
    expect(() => findRecipe('liver')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('kidney-enet-cascade') }),
    );
  });
});

describe('kidney-enet-cascade', () => {
  it('fits together: classes, shares, outputs, windows, crops', () => {
    const { stages, labels } = KIDNEY_ENET_CASCADE;
    const known = new Set([0, ...labels.map(({ index }) => index)]);
    for (const [position, stage] of stages.entries()) {
      const classes = Math.max(...stage.classes) + 1;
      expect(stage.classes.length).toBe(labels.length + 1);
      expect(stage.outputLabels.length).toBe(classes);
      for (const label of stage.outputLabels) expect(known.has(label)).toBe(true);
      for (const { windowPixels, sliceShares, loss } of stage.phases) {
        expect(sliceShares.length).toBe(stage.classes.length);
        expect(() => checkLoss(loss, classes)).not.toThrow();
        expect(sliceShares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        windowPixels.forEach((size, axis) => {
          expect(size % 8).toBe(0);
          expect(size).toBeLessThanOrEqual(stage.gridPixels[axis] as number);
        });
      }
      if (stage.region.kind === 'crop-around-foreground') {
        const { ofStage, sizePixels } = stage.region;
        expect(stages.slice(0, position).map(({ name }) => name)).toContain(ofStage);
        expect(sizePixels).toEqual(stage.gridPixels);
      }
    }
  });

  it('begins each stage with the loss of report 003', () => {
    for (const { phases } of KIDNEY_ENET_CASCADE.stages)
      expect(phases[0]?.loss).toEqual({ kind: 'tversky', alpha: 0.3, beta: 0.7 });
  });
});
