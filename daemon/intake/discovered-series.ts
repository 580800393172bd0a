/**
 * What intake finds in a folder: series that may become jobs, and files set aside with the reason.
 * @module
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { SeriesTraits } from '../rules/series-traits.ts';

/** Files that together are one volume: one DICOM series (sub-series), or one NIfTI file (or .hdr/.img pair). */
export interface DiscoveredSeries {
  readonly kind: 'dicom' | 'nifti';
  /**
   * The input's own folder or file name, without extension for a file: the name of its result folder before it is
   * made unique. DICOM files that lie loose in the folder being looked at get `dicom-` + 8 hex digits of a digest.
   */
  readonly name: string;
  /** Stable within the folder: kind + digest of the Series Instance UID (and sub-series key), or of the file's path in it. */
  readonly key: string;
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
  /** DICOM only: digest of which slices of the files these are; a multi-frame file may hold several series' slices. */
  readonly slicesDigest?: string;
  /** Slices expected if the input declares a number, else absent. */
  readonly declaredSlices?: number;
  /** Whether the slices found close into a lattice without a hole (DICOM), or the length is right (NIfTI). */
  readonly isClosed: boolean;
  /** Observations so far; an `error` means that the series must be refused with {@link refusal}. */
  readonly findings: readonly Finding[];
  /** DICOM only: how the pictures were made and packed, as far as it is the same in all of them. */
  readonly acquisition?: Acquisition;
  /** What rules look at; absent for a series that is refused. */
  readonly traits?: SeriesTraits;
  /** Why this series must not be segmented, if so. */
  readonly refusal?: { readonly code: ErrorCode; readonly message: string };
}

/** Technical attributes of a DICOM series; nothing in it says who was scanned. Absent where the slices differ. */
export interface Acquisition {
  readonly transferSyntaxUid?: string;
  /** Convolution kernel, e.g. `B30s`. */
  readonly kernel?: string;
  readonly patientPosition?: string;
  /** Whether a contrast agent is named. */
  readonly hasContrast?: boolean;
}

/** Files that are no part of any series: not an image, unreadable, still being written; and folders that cannot be opened. */
export interface SetAside {
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface Discovery {
  readonly series: readonly DiscoveredSeries[];
  readonly setAside: readonly SetAside[];
}
