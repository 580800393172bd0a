/**
 * A series → what rules look at: how it was made and what it shows, nothing that names a patient but what its
 * description may hold. Stays in memory: never logged, queued or reported.
 * @module
 */
import { type SliceOrientation, sliceDistancesMm, sliceOrientation } from '../../core/slice-orientation.ts';
import type { GridGeometry } from '../../core/volume.ts';
import type { DicomInstance } from '../../formats/dicom/instance.ts';
import type { DicomSeries } from '../../formats/dicom/series.ts';
import { shortDigest } from '../intake/series-name.ts';

/** Absent is what the input does not say, or what its slices do not agree on. */
export interface SeriesTraits {
  readonly kind: 'dicom' | 'nifti';
  /** Digest of the Study Instance UID: equal for the series of one study. A NIfTI has none. */
  readonly study?: string;
  readonly modality?: string;
  readonly bodyPart?: string;
  /** Series Description (0008,103E). */
  readonly description?: string;
  /** Protocol Name (0018,1030). */
  readonly protocol?: string;
  /** Convolution Kernel (0018,1210). */
  readonly kernel?: string;
  /** Slice Thickness (0018,0050); the largest distance of slices where it is not given. */
  readonly thicknessMm?: number;
  /** Whether a contrast agent is named. */
  readonly hasContrast?: boolean;
  readonly slices: number;
  readonly orientation?: SliceOrientation;
  /** Whether Image Type calls every slice ORIGINAL. */
  readonly isOriginal?: boolean;
}

export function dicomTraits({ instances, geometry }: DicomSeries): SeriesTraits {
  const agreed = <T>(read: (instance: DicomInstance) => T | undefined): T | undefined => {
    const [first, ...others] = instances.map(read);
    return others.every((other) => other === first) ? first : undefined;
  };
  const study = agreed(({ studyInstanceUid }) => studyInstanceUid);
  return withoutAbsent({
    kind: 'dicom',
    study: study === undefined ? undefined : shortDigest(study, 16),
    modality: agreed(({ modality }) => modality),
    bodyPart: agreed(({ bodyPart }) => bodyPart),
    description: agreed(({ seriesDescription }) => seriesDescription),
    protocol: agreed(({ protocolName }) => protocolName),
    kernel: agreed(({ kernel }) => kernel),
    thicknessMm: agreed(({ sliceThicknessMm }) => sliceThicknessMm) ?? (geometry && sliceDistancesMm(geometry)[1]),
    hasContrast: agreed(({ hasContrast }) => hasContrast),
    slices: instances.length,
    orientation: geometry && sliceOrientation(geometry),
    isOriginal: instances.every(({ imageType }) => imageType[0]?.toUpperCase() === 'ORIGINAL'),
  });
}

export function niftiTraits(geometry: GridGeometry): SeriesTraits {
  return {
    kind: 'nifti',
    thicknessMm: sliceDistancesMm(geometry)[1],
    slices: geometry.sizeVoxels[2],
    orientation: sliceOrientation(geometry),
  };
}

function withoutAbsent(traits: { readonly [Key in keyof SeriesTraits]: SeriesTraits[Key] | undefined }): SeriesTraits {
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== undefined)) as unknown as SeriesTraits;
}
