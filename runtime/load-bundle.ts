/**
 * Loads bundles in Node: the engine is onnxruntime-node, asked for CUDA, WebGPU and the CPU, if no other is given. `load-bundle-web.ts` is the same for a
 * browser, which must not come across onnxruntime-node.
 * @module
 */
import { type BundleSource, type LoadBundleOptions, loadBundle as loadBundleOn } from './bundle.ts';
import type { Bundle } from './loaded-bundle.ts';
import { nodeSessions, providersOf } from './sessions/session-node.ts';

/**
 * Reads and checks a bundle, and loads its networks on the first provider that proves itself.
 * @throws {VoxwatchError} `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`, `BUNDLE_CHECKSUM`, `PROVIDER_UNAVAILABLE`.
 */
export function loadBundle(source: BundleSource, options: Partial<LoadBundleOptions> = {}): Promise<Bundle> {
  return loadBundleOn(source, { openSessions: nodeSessions({ providers: providersOf('auto') }), ...options });
}
