import { describe, expect, test } from 'vitest';
import { refuseAllForBroken } from '../../../daemon/intake/company.ts';
import type { DiscoveredSeries, SetAside } from '../../../daemon/intake/discovered-series.ts';

const series = (name: string, folder: string): DiscoveredSeries => ({
  kind: 'dicom',
  name,
  key: name,
  files: [`${folder}/1.dcm`, `${folder}/3.dcm`],
  isClosed: true,
  findings: [],
});

const broken = (file: string): SetAside => ({ file, code: 'INPUT_TRUNCATED', message: 'The file breaks off.' });

describe('a folder that is looked at once', () => {
  test('a truncated slice in the folder of the only series refuses that series', () => {
    const { series: found } = refuseAllForBroken({ series: [series('a', '/in/a')], setAside: [broken('/in/a/2.dcm')] });
    expect(found[0]?.refusal?.code).toBe('INPUT_TRUNCATED');
  });

  test('a truncated file elsewhere, or a text beside it, does not', () => {
    const text: SetAside = { file: '/in/a/readme.txt', code: 'INPUT_UNKNOWN_FORMAT', message: 'No image.' };
    const { series: found } = refuseAllForBroken({ series: [series('a', '/in/a')], setAside: [broken('/in/b/2.dcm'), text] });
    expect(found[0]?.refusal).toBeUndefined();
  });

  test('where two series share a folder nobody can say whose slice it was: both go on, the file stays set aside', () => {
    const discovery = { series: [series('a', '/in/a'), series('b', '/in/a')], setAside: [broken('/in/a/2.dcm')] };
    expect(refuseAllForBroken(discovery).series.map(({ refusal }) => refusal)).toEqual([undefined, undefined]);
  });
});
