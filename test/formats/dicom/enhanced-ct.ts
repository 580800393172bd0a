/**
 * Multi-frame CT files and elements of every kind, written byte by byte, for tests.
 * @module
 */
import { encodePart10 } from '../../../formats/dicom/encode-data-set.ts';

const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';

/** What may take the place of the usual. */
export interface EnhancedCtOptions {
  readonly frames?: number;
  /** Takes the place of (0028,0010), of 2. */
  readonly rows?: number;
  /** Wraps the per-frame groups. */
  readonly perFrame?: (content: Buffer) => Buffer;
  /** Elements between the groups and the pixels. */
  readonly extra?: Buffer;
  /** Takes the place of the pixel data element. */
  readonly pixels?: Buffer;
  readonly transferSyntaxUid?: string;
}

/** VRs of a 32-bit length. */
const LONG_VRS: ReadonlySet<string> = new Set(['OB', 'OV', 'OW', 'SQ', 'SV', 'UN', 'UV']);

export const UNDEFINED_LENGTH = 0xffffffff;

/** One element, explicit little endian. */
export function element(tag: number, vr: string, value: string | Uint8Array, length?: number): Buffer {
  const text = Buffer.from(value as string);
  const content = text.length % 2 === 0 ? text : Buffer.concat([text, Buffer.from(' ')]);
  const head = Buffer.alloc(LONG_VRS.has(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4);
  if (head.length === 12) head.writeUInt32LE(length ?? content.length, 8);
  else head.writeUInt16LE(length ?? content.length, 6);
  return Buffer.concat([head, content]);
}

/** One element, implicit little endian. */
export function implicitElement(tag: number, value: string | Uint8Array): Buffer {
  const explicit = element(tag, 'UN', value);
  return Buffer.concat([explicit.subarray(0, 4), explicit.subarray(8)]);
}

/** (FFFE,E000) or another tag of group FFFE, and what it holds. */
export function item(content: Uint8Array, length = content.length, tag = 0xe000): Buffer {
  const head = Buffer.from([0xfe, 0xff, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(tag, 2);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, content]);
}

/** (FFFE,E0DD): ends what has no length. */
export const SEQUENCE_END = item(Buffer.alloc(0), 0, 0xe0dd);

export function sequence(tag: number, ...items: readonly (readonly Buffer[])[]): Buffer {
  return element(tag, 'SQ', Buffer.concat(items.map((elements) => item(Buffer.concat(elements)))));
}

/** The pixel data element of compressed frames. */
export function encapsulated(offsetTable: Uint8Array, ...fragments: readonly Uint8Array[]): Buffer {
  const parts = Buffer.concat([item(offsetTable), ...fragments.map((fragment) => item(fragment)), SEQUENCE_END]);
  return element(0x7fe00010, 'OB', parts, UNDEFINED_LENGTH);
}

/** Three frames of 2 × 2 pixels (0, 1, 2, …), each with its place and intercept, from the highest to the lowest. */
export function enhancedCt(options: EnhancedCtOptions = {}): Buffer {
  const { frames = 3, rows = 2, perFrame = (content) => element(0x52009230, 'SQ', content) } = options;
  const plain = Buffer.from(
    encodePart10(ENHANCED_CT, '1.2.3', [
      [0x00080008, 'CS', ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED']],
      [0x00080016, 'UI', ENHANCED_CT],
      [0x00080018, 'UI', '1.2.3'],
      [0x00080060, 'CS', 'CT'],
      [0x0020000e, 'UI', '1.2.4'],
      [0x00280002, 'US', 1],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', frames],
      [0x00280010, 'US', rows],
      [0x00280011, 'US', 2],
      [0x00280100, 'US', 16],
      [0x00280101, 'US', 16],
      [0x00280102, 'US', 15],
      [0x00280103, 'US', 1],
    ]),
  );
  const shared = sequence(0x52009229, [
    sequence(0x00289110, [element(0x00280030, 'DS', '0.8\\0.7')]),
    sequence(0x00209116, [element(0x00200037, 'DS', '1\\0\\0\\0\\1\\0')]),
  ]);
  const values = new Uint8Array(Int16Array.from({ length: 12 }, (_, n) => n).buffer);
  const { extra = Buffer.alloc(0), pixels = element(0x7fe00010, 'OW', values), transferSyntaxUid } = options;
  const file = Buffer.concat([plain, shared, perFrame(frameGroups(element)), extra, pixels]);
  return transferSyntaxUid ? withTransferSyntax(file, transferSyntaxUid) : file;
}

/** Items of the Per-Frame Functional Groups Sequence. */
function frameGroups(encode: (tag: number, vr: string, value: string | Uint8Array) => Buffer): Buffer {
  const group = (tag: number, ...elements: readonly Buffer[]): Buffer => encode(tag, 'SQ', item(Buffer.concat(elements)));
  return Buffer.concat(
    [0, 1, 2].map((n) =>
      item(
        Buffer.concat([
          group(0x00189329, encode(0x00089007, 'CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE')),
          group(0x00209113, encode(0x00200032, 'DS', `0\\0\\${10 - 2 * n}`)),
          group(0x00289145, encode(0x00281052, 'DS', `${-1000 - n}`), encode(0x00281053, 'DS', '1')),
        ]),
      ),
    ),
  );
}

/** The same in implicit little endian: what a sequence of VR UN holds. */
export function implicitFrameGroups(): Buffer {
  return frameGroups((tag, _, value) => implicitElement(tag, value));
}

/** Another transfer syntax in the meta group; the data set stays. */
export function withTransferSyntax(file: Uint8Array, uid: string): Buffer {
  const bytes = Buffer.from(file);
  const at = bytes.indexOf(Buffer.from([0x02, 0x00, 0x10, 0x00, 0x55, 0x49]));
  const end = at + 8 + bytes.readUInt16LE(at + 6);
  const named = element(0x00020010, 'UI', uid.length % 2 === 0 ? uid : `${uid}\0`);
  const groupLength = bytes.readUInt32LE(140) + named.length - (end - at);
  bytes.writeUInt32LE(groupLength, 140);
  return Buffer.concat([bytes.subarray(0, at), named, bytes.subarray(end)]);
}
