import { describe, expect, it } from 'vitest';
import { asVoxwatchError, VoxwatchError } from '../../core/errors.ts';

const systemError = (code: string, syscall: string): Error => Object.assign(new Error(`${code}: of a patient`), { code, syscall });

describe('asVoxwatchError', () => {
  it('says of a disk that takes nothing more what to do, whatever was at work', () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS']) {
      const error = asVoxwatchError(systemError(code, 'write'));
      expect(error).toMatchObject({ code: 'OUTPUT_NOT_WRITABLE', kind: 'missing', details: { systemCode: code } });
      expect(error.message).toMatch(/^The (quota of the )?disk is .+: .+\.$/);
    }
  });

  it('takes the limit of watches for no full disk', () => {
    expect(asVoxwatchError(systemError('ENOSPC', 'watch')).code).toBe('INTERNAL');
  });

  it('keeps the text of any other error to itself', () => {
    const error = asVoxwatchError(systemError('EIO', 'read'));
    expect(error.code).toBe('INTERNAL');
    expect(error.message).toBe('An unexpected Error (EIO) stopped the work.');
    for (const thrown of [undefined, null, 'of a patient', 7]) {
      expect(asVoxwatchError(thrown)).toMatchObject({ code: 'INTERNAL' });
      expect(asVoxwatchError(thrown).message).not.toContain('patient');
    }
  });

  it('lets its own pass', () => {
    const own = new VoxwatchError('USAGE', 'Say more.');
    expect(asVoxwatchError(own)).toBe(own);
  });
});
