/**
 * Loaded bundles that are kept between jobs: loading and warming up takes longer than a small study.
 * @module
 */
import type { PrecisionChoice } from '../../core/model-variants.ts';
import type { Volume } from '../../core/volume.ts';
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { type Bundle, loadBundle, readManifest } from '../../runtime/bundle.ts';
import { nodeSessions, providersOf } from '../../runtime/sessions/session-node.ts';
import { bundleFolder } from './bundle-folder.ts';
import type { ProviderChoice } from './job.ts';

export class BundleShelf {
  readonly #loaded = new Map<string, Bundle>();
  readonly #onLoaded: (bundle: Bundle, durationMs: number) => void;

  constructor(onLoaded: (bundle: Bundle, durationMs: number) => void = () => {}) {
    this.#onLoaded = onLoaded;
  }

  /**
   * The bundle in a folder, loaded now or before. It is loaded again when its manifest has changed.
   * @throws {VoxwatchError} as {@link loadBundle}.
   */
  async take(folder: string, choice: ProviderChoice, precision: PrecisionChoice = 'auto'): Promise<Bundle> {
    const source = bundleFolder(folder);
    const kept = this.#loaded.get(keyOf(folder, choice, precision));
    const { manifestSha256 } = await readManifest(source);
    return kept?.manifestSha256 === manifestSha256 ? kept : this.renew(folder, choice, precision);
  }

  /**
   * Loads the bundle in a folder, whatever is kept: all its files are read and checked, and its golden slice segmented.
   * @throws {VoxwatchError} as {@link loadBundle}; nothing is kept then.
   */
  async renew(folder: string, choice: ProviderChoice, precision: PrecisionChoice = 'auto'): Promise<Bundle> {
    const key = keyOf(folder, choice, precision);
    const kept = this.#loaded.get(key);
    this.#loaded.delete(key);
    await kept?.release();
    const startMs = performance.now();
    const openSessions = nodeSessions({ providers: providersOf(choice) });
    const readGolden = (file: Uint8Array): Volume => readNifti(file).volume;
    const bundle = await loadBundle(bundleFolder(folder), { openSessions, readGolden, precision });
    this.#loaded.set(key, bundle);
    this.#onLoaded(bundle, performance.now() - startMs);
    return bundle;
  }

  async release(): Promise<void> {
    const bundles = [...this.#loaded.values()];
    this.#loaded.clear();
    for (const bundle of bundles) await bundle.release();
  }
}

function keyOf(folder: string, choice: ProviderChoice, precision: PrecisionChoice): string {
  return `${choice} ${precision} ${folder}`;
}
