/**
 * What a setup is doing → lines on stderr; downloads as a bar on a terminal, as one line each otherwise.
 * @module
 */
import type { ProgressStream } from '../progress.ts';
import type { SetupView } from './setup-cuda.ts';

const MEGABYTE = 1e6;

/** Shows steps and downloads. */
export function showSetup(stream: ProgressStream): SetupView {
  let shown = '';
  const show = (line: string): void => {
    if (line !== shown) stream.write(line);
    shown = line;
  };
  return {
    step: (sentence) => stream.write(`${sentence}\n`),
    bytes(what, done, total) {
      const isWhole = done >= total;
      const percent = String(Math.floor((100 * done) / total)).padStart(3);
      const line = `  ${what}  ${percent} % of ${Math.round(total / MEGABYTE)} MB`;
      if (stream.isTTY) show(`\r\u001b[K${line}${isWhole ? '\n' : ''}`);
      else if (isWhole) show(`${line}\n`);
    },
  };
}
