/**
 * First bytes of a file → how its DICOM data set is encoded. Trusts the bytes more than the header: files without
 * preamble, without meta group, and with a meta group that names the wrong encoding exist.
 * Sources: DICOM PS3.10 section 7.1, PS3.5 section 7.1.2 and annex A.
 * @module
 */

/** Where and how a data set lies in a file. */
export interface Encoding {
  readonly transferSyntaxUid: string;
  /** First byte after the meta group. */
  readonly dataSetOffset: number;
  readonly explicit: boolean;
  readonly bigEndian: boolean;
}

/** Transfer syntaxes whose name matters here (PS3.5 annex A). */
export const TRANSFER_SYNTAX = {
  implicitLittleEndian: '1.2.840.10008.1.2',
  explicitLittleEndian: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  explicitBigEndian: '1.2.840.10008.1.2.2',
} as const;

const PREAMBLE_BYTES = 128;

/** Groups that a data set can begin with; anything else is not taken for DICOM without its mark. */
const FIRST_GROUPS: ReadonlySet<number> = new Set([0x0004, 0x0008]);

/** @returns undefined if the bytes are not DICOM. */
export function findEncoding(bytes: Uint8Array): Encoding | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isPart10 = hasMark(bytes, PREAMBLE_BYTES);
  const metaOffset = isPart10 ? PREAMBLE_BYTES + 4 : hasMark(bytes, 0) ? 4 : 0;
  const meta = readMeta(view, metaOffset);
  if (meta.transferSyntaxUid === TRANSFER_SYNTAX.deflated) {
    return { ...meta, transferSyntaxUid: TRANSFER_SYNTAX.deflated, explicit: true, bigEndian: false };
  }
  const shown = encodingShown(view, meta.dataSetOffset);
  if (shown) {
    const transferSyntaxUid = meta.transferSyntaxUid ?? shown.transferSyntaxUid;
    return { ...shown, dataSetOffset: meta.dataSetOffset, transferSyntaxUid };
  }
  if (!isPart10) return undefined;
  // DICOM by its mark, but what follows breaks off or begins unusually: believe the header, let the parser decide.
  const transferSyntaxUid = meta.transferSyntaxUid ?? TRANSFER_SYNTAX.explicitLittleEndian;
  return {
    transferSyntaxUid,
    dataSetOffset: meta.dataSetOffset,
    explicit: transferSyntaxUid !== TRANSFER_SYNTAX.implicitLittleEndian,
    bigEndian: transferSyntaxUid === TRANSFER_SYNTAX.explicitBigEndian,
  };
}

function hasMark(bytes: Uint8Array, offset: number): boolean {
  return [0x44, 0x49, 0x43, 0x4d].every((byte, n) => bytes[offset + n] === byte);
}

/** Walks the meta group (0002,xxxx), which is explicit little endian in every file. */
function readMeta(view: DataView, offset: number): { dataSetOffset: number; transferSyntaxUid?: string } {
  let transferSyntaxUid: string | undefined;
  let at = offset;
  while (at + 8 <= view.byteLength && view.getUint16(at, true) === 0x0002) {
    const isLong = vrAt(view, at + 4) === 'OB' || vrAt(view, at + 4) === 'UN';
    if (isLong && at + 12 > view.byteLength) break;
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const valueAt = at + (isLong ? 12 : 8);
    if (view.getUint16(at + 2, true) === 0x0010 && valueAt + length <= view.byteLength) {
      const text = new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset + valueAt, length));
      transferSyntaxUid = text.replace(/[\0 ]+$/, '');
    }
    at = valueAt + length;
  }
  return { dataSetOffset: at, ...(transferSyntaxUid ? { transferSyntaxUid } : {}) };
}

/** What the first element looks like; undefined if it looks like none. */
function encodingShown(view: DataView, at: number): Omit<Encoding, 'dataSetOffset'> | undefined {
  if (at + 8 > view.byteLength) return undefined;
  const hasVr = /^[A-Z]{2}$/.test(vrAt(view, at + 4));
  if (FIRST_GROUPS.has(view.getUint16(at, true))) {
    const transferSyntaxUid = hasVr ? TRANSFER_SYNTAX.explicitLittleEndian : TRANSFER_SYNTAX.implicitLittleEndian;
    return { transferSyntaxUid, explicit: hasVr, bigEndian: false };
  }
  if (FIRST_GROUPS.has(view.getUint16(at, false)) && hasVr) {
    return { transferSyntaxUid: TRANSFER_SYNTAX.explicitBigEndian, explicit: true, bigEndian: true };
  }
  return undefined;
}

function vrAt(view: DataView, at: number): string {
  return at + 2 <= view.byteLength ? String.fromCharCode(view.getUint8(at), view.getUint8(at + 1)) : '';
}
