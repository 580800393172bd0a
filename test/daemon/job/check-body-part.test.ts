import { expect, test } from 'vitest';
import type { ModelManifest } from '../../../core/model-manifest.ts';
import { checkBodyPart } from '../../../daemon/job/check-body-part.ts';

const manifest = { name: 'kidney', bodyParts: ['ABDOMEN', 'KIDNEY'] } as unknown as ModelManifest;

test('a scan of a part that the model is made for, or that does not say its part, gives no finding', () => {
  expect(checkBodyPart('ABDOMEN', manifest)).toEqual([]);
  expect(checkBodyPart('Abdomen', manifest)).toEqual([]);
  expect(checkBodyPart(undefined, manifest)).toEqual([]);
});

test('a scan of another part gives a warning that does not repeat what the file says', () => {
  const [finding] = checkBodyPart('HEAD', manifest);
  expect(finding).toMatchObject({ code: 'BODY_PART_DIFFERS', severity: 'warning' });
  expect(finding?.message).not.toContain('HEAD');
});
