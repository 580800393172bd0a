/**
 * Cases of a side → a slice store on the disk. Cases that cannot be used are named and left out; the rest goes on.
 *
 * A store that is complete can be taken over by a later run: `NAME.slices.json` beside `NAME.slices` holds a digest of
 * everything that the slices depend on (the files' sizes and times of change, the grid, the labels) and is written last.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VoxwatchError } from '../../core/errors.ts';
import type { ModelDomain } from '../../core/model-domain.ts';
import type { LeftOutCase } from './list-cases.ts';
import { type LabelledCase, type LabelRules, readCase } from './read-case.ts';
import { domainOf, widened } from './seen-domain.ts';
import type { SideCase } from './side-cases.ts';
import type { SliceGrid } from './slice-grid.ts';
import { HU_CONTENT, type SliceContent, type SliceFacts, SliceStore } from './slice-store.ts';

export interface FillJob {
  /** `train`, `validation`, …: for the file's name. */
  readonly side: string;
  readonly cases: readonly SideCase[];
  readonly grid: SliceGrid;
  /** Truth labels that slices have the centroid of; absent = all. */
  readonly focus?: readonly number[];
  readonly rules: LabelRules;
  /** Every n-th slice of a case. */
  readonly everyNthSlice: number;
  readonly place: StorePlace;
  readonly onCase: (progress: FillProgress) => void;
}

/** A run's own folder, whose stores are dropped at its end; or a folder that keeps stores for later runs. */
export type StorePlace = { readonly kind: 'run'; readonly folder: string } | { readonly kind: 'kept'; readonly folder: string };

export interface FillProgress {
  readonly done: number;
  readonly of: number;
  readonly leftOut?: LeftOutCase;
}

export interface FilledStore {
  readonly store: SliceStore;
  readonly leftOut: readonly LeftOutCase[];
  /** Cases of another matrix than the store's, which were resized. */
  readonly resized: number;
  /** Pixels and slice distances of the cases that were used; absent for slices that lie nowhere in space. */
  readonly domain?: ModelDomain;
  readonly isTakenOver: boolean;
  /** Closes the store; its file goes where it belongs to the run alone. */
  readonly release: () => Promise<void>;
}

/** Raised whenever the same files would give other slices, or an index would say more of them. */
const STORE_VERSION = 3;

interface StoreIndex {
  readonly key: string;
  readonly content: SliceContent;
  readonly resized: number;
  readonly domain?: ModelDomain;
  readonly leftOut: readonly LeftOutCase[];
  readonly facts: readonly SliceFacts[];
}

/** @throws {VoxwatchError} `INPUT_EMPTY` if no case of the side can be used; whatever stops the disk. */
export async function fillStore(job: FillJob): Promise<FilledStore> {
  const { side, place, grid } = job;
  const key = await storeKey(job);
  const path = join(place.folder, `${place.kind === 'kept' ? key : side}.slices`);
  const release = (store: SliceStore) => async (): Promise<void> => {
    store.close();
    if (place.kind === 'run') for (const file of [path, `${path}.json`]) await rm(file, { force: true });
  };
  const index = await readIndex(`${path}.json`, key);
  if (index) {
    const store = new SliceStore(path, { grid, content: index.content, facts: index.facts });
    job.onCase({ done: job.cases.length, of: job.cases.length });
    const { leftOut, resized, domain } = index;
    return { store, leftOut, resized, ...(domain ? { domain } : {}), isTakenOver: true, release: release(store) };
  }
  await rm(`${path}.json`, { force: true });
  const { store, ...filled } = await fill(job, path).catch(async (thrown: unknown) => {
    // Half a store is of no use, and the disk may be full of it.
    await rm(path, { force: true });
    throw thrown;
  });
  const written: StoreIndex = { key, content: store.content, ...filled, facts: store.facts };
  await writeFile(`${path}.json.part`, JSON.stringify(written));
  await rename(`${path}.json.part`, `${path}.json`);
  return { store, ...filled, isTakenOver: false, release: release(store) };
}

type Filled = Pick<FilledStore, 'store' | 'leftOut' | 'resized' | 'domain'>;

async function fill(job: FillJob, path: string): Promise<Filled> {
  const { side, cases, grid, focus, everyNthSlice, rules, onCase } = job;
  const leftOut: LeftOutCase[] = [];
  let store: SliceStore | undefined;
  let resized = 0;
  let domain: ModelDomain | undefined;
  try {
    for (const [index, files] of cases.entries()) {
      let refused: LeftOutCase | undefined;
      try {
        const read = await readCase(files, rules);
        store ??= new SliceStore(path, { grid, content: contentOf(read), ...(focus ? { focus } : {}) });
        if (addTo(store, files, read, everyNthSlice)) resized++;
        if (read.kind === 'volume') domain = widened(domain, domainOf(read.volume.geometry));
      } catch (thrown) {
        // A full disk is no case's fault.
        if (!(thrown instanceof VoxwatchError)) throw thrown;
        refused = { id: files.id, code: thrown.code, message: thrown.message };
        leftOut.push(refused);
      }
      onCase({ done: index + 1, of: cases.length, ...(refused ? { leftOut: refused } : {}) });
    }
    if (store && store.facts.length > 0) return { store, leftOut, resized, ...(domain ? { domain } : {}) };
    const reason = leftOut[0]?.message ?? 'no slice of it is wanted.';
    throw new VoxwatchError(
      'INPUT_EMPTY',
      `None of the ${cases.length} cases of the ${side} side can be used. The first: ${reason}`,
    );
  } catch (thrown) {
    store?.close();
    throw thrown;
  }
}

/** What a store must hold for slices of this case. */
export function contentOf(read: LabelledCase): SliceContent {
  return read.kind === 'volume' ? HU_CONTENT : { values: 'float32', channels: read.channels };
}

/** @returns whether the case's slices were resized. */
function addTo(store: SliceStore, { id, slices }: SideCase, read: LabelledCase, nth: number): boolean {
  if (read.kind === 'picture') return store.addPicture(id, read);
  return store.add(id, read, (k) => k % nth === 0 && (slices?.has(k) ?? true));
}

async function storeKey({ cases, grid, focus, rules, everyNthSlice }: FillJob): Promise<string> {
  const stamp = async (file: string): Promise<readonly number[]> => {
    const facts = await stat(file).catch(() => undefined);
    return facts ? [facts.size, facts.mtimeMs] : [];
  };
  const files: unknown[] = [];
  for (const { id, image, truth, slices } of cases)
    files.push([id, await stamp(image), await stamp(truth), slices ? [...slices] : null]);
  const renamed = rules.renamed ? [...rules.renamed] : null;
  const inputs = [STORE_VERSION, grid, focus ?? null, rules.labels, renamed, everyNthSlice, files];
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 32);
}

async function readIndex(file: string, key: string): Promise<StoreIndex | undefined> {
  try {
    const index = JSON.parse(await readFile(file, 'utf8')) as StoreIndex;
    return index.key === key ? index : undefined;
  } catch {
    return undefined;
  }
}
