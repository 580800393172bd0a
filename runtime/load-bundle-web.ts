/**
 * Loads bundles in a browser: the engine is onnxruntime-web on the CPU, if no other is given. `load-bundle.ts` is the same for Node.
 * @module
 */
import { type BundleSource, type LoadBundleOptions, loadBundle as loadBundleOn } from './bundle.ts';
import type { Bundle } from './loaded-bundle.ts';
import { webSessions } from './sessions/session-web.ts';

/**
 * Reads and checks a bundle, and loads its networks on the first provider that proves itself.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`, `BUNDLE_CHECKSUM`, `PROVIDER_UNAVAILABLE`.
 */
export function loadBundle(source: BundleSource, options: Partial<LoadBundleOptions> = {}): Promise<Bundle> {
  return loadBundleOn(source, { openSessions: webSessions(), ...options });
}
