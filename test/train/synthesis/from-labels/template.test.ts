/** Templates out of label maps: what is refused, and what is not labelled. */
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../../core/errors.ts';
import { createLabelMap, createVolume } from '../../../../core/volume.ts';
import { checkLabelNames } from '../../../../train/synthesis/from-labels/label-names.ts';
import { TOTALSEGMENTATOR_NAMES, tissueOfOrgan } from '../../../../train/synthesis/from-labels/organ-names.ts';
import { prepareTemplate, type Template } from '../../../../train/synthesis/from-labels/template.ts';
import { CODES, type Tissue } from '../../../../train/synthesis/from-labels/tissues.ts';
import { bodyTemplate, labelledBody, NAMES, SIZE, VOXEL_MM } from './labelled-body.ts';

const BODY = labelledBody();

function failureOf(make: () => unknown): VoxwatchError {
  try {
    make();
  } catch (thrown) {
    if (thrown instanceof VoxwatchError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

function countOf({ tissues }: Template, tissue: Tissue): number {
  return tissues.reduce((count, code) => count + Number(code === CODES[tissue]), 0);
}

describe('a template', () => {
  it('knows fat, muscle and air round the labels by their HU', () => {
    const template = bodyTemplate();
    const at = (i: number, j: number, k: number): number => template.tissues[(k * SIZE[1] + j) * SIZE[0] + i] as number;
    expect(template.sizeVoxels).toEqual(SIZE);
    expect(at(0, 0, 20)).toBe(CODES.air);
    expect(at(4, 22, 10)).toBe(CODES.fat);
    expect(at(6, 22, 10)).toBe(CODES['soft-tissue']);
    expect(at(17, 20, 30)).toBe(CODES.liver);
    expect(template.medianHu[CODES.liver]).toBeCloseTo(50, -1);
  });

  it('parts the kidneys into cortex and the medulla inside it', () => {
    const template = bodyTemplate();
    expect(countOf(template, 'renal-cortex')).toBeGreaterThan(100);
    expect(countOf(template, 'renal-medulla')).toBeGreaterThan(100);
    const kidney = [CODES['renal-cortex'], CODES['renal-medulla']];
    const steps = [1, -1, SIZE[0], -SIZE[0], SIZE[0] * SIZE[1], -SIZE[0] * SIZE[1]];
    template.tissues.forEach((code, p) => {
      if (code !== CODES['renal-medulla']) return;
      for (const step of steps) expect(kidney).toContain(template.tissues[p + step]);
    });
  });

  it('is the same whatever the voxel order of the files', () => {
    const mirrored = prepareTemplate({ ...labelledBody(-1), names: NAMES }, VOXEL_MM);
    const { tissues } = bodyTemplate();
    const differing = mirrored.tissues.reduce((count, code, p) => count + Number(code !== tissues[p]), 0);
    // The noise of the CT decides single voxels at edges.
    expect(differing / mirrored.tissues.length).toBeLessThan(0.01);
  });

  it('has its size in other cubes too, and the same volumes in them', () => {
    const fine = prepareTemplate({ ...BODY, names: NAMES }, 3);
    expect(fine.sizeVoxels).toEqual(SIZE.map((n) => 2 * n));
    expect(countOf(fine, 'liver') / countOf(bodyTemplate(), 'liver')).toBeCloseTo(8, 0);
  });

  it('leaves a table out of the body', () => {
    const hu = BODY.volume.hu.slice();
    const table = (p: number): boolean => Math.floor(p / SIZE[0]) % SIZE[1] === 43;
    for (let p = 0; p < hu.length; p++) if (table(p)) hu[p] = 100;
    const template = prepareTemplate(
      { labels: BODY.labels, volume: createVolume(BODY.volume.geometry, hu), names: NAMES },
      VOXEL_MM,
    );
    expect(template.tissues.every((code, p) => !table(p) || code === CODES.air)).toBe(true);
  });

  it('has a trunk round the labels where there is no CT', () => {
    const template = prepareTemplate({ labels: BODY.labels, names: NAMES }, VOXEL_MM);
    expect(template.hu).toBeUndefined();
    expect(countOf(template, 'liver')).toBe(countOf(bodyTemplate(), 'liver'));
    expect(countOf(template, 'fat')).toBeGreaterThan(2000);
    expect(countOf(template, 'muscle')).toBeGreaterThan(1000);
    // Not the whole picture.
    expect(countOf(template, 'air')).toBeGreaterThan(template.tissues.length / 4);
  });
});

describe('what is refused', () => {
  it('a CT on another grid than its labels', () => {
    const { voxelToWorld } = BODY.volume.geometry;
    const moved = voxelToWorld.map((value, n) => (n === 7 ? value + 9 : value));
    const volume = createVolume({ sizeVoxels: SIZE, voxelToWorld: moved }, BODY.volume.hu);
    expect(failureOf(() => prepareTemplate({ labels: BODY.labels, volume, names: NAMES }, 6)).code).toBe('GEOMETRY_INVALID');
    const cut = createVolume({ sizeVoxels: [54, 46, 39], voxelToWorld }, BODY.volume.hu.slice(0, 54 * 46 * 39));
    expect(failureOf(() => prepareTemplate({ labels: BODY.labels, volume: cut, names: NAMES }, 6)).code).toBe('GEOMETRY_INVALID');
  });

  it('a map without any label', () => {
    const labels = createLabelMap(BODY.labels.geometry, new Uint8Array(BODY.labels.labels.length));
    expect(failureOf(() => prepareTemplate({ labels, names: NAMES }, 6)).code).toBe('INPUT_EMPTY');
  });

  it('a label without a name, and a name of no organ: by number, and with what to do', () => {
    const unnamed = failureOf(() => prepareTemplate({ ...BODY, names: new Map([[5, 'liver']]) }, 6));
    expect(unnamed).toMatchObject({ code: 'LABEL_UNKNOWN', details: { labels: [1, 2, 3, 30, 52] } });
    const names = new Map([...NAMES, [52, 'Frau Muster']]);
    const strange = failureOf(() => prepareTemplate({ ...BODY, names }, 6));
    expect(strange).toMatchObject({ code: 'LABEL_UNKNOWN', details: { labels: [52] } });
    expect(strange.message).toContain('"tissues"');
    expect(strange.message).not.toContain('Muster');
    const named = prepareTemplate({ ...BODY, names, tissues: { 'Frau Muster': 'artery' } }, 6);
    expect(countOf(named, 'artery')).toBe(countOf(bodyTemplate(), 'artery'));
  });

  it.each([[null], [[]], [{}], [{ '0': 'liver' }], [{ '256': 'liver' }], [{ liver: 5 }], [{ '5': 7 }], [{ '5': '' }]])(
    'a table of names that is none: %o',
    (value) => expect(failureOf(() => checkLabelNames(value)).code).toBe('CONFIG_INVALID'),
  );
});

describe('names of organs', () => {
  it('are known for every label of TotalSegmentator, at their numbers', () => {
    expect(TOTALSEGMENTATOR_NAMES.length).toBe(117);
    expect(TOTALSEGMENTATOR_NAMES.filter((name) => tissueOfOrgan(name) === undefined)).toEqual([]);
    // Numbers that the published label maps have.
    const known = {
      spleen: 1,
      liver: 5,
      colon: 20,
      sacrum: 25,
      heart: 51,
      aorta: 52,
      spinal_cord: 79,
      rib_left_1: 92,
      sternum: 116,
    };
    for (const [name, label] of Object.entries(known)) expect(TOTALSEGMENTATOR_NAMES[label - 1]).toBe(name);
  });

  it('are read in other spellings, and not guessed', () => {
    expect(tissueOfOrgan('Left Kidney')).toBe('renal-cortex');
    expect(tissueOfOrgan('liver-tumour')).toBe('liver-lesion');
    expect(tissueOfOrgan('oesophagus')).toBe('stomach');
    expect(tissueOfOrgan('liverwurst')).toBeUndefined();
    expect(tissueOfOrgan('tumour')).toBeUndefined();
  });
});
