/**
 * The options that `amend` and `export` share: what a bundle gets beside its networks in fp32.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { VoxwatchError } from '../../core/errors.ts';
import { type DefaultPrecision, PRECISIONS, type VariantPrecision, variantPrecisionSchema } from '../../core/model-variants.ts';
import type { Amendments } from '../../export/variants/amend-bundle.ts';
import { collect, wholeNumber } from '../option-values.ts';
import { OWN_VERSION } from '../own-version.ts';

export interface AmendOptions {
  readonly variant: readonly VariantPrecision[];
  readonly defaultPrecision: readonly string[];
  readonly webgpu?: boolean;
  readonly pixelMm?: readonly [number, number];
  readonly sliceStepMm?: readonly [number, number];
  readonly labelled: readonly string[];
  readonly truthLabel: readonly string[];
  readonly phantoms: number;
}

const PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;

export function addAmendOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--variant <precision>', 'add the networks in this precision, fp16 or int8; may be repeated')
        .argParser((text: string, before: readonly VariantPrecision[]) => [...before, variantPrecision(text)])
        .default([]),
    )
    .option(
      '--default-precision <provider=precision>',
      'what runs where nobody asks, such as cpu=int8; may be repeated',
      collect,
      [],
    )
    .option('--webgpu', 'add networks with an int32 input, which WebGPU needs: twice the size')
    .option('--pixel-mm <low,high>', 'pixels that the bundle is made for, mm (what training saw); with --slice-step-mm', rangeMm)
    .option('--slice-step-mm <low,high>', 'slice distances that the bundle is made for, mm', rangeMm)
    .option(
      '--labelled <dir>',
      'also compare variants on these labelled cases, laid out as for evaluate --data; may be repeated',
      collect,
      [],
    )
    .option('--truth-label <number=name>', 'a label of their truth; repeat. Given at all, others are background', collect, [])
    .option('--phantoms <n>', 'phantoms that variants are calibrated and compared on', wholeNumber(0), 4);
}

/**
 * What the options ask for.
 * @throws {VoxwatchError} `USAGE` where they contradict each other.
 */
export function amendmentsOf(options: AmendOptions): Amendments {
  const { variant, webgpu, pixelMm, sliceStepMm, defaultPrecision } = options;
  if ((pixelMm === undefined) !== (sliceStepMm === undefined))
    throw new VoxwatchError('USAGE', 'A domain has pixels and slice distances: give --pixel-mm and --slice-step-mm together.');
  const domain = pixelMm && sliceStepMm ? { pixelMm, sliceStepMm } : undefined;
  const defaults = defaultPrecision.map(splitDefault);
  return {
    precisions: [...new Set(variant)].sort(),
    ...(defaults.length > 0 ? { defaultPrecision: Object.fromEntries(defaults) as DefaultPrecision } : {}),
    hasWebgpu: webgpu === true,
    ...(domain ? { domain } : {}),
    softwareVersion: OWN_VERSION,
  };
}

function variantPrecision(text: string): VariantPrecision {
  const parsed = variantPrecisionSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It must be fp16 or int8.');
}

function rangeMm(text: string): readonly [number, number] {
  const [low, high, ...rest] = text.split(',').map(Number);
  if (low !== undefined && high !== undefined && rest.length === 0 && low > 0 && low <= high && Number.isFinite(high))
    return [low, high];
  throw new InvalidArgumentError('It must be two numbers above 0, the lower first: 0.5,1.5.');
}

function splitDefault(text: string): readonly [string, string] {
  const [provider = '', precision = ''] = text.split('=');
  const isKnown = PROVIDERS.some((name) => name === provider) && PRECISIONS.some((name) => name === precision);
  if (isKnown) return [provider, precision];
  throw new VoxwatchError('USAGE', '--default-precision is written PROVIDER=PRECISION, such as cpu=int8 or cuda=fp16.');
}
