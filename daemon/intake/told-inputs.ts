/**
 * Looks on their way from one thread to another: an input is told in full once, and from then on by its fingerprint.
 *
 * A folder may hold 100,000 files of a thousand series that have long been done. To take them all in again with every look would
 * hold up the thread that hears of them, and to take them in at once would too: news come in pieces.
 * @module
 */
import type { Rejection } from '../rejection.ts';
import type { Look, ReadySeries } from './intake.ts';
import { shortDigest } from './series-name.ts';

/** What was not told before, or has changed. */
export interface News {
  readonly ready: readonly ReadySeries[];
  readonly refused: readonly Rejection[];
}

/** A look; inputs by their fingerprints. */
export interface ToldLook extends Omit<Look, 'ready' | 'refused'> {
  readonly ready: readonly string[];
  readonly refused: readonly string[];
}

/** Of one piece of news: a few milliseconds for who takes it in. */
const FILES_IN_A_PIECE = 1_000;
/** A digest of what is told of an input besides its files, which its fingerprint stands for. */
const DIGITS = 16;

/** Remembers what the other side knows. */
export class InputTeller {
  #told: ReadonlyMap<string, string> = new Map();

  /** @returns what must be heard before the look can be understood, in pieces. */
  tell({ ready, refused, ...rest }: Look): { readonly news: readonly News[]; readonly look: ToldLook } {
    const told = new Map<string, string>();
    const isNew = (fingerprint: string, content: unknown): boolean => {
      const digest = shortDigest(JSON.stringify(content), DIGITS);
      told.set(fingerprint, digest);
      return this.#told.get(fingerprint) !== digest;
    };
    const newReady = ready.filter(({ fingerprint, series: { files: _, ...series }, evidence }) =>
      isNew(fingerprint, ['ready', series, evidence.state]),
    );
    const newRefused = refused.filter(({ fingerprint, evidence, ...rejection }) =>
      isNew(fingerprint, ['refused', rejection, evidence.state]),
    );
    this.#told = told;
    const look = { ...rest, ready: ready.map(fingerprintOf), refused: refused.map(fingerprintOf) };
    return { news: inPieces(newReady, newRefused), look };
  }
}

/** Remembers what it was told. */
export class InputHearer {
  #ready = new Map<string, ReadySeries>();
  #refused = new Map<string, Rejection>();

  hear({ ready, refused }: News): void {
    for (const one of ready) this.#ready.set(one.fingerprint, one);
    for (const one of refused) this.#refused.set(one.fingerprint, one);
  }

  /** What is no longer in the look is forgotten, as the other side forgets it. */
  understand({ ready, refused, ...rest }: ToldLook): Look {
    this.#ready = only(this.#ready, ready);
    this.#refused = only(this.#refused, refused);
    return { ...rest, ready: [...this.#ready.values()], refused: [...this.#refused.values()] };
  }
}

function fingerprintOf({ fingerprint }: { readonly fingerprint: string }): string {
  return fingerprint;
}

function inPieces(ready: readonly ReadySeries[], refused: readonly Rejection[]): readonly News[] {
  const pieces: { readonly ready: ReadySeries[]; readonly refused: Rejection[]; files: number }[] = [];
  const pieceFor = (files: number): { readonly ready: ReadySeries[]; readonly refused: Rejection[] } => {
    let last = pieces.at(-1);
    if (last === undefined || last.files + files > FILES_IN_A_PIECE) {
      last = { ready: [], refused: [], files: 0 };
      pieces.push(last);
    }
    last.files += files;
    return last;
  };
  for (const one of ready) pieceFor(one.facts.length).ready.push(one);
  for (const one of refused) pieceFor(1).refused.push(one);
  return pieces.map(({ files: _, ...news }) => news);
}

/** @throws where the other side speaks of what it has not told: neither knows then what the other one knows. */
function only<T>(known: ReadonlyMap<string, T>, fingerprints: readonly string[]): Map<string, T> {
  return new Map(
    fingerprints.map((fingerprint) => {
      const found = known.get(fingerprint);
      if (found === undefined) throw new Error('an input of a look was not told');
      return [fingerprint, found];
    }),
  );
}
