/**
 * An execution provider → does the default bundle give its golden labels on it, here and now?
 * @module
 */
import { asVoxwatchError } from '../../core/errors.ts';
import { bundleFolder } from '../../daemon/job/bundle-folder.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { loadBundle } from '../../runtime/bundle.ts';
import type { ExecutionProvider, GoldenProof } from '../../runtime/sessions/session.ts';
import { nodeSessions } from '../../runtime/sessions/session-node.ts';
import { findBundles } from '../find-bundles.ts';

export interface ProviderProbe {
  readonly provider: ExecutionProvider;
  /** Why it cannot be used; absent where it can. */
  readonly refusal?: string;
  /** How it did; absent where it cannot be used. */
  readonly golden?: GoldenProof;
}

/** Loads and proves the first default bundle on one provider, and lets it go. */
export async function probeProvider(provider: ExecutionProvider): Promise<ProviderProbe> {
  try {
    const [first] = await findBundles([]);
    const source = bundleFolder((first as NonNullable<typeof first>).dir);
    const openSessions = nodeSessions({ providers: [provider] });
    const bundle = await loadBundle(source, { openSessions, readGolden: (file) => readNifti(file).volume });
    const { golden } = bundle.provider;
    await bundle.release();
    return { provider, ...(golden ? { golden } : {}) };
  } catch (thrown) {
    const { message, details } = asVoxwatchError(thrown);
    const [reason] = Array.isArray(details.reasons) ? (details.reasons as readonly string[]) : [];
    return { provider, refusal: reason ?? message };
  }
}
