import { expect, it } from 'vitest';
import { failed, ok, warning } from '../../../cli/doctor/point.ts';
import { pointsText } from '../../../cli/doctor/points-text.ts';

const plain = { columns: 46, style: 'plain' } as const;

it('puts points under each other, and below each how to mend it', () => {
  const points = [ok('Node', '20.20.2'), warning('cores', '2 cores, about 0 free now', 'Stop what else is computing here.')];
  expect(pointsText(points, plain).split('\n')).toEqual([
    'ok       Node   20.20.2',
    'warning  cores  2 cores, about 0 free now',
    '                → Stop what else is computing',
    '                here.',
    '',
    'voxwatch works here; 1 to look at.',
    '',
  ]);
});

it('says last whether voxwatch works here', () => {
  expect(pointsText([ok('a', 'b')], plain)).toMatch(/\n\nvoxwatch works here\.\n$/);
  expect(pointsText([failed('a', 'b', 'c'), warning('a', 'b', 'c')], plain)).toMatch(
    /1 failed, 1 to look at: voxwatch cannot do its work here\.\n$/,
  );
});

it('colours nothing but the status, and only where it is asked to', () => {
  expect(pointsText([ok('a', 'b')], plain)).not.toContain('\u001b');
  expect(pointsText([ok('a', 'b')], { ...plain, style: 'colour' })).toMatch(/^\u001b\[32mok {5}\u001b\[0m {2}a {2}b\n/);
});
