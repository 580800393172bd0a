/**
 * May a bundle be trusted on this machine? For each provider and precision: does it give the golden labels here?
 *
 * The golden slice goes through the whole bundle, post-processing included, so it repeats on each provider what the
 * certificate promises of the labels. The certificate's logits were compared with TensorFlow.js, whose weights a bundle need
 * not hold: that part cannot be repeated from the bundle, and the line does not claim it.
 * @module
 */
import { asVoxwatchError } from '../core/errors.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import type { Precision } from '../core/model-variants.ts';
import { readNifti } from '../formats/nifti/read-nifti.ts';
import { type BundleSource, loadBundle } from '../runtime/bundle.ts';
import { EXECUTION_PROVIDERS, type ExecutionProvider, type GoldenProof } from '../runtime/session.ts';
import { nodeSessions } from '../runtime/session-node.ts';

export interface ProviderTrust {
  readonly provider: ExecutionProvider;
  readonly precision: Precision;
  /** Whether the provider runs the bundle at all. */
  readonly isHere: boolean;
  readonly isTrusted: boolean;
  /** Why it is not here or not trusted. */
  readonly reason?: string;
  readonly golden?: GoldenProof;
}

/** Says that a provider runs, and computes something else. */
const WRONG_LABELS = /labels of the golden slice/i;

/** Every provider with every precision of the bundle; one that is not here is named once. */
export async function trustOfProviders(source: BundleSource, manifest: ModelManifest): Promise<readonly ProviderTrust[]> {
  const precisions: Precision[] = ['fp32', ...(manifest.variants ?? []).map(({ precision }) => precision)];
  const trust: ProviderTrust[] = [];
  for (const provider of EXECUTION_PROVIDERS)
    for (const precision of precisions) {
      const own = await trustOf(source, provider, precision);
      trust.push(own);
      if (!own.isHere) break;
    }
  return trust;
}

async function trustOf(source: BundleSource, provider: ExecutionProvider, precision: Precision): Promise<ProviderTrust> {
  try {
    const openSessions = nodeSessions({ providers: [provider] });
    const bundle = await loadBundle(source, { openSessions, precision, readGolden: (file) => readNifti(file).volume });
    const { golden } = bundle.provider;
    await bundle.release();
    return { provider, precision, isHere: true, isTrusted: true, ...(golden ? { golden } : {}) };
  } catch (thrown) {
    const { message, details } = asVoxwatchError(thrown);
    const [first] = Array.isArray(details.reasons) ? (details.reasons as readonly string[]) : [];
    const reason = first ?? message;
    return { provider, precision, isHere: WRONG_LABELS.test(reason), isTrusted: false, reason };
  }
}

/** `cpu: trusted, 0 of 262144 golden voxels differ`. */
export function trustLine({ provider, precision, isHere, isTrusted, reason, golden }: ProviderTrust): string {
  const name = precision === 'fp32' ? provider : `${provider}, ${precision}`;
  if (isTrusted) return `${name}: trusted, ${golden?.differing ?? 0} of ${golden?.pixels ?? 0} golden voxels differ\n`;
  return isHere ? `${name}: not to be trusted (${reason})\n` : `${name}: not here (${reason})\n`;
}
