/** The designs of the anatomies against the recipes that are trained on them. */
import { expect, it } from 'vitest';
import { KIDNEY_ANATOMIES, LIVER_ANATOMIES, ORGAN_ANATOMIES } from '../../../train/recipes/abdomen-anatomies.ts';
import { ABDOMEN_CASCADE, ABDOMEN_CASCADE_KIDNEY } from '../../../train/recipes/abdomen-cascade.ts';
import { completeDesign } from '../../../train/synthesis/from-labels/design.ts';
import { truthTable } from '../../../train/synthesis/from-labels/truth.ts';

it.each([ORGAN_ANATOMIES, LIVER_ANATOMIES, KIDNEY_ANATOMIES])(
  'a design that synthesize takes, with all labels of the recipes',
  (design) => {
    const { truth } = completeDesign(design);
    const labels = new Set(truthTable(truth));
    for (const { truthLabels } of [ABDOMEN_CASCADE, ABDOMEN_CASCADE_KIDNEY])
      expect([...labels].filter((label) => label > 0).sort()).toEqual(truthLabels.map(({ index }) => index));
  },
);

it.each([
  ['liver', ABDOMEN_CASCADE, 1],
  ['kidney', ABDOMEN_CASCADE_KIDNEY, 0],
] as const)('the labels of the %s mean what the design writes', (organ, { stages, truthLabels }, firstOfStage2) => {
  const named = (name: string): number => truthLabels.find((label) => label.name === name)?.index as number;
  const focus = [ORGAN_ANATOMIES.truth[organ], ORGAN_ANATOMIES.truth[`${organ}-lesion`]];
  expect([named(organ), named(`${organ} lesion`)]).toEqual(focus);
  expect(stages[1]?.focusLabels).toEqual(focus);
  // Both make the organ, of stage 1 and, where the outline is drawn anew, of stage 2; there the lesion alone makes the tumour.
  expect(stages[0]?.millimetres?.outputs.map(({ classes }) => classes)).toEqual([focus]);
  const fine = focus.map((label) => stages[1]?.classes[label as number]);
  expect(stages[1]?.millimetres?.outputs.map(({ classes }) => classes)).toEqual([fine, fine.slice(1)].slice(firstOfStage2));
});

it('the spacings of stages and anatomies are the same', () => {
  expect(ABDOMEN_CASCADE.stages.map(({ millimetres }) => millimetres?.spacingMm)).toEqual([
    ORGAN_ANATOMIES.scan.pixelMm[0],
    LIVER_ANATOMIES.scan.pixelMm[0],
  ]);
  expect(ABDOMEN_CASCADE_KIDNEY.stages[1]?.millimetres?.spacingMm).toBe(KIDNEY_ANATOMIES.scan.pixelMm[0]);
});
