/**
 * What a run has scored already: `<out>/cases/NAME.json`, each with the digest of all that it depends on. A run that is
 * started again takes over what still holds and does the rest.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeName, shortDigest } from '../../daemon/intake/series-name.ts';
import { makeFolder } from '../../daemon/results/make-folder.ts';
import { parseCase, type ScoredCase } from '../../evaluate/score-document.ts';
import { writeWhole } from '../../train/write-whole.ts';

/** A stored case: its record, and where it was scored from. */
export interface StoredCase {
  readonly key: string;
  readonly provenance: CaseProvenance;
  readonly record: ScoredCase;
}

/** Digests of what a case was scored from. */
export interface CaseProvenance {
  readonly truthSha256: string;
  /** Of HU and geometry; absent where only masks were scored. */
  readonly imageSha256?: string;
  /** Of the prediction's labels, i fastest, as they were scored. */
  readonly predictionSha256: string;
}

export interface CaseStore {
  find(name: string, key: string): Promise<StoredCase | undefined>;
  keep(name: string, stored: StoredCase): Promise<void>;
}

/** File name for a case: safe, and different for names that would be made alike. */
export function caseFileStem(name: string): string {
  const safe = safeName(name);
  return safe === name ? safe : `${safe}-${shortDigest(name, 8)}`;
}

export async function openCaseStore(outDir: string): Promise<CaseStore> {
  const folder = join(outDir, 'cases');
  await makeFolder(folder);
  const fileOf = (name: string): string => join(folder, `${caseFileStem(name)}.json`);
  return {
    async find(name, key) {
      try {
        const { record, provenance, ...stored } = JSON.parse(await readFile(fileOf(name), 'utf8')) as StoredCase;
        const checked = parseCase(record);
        return stored.key === key && checked?.name === name ? { key, provenance, record: checked } : undefined;
      } catch {
        return undefined;
      }
    },
    async keep(name, stored) {
      await writeWhole(fileOf(name), `${JSON.stringify(stored)}\n`);
    },
  };
}
