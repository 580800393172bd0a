/**
 * Text from outside (file names, attributes of an image) → text that a terminal shows as it is.
 * @module
 */

/** Control and format characters, lone surrogates, unassigned ones, and line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Writes characters that would move the cursor, colour the screen, turn the writing direction or begin a line as escapes:
 * `\n`, `\u{1b}`. Nothing in a name can then pass for output of ours. A backslash is doubled, so that no two names look alike.
 */
export function printable(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(UNPRINTABLE, (character) => (character === '\n' ? '\\n' : `\\u{${character.codePointAt(0)?.toString(16)}}`));
}
