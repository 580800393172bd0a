/**
 * What lies beside a series: when its folders last changed, and files in them that cannot be read (yet) and are most
 * likely slices of it.
 * @module
 */
import { dirname } from 'node:path';
import type { DiscoveredSeries, Discovery, SetAside } from './discovered-series.ts';
import type { FileFact } from './folder-snapshot.ts';

export interface Company {
  /** The last moment a file of the series, or beside it in a folder of its own, was seen to change. */
  readonly lastChangeMs: number;
  /** Broken-off or empty files in a folder that holds no other series. */
  readonly broken: readonly SetAside[];
}

/** What a slice looks like while it is written, or when its writer died. */
const BROKEN_CODES: ReadonlySet<string> = new Set(['INPUT_TRUNCATED', 'INPUT_EMPTY', 'INPUT_CORRUPT']);

/**
 * @param root - The watched folder: what lies loose in it belongs to nobody.
 * @param sinceMs - When a file was first seen as it is now.
 */
export function findCompany(
  { series, setAside }: Discovery,
  facts: readonly FileFact[],
  root: string,
  sinceMs: (path: string) => number,
): ReadonlyMap<DiscoveredSeries, Company> {
  const changes = new Map<string, number>();
  for (const { path } of facts) changes.set(dirname(path), Math.max(changes.get(dirname(path)) ?? 0, sinceMs(path)));
  const owners = new Map<string, Set<DiscoveredSeries>>();
  for (const one of series) {
    for (const folder of foldersOf(one)) owners.set(folder, (owners.get(folder) ?? new Set()).add(one));
  }
  const isOwn = (folder: string): boolean => folder !== root && owners.get(folder)?.size === 1;

  return new Map(
    series.map((one) => {
      const own = [...foldersOf(one)].filter(isOwn);
      const lastChangeMs = Math.max(...one.files.map(sinceMs), ...own.map((folder) => changes.get(folder) ?? 0));
      const broken = setAside.filter(({ file, code }) => BROKEN_CODES.has(code) && own.includes(dirname(file)));
      return [one, { lastChangeMs, broken: one.kind === 'dicom' ? broken : [] }];
    }),
  );
}

/** A series with broken slices beside it must not be segmented: what was lost may be what mattered. */
export function refuseForBroken(series: DiscoveredSeries, broken: readonly SetAside[]): DiscoveredSeries {
  if (broken.length === 0 || series.refusal !== undefined) return series;
  const message = `${broken.length} of the files of this series break off or are empty: send the series again.`;
  return { ...series, refusal: { code: 'INPUT_TRUNCATED', message } };
}

/** {@link refuseForBroken} for all that was found in a folder that is looked at once, whose loose files belong together. */
export function refuseAllForBroken(discovery: Discovery): Discovery {
  const company = findCompany(discovery, [], '', () => 0);
  return { ...discovery, series: discovery.series.map((one) => refuseForBroken(one, company.get(one)?.broken ?? [])) };
}

function foldersOf({ files }: DiscoveredSeries): ReadonlySet<string> {
  return new Set(files.map((file) => dirname(file)));
}
