/** Designs as JSON: completed, or refused by name. */
import { describe, expect, it } from 'vitest';
import { completeDesign, DEFAULT_DESIGN } from '../../../../train/synthesis/from-labels/design.ts';
import { CODES } from '../../../../train/synthesis/from-labels/tissues.ts';
import { truthTable } from '../../../../train/synthesis/from-labels/truth.ts';

describe('a design', () => {
  it('is plain data: what JSON makes of the default is the default', () => {
    expect(completeDesign(JSON.parse(JSON.stringify(DEFAULT_DESIGN)))).toEqual(DEFAULT_DESIGN);
    expect(completeDesign({})).toEqual(DEFAULT_DESIGN);
  });

  it('keeps what is not stated of a section, and takes the truth whole', () => {
    const design = completeDesign({ bend: { mirrorProbability: 0.5 }, truth: { kidney: 1 } });
    expect(design.bend).toEqual({ ...DEFAULT_DESIGN.bend, mirrorProbability: 0.5 });
    expect(design.truth).toEqual({ kidney: 1 });
  });

  it.each([
    ['no object', []],
    ['an unknown section', { bends: {} }],
    ['a section that is no object', { bend: 3 }],
    ['an unknown field', { bend: { scales: [1, 1] } }],
    ['a range the wrong way round', { bend: { scale: [1.2, 0.8] } }],
    ['a probability above 1', { scanner: { armProbability: 2 } }],
    ['text for a number', { bend: { aspect: '0.1' } }],
    ['a phase without a weight', { contrast: { phases: { none: 1 } } }],
    ['modes that are all never', { paint: { modes: { real: 0, shift: 0, synthesis: 0 } } }],
    ['an unknown tissue in the table of HU', { hu: { lever: {} } }],
    ['a row of HU without a phase', { hu: { liver: { none: [50, 5] } } }],
    ['a negative deviation', { hu: { liver: { none: [50, -5], arterial: [50, 5], portal: [50, 5], late: [50, 5] } } }],
    ['an organ of no tissue', { tissues: { hepar: 'lever' } }],
    ['air as a tissue', { tissues: { hepar: 'air' } }],
    ['a truth of no tissue', { truth: { lever: 1 } }],
    ['a truth without labels', { truth: {} }],
    ['a label that is background', { truth: { liver: 0 } }],
    ['a work grid of nothing', { workMm: 0 }],
    ['slice steps that are no pairs', { scan: { sliceStepsMm: [3] } }],
    ['no slice steps', { scan: { sliceStepsMm: [] } }],
  ])('is refused with %s', (_, stated) => {
    expect(() => completeDesign(stated)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('says with a name for two tissues that both have the label', () => {
    const table = truthTable({ kidney: 3, gut: 6 });
    expect(table[CODES['renal-cortex']]).toBe(3);
    expect(table[CODES['renal-medulla']]).toBe(3);
    expect(table[CODES['gut-gas']]).toBe(6);
    expect(table[CODES.liver]).toBe(0);
  });
});
