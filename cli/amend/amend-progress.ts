/**
 * Progress of variants in the making → stderr: one line that changes on a terminal, JSON lines otherwise.
 * @module
 */
import type { Precision } from '../../core/model-variants.ts';
import type { ProgressStream } from '../progress.ts';

/** A stage's network is calibrated and compared slice by slice; or a scan goes through the whole bundle. */
export type AmendStep =
  | { readonly step: 'stage'; readonly stage: string }
  | { readonly step: 'scan'; readonly precision: Precision; readonly number: number; readonly of: number };

export interface AmendProgress {
  update(step: AmendStep): void;
  /** Takes the line off the terminal. */
  end(): void;
}

/** @param stream - `process.stderr` is one. */
export function showAmending(stream: ProgressStream): AmendProgress {
  if (!stream.isTTY)
    return { update: (step) => void stream.write(`${JSON.stringify({ event: 'amend.progress', ...step })}\n`), end: () => {} };
  return {
    update: (step) => void stream.write(`\r\u001b[K${words(step)} …`),
    end: () => void stream.write('\r\u001b[K'),
  };
}

function words(step: AmendStep): string {
  if (step.step === 'stage') return `a variant of stage ${step.stage}: calibrating and comparing`;
  return `${step.precision}: scan ${step.number} of ${step.of} through the whole bundle`;
}
