/**
 * A volume → the files of a CT series: for phantoms and tests.
 * Source: DICOM PS3.3 A.3 (CT Image IOD) and C.8.2.1.
 * @module
 */
import { affineColumn, affineSpacingMm, cross, dot, normalize, type Vector3 } from '../../core/affine.ts';
import { VoxwatchError } from '../../core/errors.ts';
import type { GridGeometry, Volume } from '../../core/volume.ts';
import { worldPositionMm } from '../../core/world-position.ts';
import { type Element, encodePart10 } from './encode-data-set.ts';
import { seededUid } from './seeded-uid.ts';

/** CT Image Storage. */
const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/** Rescale intercept of unsigned pixels: what most scanners write. */
const UNSIGNED_INTERCEPT_HU = -1024;

/** What a written series is called; nothing in it can be mistaken for a patient. */
export interface CtSeriesOptions {
  /** Names the patient (`Phantom^<seed>`) and the study; all UIDs follow from it and the series number. */
  readonly seed: string | number;
  /** ASCII, at most 64 characters. */
  readonly seriesDescription: string;
  /** ASCII, at most 16 characters, e.g. `STANDARD`. */
  readonly convolutionKernel: string;
  /** @defaultValue 1 */
  readonly seriesNumber?: number;
  /** CS, e.g. `ABDOMEN`. @defaultValue 'ABDOMEN' */
  readonly bodyPart?: string;
  /** How HU are stored: signed with intercept 0, or unsigned with intercept −1024. @defaultValue 'int16' */
  readonly storedAs?: 'int16' | 'uint16';
  /** Whether each file says how many there are: Images in Acquisition (0020,1002). @defaultValue false */
  readonly declaresSlices?: boolean;
  /** HU that stands for "outside the field of view" in the volume: declared as Pixel Padding Value (0028,0120). */
  readonly paddingHu?: number;
}

/**
 * Writes one file a slice, explicit VR little endian.
 * @param volume - Any grid; its slices are the k planes. A shear along k comes out as gantry tilt, slice positions are kept.
 * @returns files in the order of k; instance numbers count from 1.
 * @throws {VoxwatchError} `INVALID_ARGUMENT` if `uint16` is asked for and a voxel is below −1024 HU.
 */
export function writeCtSeries(volume: Volume, options: CtSeriesOptions): Uint8Array[] {
  const { sizeVoxels } = volume.geometry;
  const sliceLength = sizeVoxels[0] * sizeVoxels[1];
  const shared = seriesElements(volume.geometry, options);
  return Array.from({ length: sizeVoxels[2] }, (_, k) => {
    const slice = volume.hu.subarray(k * sliceLength, (k + 1) * sliceLength);
    const sopInstanceUid = seededUid(`${seriesSeed(options)}/instance/${k + 1}`);
    return encodePart10(CT_IMAGE_STORAGE, sopInstanceUid, [
      ...shared,
      [0x00080018, 'UI', sopInstanceUid],
      [0x00200013, 'IS', k + 1],
      [0x00200032, 'DS', worldPositionMm(volume.geometry, [0, 0, k])],
      [0x7fe00010, 'OW', storedPixels(slice, options)],
    ]);
  });
}

/** Everything that is the same in all slices. */
function seriesElements(geometry: GridGeometry, options: CtSeriesOptions): Element[] {
  const { seed, storedAs = 'int16', paddingHu } = options;
  const [i, j, k] = ([0, 1, 2] as const).map((axis) => affineColumn(geometry.voxelToWorld, axis)) as [Vector3, Vector3, Vector3];
  const [columnSpacing, rowSpacing] = affineSpacingMm(geometry.voxelToWorld);
  const normal = normalize(cross(i, j));
  const elements: Element[] = [
    [0x00080008, 'CS', ['ORIGINAL', 'PRIMARY', 'AXIAL']],
    [0x00080016, 'UI', CT_IMAGE_STORAGE],
    [0x00080020, 'DA', '20200101'],
    [0x00080023, 'DA', '20200101'],
    [0x00080030, 'TM', '000000'],
    [0x00080033, 'TM', '000000'],
    [0x00080050, 'SH', ''],
    [0x00080060, 'CS', 'CT'],
    [0x00080070, 'LO', 'voxwatch phantom'],
    [0x00080090, 'PN', ''],
    [0x0008103e, 'LO', options.seriesDescription],
    [0x00100010, 'PN', `Phantom^${seed}`],
    [0x00100020, 'LO', `phantom-${seed}`],
    [0x00100030, 'DA', ''],
    [0x00100040, 'CS', ''],
    [0x00180015, 'CS', options.bodyPart ?? 'ABDOMEN'],
    [0x00180050, 'DS', Math.abs(dot(k, normal))],
    [0x00180060, 'DS', ''],
    [0x00181210, 'SH', options.convolutionKernel],
    [0x00185100, 'CS', 'HFS'],
    [0x0020000d, 'UI', seededUid(`${seed}/study`)],
    [0x0020000e, 'UI', seededUid(`${seriesSeed(options)}/series`)],
    [0x00200010, 'SH', ''],
    [0x00200011, 'IS', options.seriesNumber ?? 1],
    [0x00200012, 'IS', 1],
    [0x00200037, 'DS', [...normalize(i), ...normalize(j)]],
    [0x00200052, 'UI', seededUid(`${seed}/frame-of-reference`)],
    ...(options.declaresSlices ? [[0x00201002, 'IS', geometry.sizeVoxels[2]] as const] : []),
    [0x00201040, 'LO', ''],
    [0x00280002, 'US', 1],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', geometry.sizeVoxels[1]],
    [0x00280011, 'US', geometry.sizeVoxels[0]],
    [0x00280030, 'DS', [rowSpacing, columnSpacing]],
    [0x00280100, 'US', 16],
    [0x00280101, 'US', 16],
    [0x00280102, 'US', 15],
    [0x00280103, 'US', storedAs === 'int16' ? 1 : 0],
    [0x00281052, 'DS', interceptOf(options)],
    [0x00281053, 'DS', 1],
    [0x00281054, 'LO', 'HU'],
  ];
  if (paddingHu !== undefined) {
    elements.push([0x00280120, storedAs === 'int16' ? 'SS' : 'US', paddingHu - interceptOf(options)]);
  }
  return elements;
}

function seriesSeed({ seed, seriesNumber = 1 }: CtSeriesOptions): string {
  return `${seed}/series/${seriesNumber}`;
}

function interceptOf({ storedAs = 'int16' }: CtSeriesOptions): number {
  return storedAs === 'int16' ? 0 : UNSIGNED_INTERCEPT_HU;
}

/** Little-endian pixels; int16 arrays are little endian on every machine that Node supports. */
function storedPixels(hu: Int16Array, options: CtSeriesOptions): Uint8Array {
  const intercept = interceptOf(options);
  if (intercept === 0) return new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength);
  const stored = new Uint16Array(hu.length);
  for (let n = 0; n < hu.length; n++) {
    const value = (hu[n] as number) - intercept;
    if (value < 0) {
      throw new VoxwatchError(
        'INVALID_ARGUMENT',
        `Unsigned pixels hold HU from ${intercept}; a voxel is ${hu[n]}: write int16 instead.`,
      );
    }
    stored[n] = value;
  }
  return new Uint8Array(stored.buffer);
}
