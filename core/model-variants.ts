/**
 * Variants of a bundle: its networks in another precision, smaller or faster, and what that costs.
 *
 * A variant is not the network that was trained, so it has a certificate of its own: what it gives beside the network in
 * float32 (`fp32`), for each stage and for the whole bundle.
 * @module
 */
import { z } from 'zod';
import { replayFindingSchema } from './parity-certificate.ts';

/** What the numbers of a network are. `fp32` is as it was trained. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Which one to run; `auto` is the bundle's own choice for the provider. */
export type PrecisionChoice = 'auto' | Precision;

/** A variant whose Dice falls by more than this on any label must be asked for by name. */
export const LARGEST_DEFAULT_LOSS = 0.005;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hex');
/** A network's file. */
const onnxFile = { file: z.string().regex(/^[\w.-]+\.onnx$/), sha256 };
export const variantPrecisionSchema = z.enum(['fp16', 'int8']);

const share = z.number().min(0).max(1);

/** A stage's network in another precision, beside its own in fp32. */
export const stageVariantSchema = z.strictObject({
  precision: variantPrecisionSchema,
  ...onnxFile,
  /** The same with an int32 `hu`, for WebGPU. */
  int32: z.strictObject(onnxFile).optional(),
  certificate: z.strictObject({
    /** E.g. `phantom slices (seeds 900001, 900002)`. */
    inputs: z.string(),
    slices: z.int().positive(),
    inputSha256: sha256,
    /** Dice of the stage's foreground, the variant's against that of fp32: how alike they are, not how right. */
    agreement: share,
    /** Pixels whose label differs; in millimetres: whose probability lies on the other side of its output's threshold. */
    labelDisagreements: z.int().min(0),
    pixels: z.int().positive(),
    /** Those that fp32 marks: of few, the agreement says little. Absent in bundles that were made before it was counted. */
    foregroundPixels: z.int().min(0).optional(),
    /** Medians of interleaved runs on the CPU of the machine that made it, milliseconds a slice; their ratio says more. */
    fp32Ms: z.number().positive(),
    variantMs: z.number().positive(),
    /** Against the trained network, on the slices of the bundle's `parity.replay`; absent where it has none. */
    replay: replayFindingSchema.optional(),
  }),
});

/** What a whole bundle gives in another precision. */
export const bundleVariantSchema = z.strictObject({
  precision: variantPrecisionSchema,
  /** What it gives for the golden slice. */
  golden: z.strictObject({ labelsSha256: sha256, labels: z.strictObject({ file: z.string(), sha256 }) }),
  results: z
    .array(
      z.strictObject({
        /** Name of a label; of the organ, with its lesion. */
        of: z.string(),
        /** E.g. `phantoms (seeds 900011 to 900014)`. */
        on: z.string(),
        cases: z.int().positive(),
        /** Dice against the truth, mean of cases; absent where no truth is known. */
        fp32Dice: share.optional(),
        variantDice: share.optional(),
        /** Dice of the variant's mask against that of fp32, mean of cases. */
        agreement: share,
      }),
    )
    .min(1)
    .readonly(),
  /** By how much Dice fell most, of all results: against the truth, and where none is known by the agreement. */
  largestLoss: z.number(),
});

/** What runs where `auto` is asked for; a provider that is not named runs fp32. */
export const defaultPrecisionSchema = z.strictObject({
  cuda: z.enum(PRECISIONS).optional(),
  webgpu: z.enum(PRECISIONS).optional(),
  cpu: z.enum(PRECISIONS).optional(),
});

export type StageVariant = z.infer<typeof stageVariantSchema>;
export type BundleVariant = z.infer<typeof bundleVariantSchema>;
export type VariantPrecision = BundleVariant['precision'];
export type DefaultPrecision = z.infer<typeof defaultPrecisionSchema>;

/** What a manifest says of variants. */
export interface VariantFacts {
  readonly variants?: readonly BundleVariant[] | undefined;
  readonly defaultPrecision?: DefaultPrecision | undefined;
  readonly stages: readonly { readonly name: string; readonly variants?: readonly StageVariant[] | undefined }[];
}

/** Why what a manifest says of variants contradicts itself; undefined where it does not. */
export function variantContradiction({ variants = [], defaultPrecision = {}, stages }: VariantFacts): string | undefined {
  const named = variants.map(({ precision }) => precision);
  if (new Set(named).size !== named.length) return 'two variants have the same precision';
  for (const { name, variants: own = [] } of stages)
    if (own.map(({ precision }) => precision).join() !== named.join()) return `stage ${name} has other variants than the bundle`;
  for (const [provider, precision] of Object.entries(defaultPrecision)) {
    if (precision === undefined || precision === 'fp32') continue;
    const variant = variants.find((one) => one.precision === precision);
    if (variant === undefined) return `${precision} is to run on ${provider}, and there is no such variant`;
    if (variant.largestLoss > LARGEST_DEFAULT_LOSS)
      return `${precision} is to run on ${provider}, though Dice falls by ${variant.largestLoss}, more than ${LARGEST_DEFAULT_LOSS}`;
  }
  return undefined;
}

/**
 * The precision to run on a provider.
 * @returns undefined where the bundle has none of the one that is asked for.
 */
export function precisionFor(
  { variants = [], defaultPrecision = {} }: Pick<VariantFacts, 'variants' | 'defaultPrecision'>,
  choice: PrecisionChoice,
  provider: keyof DefaultPrecision,
): Precision | undefined {
  const wanted = choice === 'auto' ? (defaultPrecision[provider] ?? 'fp32') : choice;
  return wanted === 'fp32' || variants.some(({ precision }) => precision === wanted) ? wanted : undefined;
}
