/**
 * The sets of studies that a shipped bundle is trained and measured on, made in the work folder unless they are there.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type AnatomySet,
  HEADS,
  HELD_OUT_PHANTOMS,
  ORGANS,
  PHANTOMS,
  type PhantomSet,
  type ShippedBundle,
} from './shipped-bundles.ts';
import { voxwatch } from './voxwatch.ts';

/** Label maps, the CTs that belong to them, what the labels are. */
export interface Patients {
  readonly maps: readonly string[];
  readonly cts: readonly string[];
  readonly labelNames: string;
}

/** Studies to measure on. */
export interface HeldOutSet {
  readonly name: string;
  /** What they are, for the card. */
  readonly on: string;
  readonly folder: string;
}

/** So many cases of a set are made again before it is taken over. */
const PROBED_CASES = 3;
const CASE = /^case_/;

export class TrainingSets {
  readonly #work: string;
  readonly #patients: Patients;
  readonly #synthesize: (args: readonly string[]) => Promise<void>;

  /** @param synthesize - Runs `voxwatch synthesize`. */
  constructor(work: string, patients: Patients, synthesize = (args: readonly string[]) => voxwatch(['synthesize', ...args])) {
    this.#work = work;
    this.#patients = patients;
    this.#synthesize = synthesize;
  }

  /** For stage 1. */
  async organs(): Promise<string> {
    return this.#together(await this.#anatomies(ORGANS), await this.#phantoms(PHANTOMS), await this.#phantoms(HEADS));
  }

  /** For stage 2. */
  async lesions({ lesions }: ShippedBundle): Promise<string> {
    return this.#together(await this.#anatomies(lesions), await this.#phantoms(PHANTOMS));
  }

  async heldOut({ heldOut }: ShippedBundle): Promise<readonly HeldOutSet[]> {
    return [
      {
        name: heldOut.name,
        on: 'anatomies of other seeds, of the label maps that it was trained on',
        folder: await this.#anatomies(heldOut),
      },
      {
        name: HELD_OUT_PHANTOMS.name,
        on: 'phantoms of the abdomen of other seeds',
        folder: await this.#phantoms(HELD_OUT_PHANTOMS),
      },
    ];
  }

  async #anatomies({ name, design, count, seed }: AnatomySet): Promise<string> {
    const file = join(this.#work, `${name}.json`);
    await writeFile(file, JSON.stringify(design));
    const { maps, cts, labelNames } = this.#patients;
    const patients = [...maps.flatMap((map) => ['--from-labels', map]), ...cts.flatMap((ct) => ['--ct', ct])];
    const drawn = ['--label-names', labelNames, '--design', file, '--count', String(count), '--seed', String(seed)];
    return this.#synthesized(name, 'anatomies.json', { options: [...patients, ...drawn], design });
  }

  #phantoms({ name, options }: PhantomSet): Promise<string> {
    return this.#synthesized(name, 'phantoms.json', { options });
  }

  /**
   * @param lastFile - What `synthesize` writes at its end.
   * @throws {Error} where there is a set of this name that was made in another way.
   */
  async #synthesized(
    name: string,
    lastFile: string,
    asked: { readonly options: readonly string[]; readonly design?: object },
  ): Promise<string> {
    const folder = join(this.#work, name);
    const [request, requestFile] = [JSON.stringify(asked), join(this.#work, `${name}.asked.json`)];
    if (existsSync(join(folder, lastFile))) {
      const isAsked = (await readFile(requestFile, 'utf8').catch(() => '')) === request;
      if (isAsked && (await this.#comesOutAgain(folder, asked.options))) return folder;
      throw new Error(`${folder} was made in another way than is asked for now: remove it, or take another --work`);
    }
    await this.#synthesize(['--out', folder, ...asked.options]);
    await writeFile(requestFile, request);
    return folder;
  }

  /** Whether the first cases come out as they are: `synthesize` may have changed since the set was made. */
  async #comesOutAgain(folder: string, options: readonly string[]): Promise<boolean> {
    const again = await mkdtemp(join(this.#work, 'again-'));
    try {
      await this.#synthesize(['--out', again, ...options, '--count', String(PROBED_CASES)]);
      const files = (await readdir(again, { recursive: true })).filter((path) => CASE.test(path) && path.endsWith('.gz'));
      for (const path of files) {
        const former = await readFile(join(folder, path)).catch(() => undefined);
        if (!former || !gunzipSync(former).equals(gunzipSync(await readFile(join(again, path))))) return false;
      }
      return files.length > 0;
    } finally {
      await rm(again, { recursive: true });
    }
  }

  /** One folder with the cases of all, as links. */
  async #together(first: string, ...others: readonly string[]): Promise<string> {
    const folder = `${first}-and-more`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const cases = await Promise.all(
      [first, ...others].map(async (set) =>
        (await readdir(set)).filter((entry) => CASE.test(entry)).map((entry) => join(set, entry)),
      ),
    );
    const linked = cases.flat().map((path, n) => symlink(resolve(path), join(folder, `case_${String(n).padStart(5, '0')}`)));
    await Promise.all(linked);
    return folder;
  }
}
