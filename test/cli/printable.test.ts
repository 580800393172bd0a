import { describe, expect, it } from 'vitest';
import { printable } from '../../cli/printable.ts';

describe('text from outside, printed', () => {
  it('keeps letters of any script, spaces and punctuation', () => {
    expect(printable("Größe 山田^太郎 (1).dcm'")).toBe("Größe 山田^太郎 (1).dcm'");
  });

  it('escapes what would move the cursor, begin a line or turn the direction', () => {
    expect(printable('a\nb\r\t\x1b[31m\x7f\x9b\u202e\u2028')).toBe('a\\nb\\u{d}\\u{9}\\u{1b}[31m\\u{7f}\\u{9b}\\u{202e}\\u{2028}');
  });

  it('tells a newline from a backslash and an n', () => {
    expect(printable('\n')).not.toBe(printable('\\n'));
  });
});
