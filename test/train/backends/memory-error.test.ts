import { expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { asMemoryError } from '../../../train/backends/memory-error.ts';

it.each([
  'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[1320,244,244,64] and type float',
  'Array buffer allocation failed',
  'Invalid typed array length: 5952000000',
])('says that the batch is too large for: %s', (message) => {
  expect(asMemoryError(new Error(message))).toMatchObject({
    code: 'TRAINING_FAILED',
    message: expect.stringMatching(/too little memory/),
  });
});

it('leaves other errors as they are', () => {
  const others = [new Error('something else'), new VoxwatchError('USAGE', 'Out of memory'), undefined];
  for (const other of others) expect(asMemoryError(other)).toBe(other);
});
