/**
 * The series below a folder of unlabelled cases → the names of the cases: the inputs' own.
 * @module
 */
import { basename, relative, sep } from 'node:path';
import type { DiscoveredSeries } from '../../daemon/intake/discovered-series.ts';
import { fileStem, safeName } from '../../daemon/intake/series-name.ts';

/** nnU-Net's mark of the first channel is no part of a case's name. */
const CHANNEL = /_0000$/;

export interface NamedSeries {
  readonly name: string;
  readonly series: DiscoveredSeries;
}

/**
 * A file in the folder gives its name without extension; anything below a sub-folder that sub-folder's. Where a sub-folder
 * holds several series, the series' own name follows; names that are still alike are numbered.
 * @param root - The folder, absolute. Of a KiTS case only `imaging.nii.gz` is taken: a mask beside it is no scan.
 */
export function nameCases(root: string, found: readonly DiscoveredSeries[]): NamedSeries[] {
  const folderOf = ({ files: [file = ''] }: DiscoveredSeries): string => {
    const [first = '', ...rest] = relative(root, file).split(sep);
    return rest.length > 0 ? first : '';
  };
  const kits = new Set(found.filter(isKitsImage).map(folderOf));
  const wanted = found.filter((series) => !kits.has(folderOf(series)) || isKitsImage(series));
  const counts = new Map<string, number>();
  for (const series of wanted) counts.set(folderOf(series), (counts.get(folderOf(series)) ?? 0) + 1);
  const used = new Set<string>();
  return wanted.map((series) => {
    const folder = folderOf(series);
    const isAlone = counts.get(folder) === 1;
    const own = folder === '' ? series.name : isAlone ? folder : `${folder}-${series.name}`;
    return { name: unused(safeName(own).replace(CHANNEL, ''), used), series };
  });
}

function isKitsImage({ kind, files: [file = ''] }: DiscoveredSeries): boolean {
  return kind === 'nifti' && fileStem(basename(file)) === 'imaging';
}

/** File systems may take names that differ in case for the same. */
function unused(name: string, used: Set<string>): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (used.has(candidate.toLowerCase())) continue;
    used.add(candidate.toLowerCase());
    return candidate;
  }
}
