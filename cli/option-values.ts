/**
 * Parsers of option values that commander calls; a bad value is a usage error that names the rule.
 * @module
 */
import { InvalidArgumentError, Option } from 'commander';
import { BUNDLE_NAME } from '../core/model-manifest.ts';
import { PRECISIONS } from '../core/model-variants.ts';

/** A whole number not below `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Collects the values of an option that may be given more than once. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A name that a bundle may have. */
export function bundleName(text: string): string {
  if (BUNDLE_NAME.test(text)) return text;
  throw new InvalidArgumentError('It must be of small letters, digits and hyphens, and begin with no hyphen.');
}

/** `--precision` of the commands that run bundles. */
export function precisionOption(): Option {
  return new Option('--precision <name>', 'variant of the networks; auto: what the bundle says for the provider')
    .choices(['auto', ...PRECISIONS])
    .default('auto');
}
