/**
 * Loaded bundles that are kept between jobs: loading and warming up takes longer than a small study.
 * @module
 */
import { readNifti } from '../../formats/nifti/read-nifti.ts';
import { type Bundle, loadBundle, readManifest } from '../../runtime/bundle.ts';
import { nodeSessions, providersOf } from '../../runtime/session-node.ts';
import { bundleFolder } from './bundle-folder.ts';
import type { ProviderChoice } from './job.ts';

export class BundleShelf {
  readonly #loaded = new Map<string, Bundle>();

  /**
   * The bundle in a folder, loaded now or before. It is loaded again when its manifest has changed.
   * @throws {VoxwatchError} as {@link loadBundle}.
   */
  async take(folder: string, choice: ProviderChoice): Promise<Bundle> {
    const source = bundleFolder(folder);
    const key = `${choice} ${folder}`;
    const kept = this.#loaded.get(key);
    const { manifestSha256 } = await readManifest(source);
    if (kept?.manifestSha256 === manifestSha256) return kept;
    this.#loaded.delete(key);
    await kept?.release();
    const openSessions = nodeSessions({ providers: providersOf(choice) });
    const bundle = await loadBundle(source, { openSessions, readGolden: (file) => readNifti(file).volume });
    this.#loaded.set(key, bundle);
    return bundle;
  }

  async release(): Promise<void> {
    const bundles = [...this.#loaded.values()];
    this.#loaded.clear();
    for (const bundle of bundles) await bundle.release();
  }
}
