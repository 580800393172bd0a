/**
 * A bundle's certificate on this machine: its networks on a provider against what the trained ones gave where they were
 * exported.
 *
 * The golden slice asks whether the whole bundle gives its labels; this asks whether each network computes what was trained,
 * number by number. It goes past the runtime, as export does.
 * @module
 */
import type { FusedStage, ManifestStage, TrainedManifest } from '../core/model-manifest.ts';
import type { Precision } from '../core/model-variants.ts';
import type { ReplayDifferences, ReplayLimits } from '../core/parity-certificate.ts';
import { isWithin, replayStage } from '../export/replay/replay-stage.ts';
import { storedStages } from '../export/replay/stored-stages.ts';
import type { BundleSource } from '../runtime/bundle.ts';
import type { ExecutionProvider } from '../runtime/sessions/session.ts';
import { storedSlices } from './replay-slices.ts';

/** What a stage's network gave here. */
export interface RepeatedStage extends ReplayDifferences {
  readonly stage: string;
  /** What it may differ by. */
  readonly limits: ReplayLimits['cpu'];
  readonly isWithin: boolean;
}

/**
 * Repeats a certificate; all files must be those of the manifest.
 * @returns each stage; undefined where the bundle does not hold what it takes: an older one, or a variant of an older one.
 * @throws {VoxwatchError} `BUNDLE_INVALID`, `PARITY_FAILED`; whatever the engine throws.
 */
export async function repeatCertificate(
  source: BundleSource,
  manifest: TrainedManifest,
  { provider, precision }: { readonly provider: ExecutionProvider; readonly precision: Precision },
): Promise<readonly RepeatedStage[] | undefined> {
  const { replay } = manifest.parity;
  if (replay === undefined) return undefined;
  const golden = await source.readFile(manifest.golden.file);
  const stored = storedStages(manifest, await source.readFile(replay.file), (places) => storedSlices(golden, places));
  // Only now: where CUDA is asked for, its libraries must be loaded before ONNX Runtime is.
  const { createOnnxReference } = await import('./onnx-reference.ts');
  const reference = createOnnxReference(provider);
  const repeated: RepeatedStage[] = [];
  try {
    for (const facts of replay.stages) {
      const own = manifest.stages.find(({ name }) => name === facts.stage) as FusedStage;
      const variant = own.variants?.find((one) => one.precision === precision);
      const limits = (precision === 'fp32' ? facts : variant?.certificate.replay)?.limits;
      if (limits === undefined) return undefined;
      const onnx = await source.readFile(networkFile(variant ?? own, provider));
      const differences = await replayStage(onnx, stored.get(facts.stage) as NonNullable<ReturnType<typeof stored.get>>, reference);
      const ownLimits = provider === 'cpu' ? limits.cpu : limits.gpu;
      repeated.push({ stage: facts.stage, ...differences, limits: ownLimits, isWithin: isWithin(differences, ownLimits) });
    }
    return repeated;
  } finally {
    await reference.release();
  }
}

function networkFile({ file, int32 }: Pick<ManifestStage, 'file' | 'int32'>, provider: ExecutionProvider): string {
  return provider === 'webgpu' ? (int32?.file ?? file) : file;
}
