/**
 * A bundle's manifest and a choice of precision → the networks to load, and what each provider is to give for the golden
 * slice with them.
 * @module
 */
import { VoxwatchError } from '../core/errors.ts';
import type { ManifestStage, ModelManifest } from '../core/model-manifest.ts';
import { type Precision, type PrecisionChoice, precisionFor } from '../core/model-variants.ts';
import { EXECUTION_PROVIDERS, type ExecutionProvider, type StageNetwork } from './sessions/session.ts';

/** A file of a bundle, and what it is, for messages. */
export interface BundleFile {
  readonly what: string;
  readonly file: string;
  readonly sha256: string;
}

/** Reads a file and checks its digest. */
export type ReadBundleFile = (file: BundleFile) => Promise<Uint8Array>;

/**
 * Which precision runs on each provider.
 * @throws {VoxwatchError} `PRECISION_UNAVAILABLE` where the bundle has no such variant.
 */
export function precisionByProvider(manifest: ModelManifest, choice: PrecisionChoice): (provider: ExecutionProvider) => Precision {
  const of = (provider: ExecutionProvider): Precision => {
    const precision = precisionFor(manifest, choice, provider);
    if (precision !== undefined) return precision;
    const has = ['fp32', ...(manifest.variants ?? []).map((variant) => variant.precision)].join(', ');
    throw new VoxwatchError(
      'PRECISION_UNAVAILABLE',
      `The bundle ${manifest.name} has no ${choice} variant; it has ${has}. voxwatch amend makes one.`,
    );
  };
  for (const provider of EXECUTION_PROVIDERS) of(provider);
  return of;
}

/** What the sha256 of a stage's network in a precision is. */
export function networkSha256({ sha256, variants = [] }: ManifestStage, precision: Precision): string {
  return variants.find((variant) => variant.precision === precision)?.sha256 ?? sha256;
}

/**
 * Reads a stage's networks: those in fp32 where a provider runs them, and those that take their place on others.
 * @param precisionOf - As {@link precisionByProvider} says.
 */
export async function readNetworks(
  stage: ManifestStage,
  precisionOf: (provider: ExecutionProvider) => Precision,
  read: ReadBundleFile,
): Promise<StageNetwork & { readonly byProvider?: Readonly<Partial<Record<ExecutionProvider, StageNetwork>>> }> {
  const networks = new Map<Precision, StageNetwork>();
  for (const precision of new Set(EXECUTION_PROVIDERS.map(precisionOf)))
    networks.set(precision, await readNetwork(stage, precision, read));
  const of = (provider: ExecutionProvider): StageNetwork => networks.get(precisionOf(provider)) as StageNetwork;
  if (networks.size === 1) return of('cpu');
  return { ...of('cpu'), byProvider: Object.fromEntries(EXECUTION_PROVIDERS.map((provider) => [provider, of(provider)])) };
}

async function readNetwork(stage: ManifestStage, precision: Precision, read: ReadBundleFile): Promise<StageNetwork> {
  const { file, sha256, int32 } = stage.variants?.find((variant) => variant.precision === precision) ?? stage;
  const kind = precision === 'fp32' ? '' : `${precision} `;
  const onnx = await read({ what: `${kind}network of stage ${stage.name}`, file, sha256 });
  if (int32 === undefined) return { onnx };
  return { onnx, int32Onnx: await read({ what: `int32 ${kind}network of stage ${stage.name}`, ...int32 }) };
}
