import { describe, expect, it } from 'vitest';
import type { Look, ReadySeries } from '../../../daemon/intake/intake.ts';
import { InputHearer, InputTeller } from '../../../daemon/intake/told-inputs.ts';
import type { Rejection } from '../../../daemon/rejection.ts';

const EVIDENCE = { state: 'complete', reasons: ['nothing changed for 12.0 s'] } as const;

function ready(fingerprint: string, files: number, name = fingerprint): ReadySeries {
  const paths = Array.from({ length: files }, (_, n) => `/in/${fingerprint}/${n}`);
  const facts = paths.map((path) => ({ path, sizeBytes: 1, mtimeNs: '1', inode: '1' }));
  const series = { kind: 'dicom', name, key: fingerprint, files: paths, isClosed: true, findings: [] } as const;
  return { fingerprint, series, facts, evidence: EVIDENCE };
}

function refused(fingerprint: string): Rejection {
  const words = { code: 'DICOM_NOT_CT', message: 'No CT.', name: fingerprint, findings: [] } as const;
  return { status: 'refused', fingerprint, evidence: EVIDENCE, ...words };
}

function look(readyOnes: readonly ReadySeries[], refusedOnes: readonly Rejection[] = []): Look {
  return { ready: readyOnes, refused: refusedOnes, waiting: 1, files: 9, isArriving: false, listingMs: 2, dueInMs: 3 };
}

/** As between two threads: nothing is shared. */
function conversation() {
  const [teller, hearer] = [new InputTeller(), new InputHearer()];
  return (seen: Look) => {
    const told = structuredClone(teller.tell(seen));
    for (const piece of told.news) hearer.hear(piece);
    return { told, heard: hearer.understand(told.look) };
  };
}

describe('a look that is told', () => {
  it('is heard as it was, and what is not new is not told again', () => {
    const say = conversation();
    const first = look([ready('a', 2), ready('b', 3)], [refused('r')]);
    expect(say(first).heard).toEqual(first);
    const second = look([ready('c', 1), ready('b', 3)], [refused('r'), refused('s')]);
    const { told, heard } = say(second);
    expect(heard).toEqual(second);
    expect(told.news).toEqual([{ ready: [ready('c', 1)], refused: [refused('s')] }]);
    expect(say(second).told.news).toEqual([]);
  });

  it('is told again where an input has another name, has come back, or is ready instead of refused', () => {
    const say = conversation();
    say(look([ready('a', 1)], [refused('b')]));
    for (const changed of [look([ready('a', 1, 'a-2')]), look([]), look([ready('a', 1, 'a-2')]), look([ready('b', 1)])])
      expect(say(changed).heard).toEqual(changed);
  });

  it('comes in pieces of so many files, or of one series', () => {
    const many = [ready('a', 600), ready('b', 600), ready('c', 300), ready('d', 2_500), ready('e', 1)];
    const { told, heard } = conversation()(look(many));
    expect(told.news.map((piece) => piece.ready.map(({ fingerprint }) => fingerprint))).toEqual([['a'], ['b', 'c'], ['d'], ['e']]);
    expect(heard.ready).toEqual(many);
  });

  it('is not understood by who has not heard the news', () => {
    const { look: told } = new InputTeller().tell(look([ready('a', 1)]));
    expect(() => new InputHearer().understand(told)).toThrow('not told');
  });
});
