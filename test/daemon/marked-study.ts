/**
 * Inputs in which everything that could name a patient is a marker: every text, date and UID, folder and file names.
 * What carries a marker out of the input gives itself away.
 */
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Element, encodePart10 } from '../../formats/dicom/encode-data-set.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import { makeVolume } from '../runtime/make-volume.ts';

/** In every text, and in every name of a file or folder. */
const MARKER = 'QXPHI';
/** In every UID. */
const UID_ROOT = '1.2.826.0.73573757';
const BIRTH_DATE = '19010203';

/** What must not be found anywhere but in the input, and in the names of result folders. */
export const MARKERS = [MARKER, MARKER.toLowerCase(), '73573757', BIRTH_DATE];

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const RLE = '1.2.840.10008.1.2.5';
const SIZE = 32;

/** Tag and VR of elements that are plain text; those that segmentation reads are below. */
const TEXTS: readonly (readonly [number, Element[1]])[] = [
  [0x00080050, 'SH'], // Accession Number
  [0x00080080, 'LO'], // Institution Name
  [0x00080081, 'LO'], // Institution Address
  [0x00080090, 'PN'], // Referring Physician
  [0x00081010, 'SH'], // Station Name
  [0x00081030, 'LO'], // Study Description
  [0x0008103e, 'LO'], // Series Description
  [0x00081048, 'PN'], // Physicians of Record
  [0x00081050, 'PN'], // Performing Physician
  [0x00081070, 'PN'], // Operators' Name
  [0x00081090, 'LO'], // Manufacturer's Model Name
  [0x00100010, 'PN'], // Patient's Name
  [0x00100020, 'LO'], // Patient ID
  [0x00101000, 'LO'], // Other Patient IDs
  [0x00101001, 'PN'], // Other Patient Names
  [0x00101040, 'LO'], // Patient's Address
  [0x00104000, 'LO'], // Patient Comments
  [0x00180010, 'LO'], // Contrast Agent
  [0x00180015, 'CS'], // Body Part Examined
  [0x00181000, 'LO'], // Device Serial Number
  [0x00181030, 'LO'], // Protocol Name
  [0x00181210, 'SH'], // Convolution Kernel
  [0x00185100, 'CS'], // Patient Position
  [0x00200010, 'SH'], // Study ID
  [0x00204000, 'LO'], // Image Comments
  [0x00321060, 'LO'], // Requested Procedure Description
  [0x00400254, 'LO'], // Performed Procedure Step Description
];

export interface MarkedSlice {
  readonly series: number;
  readonly slice: number;
  readonly sopClass?: string;
  /** Compressed pixels that are none: they fail where they are decoded, in the worker. */
  readonly hasJunkPixels?: boolean;
}

function markedSlice({ series, slice, sopClass = CT, hasJunkPixels = false }: MarkedSlice): Buffer {
  const uid = (...parts: number[]): string => [UID_ROOT, ...parts].join('.');
  const pixels = new Int16Array(SIZE * SIZE).map((_, n) => (n % SIZE > 8 && n % SIZE < 20 && n > 300 && n < 700 ? 150 : 0));
  const elements: Element[] = [
    ...TEXTS.map(([tag, vr], n): Element => [tag, vr, `${MARKER}${n}`]),
    [0x00080008, 'CS', ['ORIGINAL', 'PRIMARY', MARKER]],
    [0x00080016, 'UI', sopClass],
    [0x00080018, 'UI', uid(3, series, slice)],
    [0x00080020, 'DA', BIRTH_DATE],
    [0x00080060, 'CS', sopClass === CT ? 'CT' : 'MR'],
    [0x00100030, 'DA', BIRTH_DATE],
    [0x00180050, 'DS', 2],
    [0x0020000d, 'UI', uid(1)],
    [0x0020000e, 'UI', uid(2, series)],
    [0x00200011, 'IS', series],
    [0x00200013, 'IS', slice],
    [0x00200032, 'DS', [0, 0, 2 * slice]],
    [0x00200037, 'DS', [1, 0, 0, 0, 1, 0]],
    [0x00200052, 'UI', uid(4)],
    [0x00280002, 'US', 1],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', SIZE],
    [0x00280011, 'US', SIZE],
    [0x00280030, 'DS', [1, 1]],
    [0x00280100, 'US', 16],
    [0x00280101, 'US', 16],
    [0x00280102, 'US', 15],
    [0x00280103, 'US', 1],
    [0x00281052, 'DS', 0],
    [0x00281053, 'DS', 1],
    ...(hasJunkPixels ? [] : [[0x7fe00010, 'OW', new Uint8Array(pixels.buffer)] as const]),
  ];
  const bytes = Buffer.from(encodePart10(sopClass, uid(3, series, slice), elements));
  return hasJunkPixels ? withJunkPixels(bytes) : bytes;
}

/** RLE with an empty offset table and one fragment of text. */
function withJunkPixels(bytes: Buffer): Buffer {
  const plain = Buffer.from('1.2.840.10008.1.2.1\0');
  bytes.write(RLE, bytes.indexOf(plain));
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const junk = Buffer.from(MARKER.padEnd(64, '!'));
  return Buffer.concat([
    ...[bytes, hex('e07f1000 4f420000 ffffffff'), hex('feff00e0 00000000')],
    ...[hex('feff00e0 40000000'), junk, hex('feffdde0 00000000')],
  ]);
}

/** Drops one input of each kind into a watched folder: a good series, and everything that goes wrong. */
export function dropMarkedStudy(input: string): void {
  const drop = (folder: string, slices: readonly Buffer[]): void => {
    mkdirSync(join(input, `${MARKER}-${folder}`));
    for (const [n, bytes] of slices.entries()) writeFileSync(join(input, `${MARKER}-${folder}`, `${MARKER}-${n}.dcm`), bytes);
  };
  const slices = (series: number, change: Partial<MarkedSlice> = {}) =>
    Array.from({ length: 6 }, (_, slice) => markedSlice({ series, slice, ...change }));
  drop('good', slices(1));
  drop('mr', slices(2, { sopClass: MR }));
  drop('junk', slices(3, { hasJunkPixels: true }));
  drop('hole', slices(4).toSpliced(2, 1));
  drop('truncated', [...slices(5).slice(1), slices(5)[0]?.subarray(0, -500) as Buffer]);
  const volume = makeVolume([24, 20, 6], [{ from: [8, 8, 2], to: [16, 14, 4], hu: 150 }]);
  const nifti = Buffer.from(writeNiftiVolume(volume));
  writeFileSync(join(input, `${MARKER}-scan.nii.gz`), nifti);
  writeFileSync(join(input, `${MARKER}-torn.nii.gz`), nifti.subarray(0, nifti.length / 2));
  writeFileSync(join(input, `${MARKER}-rubbish.nii.gz`), gzipSync(Buffer.from(MARKER.repeat(200))));
  writeFileSync(join(input, `${MARKER}.txt`), MARKER.repeat(20));
  writeFileSync(join(input, `${MARKER}-empty.dcm`), '');
}
