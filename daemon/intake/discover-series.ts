/**
 * A file or folder → the series in it, with names, findings and refusals.
 * @module
 */
import path from 'node:path';
import type { DicomInstance } from '../../formats/dicom/instance.ts';
import { type DicomSeries, groupSeries } from '../../formats/dicom/series.ts';
import { dicomTraits, niftiTraits } from '../rules/series-traits.ts';
import type { Acquisition, DiscoveredSeries, Discovery, SetAside } from './discovered-series.ts';
import { FileReader } from './file-reader.ts';
import { cachedHeader, type HeaderCache } from './header-cache.ts';
import { type FileListing, listFiles } from './list-files.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { FileHeader } from './read-file-header.ts';
import { commonFolder, fileStem, safeName, shortDigest } from './series-name.ts';
import { slicesDigest } from './slices-digest.ts';

export interface DiscoverOptions {
  /**
   * What DICOM files directly in the folder are called: by the folder (it is the input), or `dicom-` + digest (it is a
   * watched folder, where several patients' files may lie side by side). @defaultValue 'folder'
   */
  readonly nameLooseFilesBy?: 'folder' | 'digest';
  /** Kept by a caller that discovers the same folder again and again; entries of vanished files are dropped. */
  readonly cache?: HeaderCache;
}

/** Said of a folder that cannot be opened: what is in it is not in the result. */
const CLOSED_FOLDER = {
  code: 'INPUT_NOT_FOUND',
  message: 'The folder cannot be opened, and what is in it was not looked at: check its permissions.',
} as const;

/**
 * Finds series. A DICOM series may lie in several folders; a folder may hold several series.
 * @param input - A file or folder.
 * @returns series that may be segmented first, then refused ones; both by series number, then by path. Nothing is thrown
 *   for what a single file holds.
 * @throws {VoxwatchError} `INPUT_NOT_FOUND`.
 */
export async function discoverSeries(input: string, options: DiscoverOptions = {}): Promise<Discovery> {
  const listing = await listFiles(input);
  const reader = new FileReader();
  const headers = await mapConcurrently(listing.files, (file) => cachedHeader(file, options.cache, reader));
  options.cache?.keepOnly(listing.files);
  const filesOf = new Map<string, string[]>();
  const instances: DicomInstance[] = [];
  const nifti: DiscoveredSeries[] = [];
  const setAside: SetAside[] = listing.closedFolders.map((file) => ({ file, ...CLOSED_FOLDER }));
  for (const [n, header] of headers.entries()) {
    const file = listing.files[n] as string;
    if (header.kind === 'dicom') {
      instances.push(...header.instances);
      for (const uid of new Set(header.instances.map(({ sopInstanceUid }) => sopInstanceUid)))
        filesOf.set(uid, [...(filesOf.get(uid) ?? []), file]);
    } else if (header.kind === 'nifti' || header.kind === 'refused-nifti') nifti.push(niftiSeries(file, header, listing));
    else if (header.kind === 'set-aside') setAside.push({ file, code: header.code, message: header.message });
  }
  const dicom = groupSeries(instances).map((series) => dicomSeries(series, filesOf, listing, options));
  const all = [...dicom, ...nifti].sort((a, b) => Number(a.refusal !== undefined) - Number(b.refusal !== undefined));
  return { series: numberSameNames(all), setAside };
}

function dicomSeries(
  series: DicomSeries,
  filesOf: ReadonlyMap<string, readonly string[]>,
  { root, isSingleFile }: FileListing,
  { nameLooseFilesBy = 'folder' }: DiscoverOptions,
): DiscoveredSeries {
  const uids = new Set(series.instances.map(({ sopInstanceUid }) => sopInstanceUid));
  const files = [...uids].flatMap((sopInstanceUid) => filesOf.get(sopInstanceUid) ?? []).sort();
  const uid = series.instances[0]?.seriesInstanceUid ?? '';
  const folder = commonFolder(files);
  const isLoose = folder === root && nameLooseFilesBy === 'digest';
  const name = isSingleFile ? fileStem(files[0] as string) : isLoose ? `dicom-${shortDigest(uid, 8)}` : path.basename(folder);
  return {
    kind: 'dicom',
    name: safeName(name),
    key: `dicom-${shortDigest(`${uid}/${series.subSeries}`, 16)}`,
    files,
    slicesDigest: slicesDigest(series.instances),
    ...(series.declaredSlices === undefined ? {} : { declaredSlices: series.declaredSlices }),
    isClosed: series.isClosed,
    findings: series.findings,
    acquisition: acquisitionOf(series),
    ...(series.refusal ? { refusal: series.refusal } : { traits: dicomTraits(series) }),
  };
}

/** What all slices agree on. */
function acquisitionOf({ instances }: DicomSeries): Acquisition {
  const attributes = instances.map(({ transferSyntaxUid, kernel, patientPosition, hasContrast }) => ({
    transferSyntaxUid,
    kernel,
    patientPosition,
    hasContrast,
  }));
  const [first = {}] = attributes;
  const agreed = Object.entries(first).filter(([key, value]) =>
    attributes.every((one) => value !== undefined && one[key as keyof typeof one] === value),
  );
  return Object.fromEntries(agreed);
}

function niftiSeries(
  file: string,
  header: Extract<FileHeader, { kind: 'nifti' | 'refused-nifti' }>,
  { root }: FileListing,
): DiscoveredSeries {
  const identity = {
    kind: 'nifti',
    name: safeName(fileStem(file)),
    key: `nifti-${shortDigest(path.relative(root, file), 16)}`,
  } as const;
  if (header.kind === 'refused-nifti') {
    const { code, message } = header;
    const findings = [{ code, severity: 'error', message }] as const;
    return { ...identity, files: [file], isClosed: false, findings, refusal: { code, message } };
  }
  const files = header.imageFile ? [file, header.imageFile].sort() : [file];
  const { findings, geometry } = header.header;
  return { ...identity, files, isClosed: true, findings, traits: niftiTraits(geometry) };
}

/** `name`, `name-2`, … where several series of a folder would be called the same. */
function numberSameNames(series: readonly DiscoveredSeries[]): DiscoveredSeries[] {
  const used = new Map<string, number>();
  return series.map((one) => {
    const count = (used.get(one.name) ?? 0) + 1;
    used.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name}-${count}` };
  });
}
