/**
 * Transfer syntax UIDs → names that people use.
 * Source: DICOM PS3.6 table A-1.
 * @module
 */
const NAMES: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2': 'uncompressed (implicit)',
  '1.2.840.10008.1.2.1': 'uncompressed',
  '1.2.840.10008.1.2.1.99': 'deflated',
  '1.2.840.10008.1.2.2': 'uncompressed (big endian)',
  '1.2.840.10008.1.2.4.50': 'JPEG lossy',
  '1.2.840.10008.1.2.4.51': 'JPEG lossy, 12 bit',
  '1.2.840.10008.1.2.4.57': 'JPEG lossless',
  '1.2.840.10008.1.2.4.70': 'JPEG lossless',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS lossless',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS near-lossless',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000 lossless',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
  '1.2.840.10008.1.2.4.201': 'HTJ2K lossless',
  '1.2.840.10008.1.2.4.202': 'HTJ2K lossless',
  '1.2.840.10008.1.2.4.203': 'HTJ2K',
  '1.2.840.10008.1.2.5': 'RLE',
};

/** The name, or the UID itself. */
export function transferSyntaxName(uid: string): string {
  return NAMES[uid] ?? uid;
}
