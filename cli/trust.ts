/**
 * May a bundle be trusted on this machine? For each provider and precision: does it give the golden labels here, and do its
 * networks compute what was trained?
 *
 * The golden slice goes through the whole bundle, post-processing included; the certificate holds each network's logits
 * against those of the trained one.
 * @module
 */
import { asVoxwatchError } from '../core/errors.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import type { Precision } from '../core/model-variants.ts';
import { readNifti } from '../formats/nifti/read-nifti.ts';
import { type BundleSource, loadBundle } from '../runtime/bundle.ts';
import { EXECUTION_PROVIDERS, type ExecutionProvider, type GoldenProof } from '../runtime/sessions/session.ts';
import { nodeSessions } from '../runtime/sessions/session-node.ts';
import { type RepeatedStage, repeatCertificate } from './repeat-certificate.ts';

export interface ProviderTrust {
  readonly provider: ExecutionProvider;
  readonly precision: Precision;
  /** Whether the provider runs the bundle at all. */
  readonly isHere: boolean;
  readonly isTrusted: boolean;
  /** Why it is not here or not trusted. */
  readonly reason?: string;
  readonly golden?: GoldenProof;
  readonly certificate?: RepeatedCertificate;
}

/** What came of repeating the certificate; `unrepeatable` says why it was not. */
export type RepeatedCertificate = { readonly stages: readonly RepeatedStage[] } | { readonly unrepeatable: string };

/** Says that a provider runs, and computes something else. */
const WRONG_LABELS = /labels of the golden slice/i;

/** Every provider with every precision of the bundle; one that is not here is named once. */
export async function trustOfProviders(source: BundleSource, manifest: ModelManifest): Promise<readonly ProviderTrust[]> {
  const precisions: Precision[] = ['fp32', ...(manifest.variants ?? []).map(({ precision }) => precision)];
  const trust: ProviderTrust[] = [];
  for (const provider of EXECUTION_PROVIDERS)
    for (const precision of precisions) {
      const golden = await goldenTrust(source, provider, precision);
      trust.push(golden.isTrusted ? await certifiedTrust(source, manifest, golden) : golden);
      if (!golden.isHere) break;
    }
  return trust;
}

async function goldenTrust(source: BundleSource, provider: ExecutionProvider, precision: Precision): Promise<ProviderTrust> {
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

async function certifiedTrust(source: BundleSource, manifest: ModelManifest, golden: ProviderTrust): Promise<ProviderTrust> {
  if (manifest.origin) return { ...golden, certificate: { unrepeatable: 'its networks were made elsewhere, so it has none' } };
  try {
    const stages = await repeatCertificate(source, manifest, golden);
    if (stages === undefined) return { ...golden, certificate: { unrepeatable: 'the bundle was made before it could be' } };
    const beyond = stages.find((stage) => !stage.isWithin);
    if (beyond === undefined) return { ...golden, certificate: { stages } };
    const reason = `The network of stage ${beyond.stage} does not compute what was trained: ${differencesText(beyond)}.`;
    return { ...golden, isTrusted: false, reason, certificate: { stages } };
  } catch (thrown) {
    return { ...golden, isTrusted: false, reason: `Its certificate could not be repeated: ${asVoxwatchError(thrown).message}` };
  }
}

/** `cpu: trusted, 0 of 262144 golden voxels differ; certificate: …`. */
export function trustLine(trust: ProviderTrust): string {
  const { provider, precision, isHere, isTrusted, reason, golden } = trust;
  const name = precision === 'fp32' ? provider : `${provider}, ${precision}`;
  if (!isHere) return `${name}: not here (${reason})\n`;
  if (!isTrusted) return `${name}: not to be trusted (${reason})\n`;
  const labels = `${golden?.differing ?? 0} of ${golden?.pixels ?? 0} golden voxels differ`;
  return `${name}: trusted, ${labels}${trust.certificate ? `; certificate ${certificateText(trust.certificate)}` : ''}\n`;
}

/** The stage that comes nearest to what it may differ by. */
function certificateText(certificate: RepeatedCertificate): string {
  if ('unrepeatable' in certificate) return `not repeated: ${certificate.unrepeatable}`;
  const share = ({ maxAbsLogitDifference, limits }: RepeatedStage): number => maxAbsLogitDifference / limits.logitDifference;
  const [nearest] = certificate.stages.toSorted((a, b) => share(b) - share(a));
  return nearest ? `repeated: ${differencesText(nearest)}` : 'names no stage';
}

function differencesText(stage: RepeatedStage): string {
  const { maxAbsLogitDifference, meanAbsLogitDifference, labelDisagreements, pixels, limits } = stage;
  const logits = `logits differ by ${digits(meanAbsLogitDifference)}, at most ${digits(maxAbsLogitDifference)} (may: ${digits(limits.logitDifference)})`;
  return `${logits}, ${labelDisagreements} of ${pixels} labels differ (may: ${limits.labelDisagreements})`;
}

function digits(value: number): string {
  return value.toExponential(1);
}
