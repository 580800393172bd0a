/**
 * First bytes of a compressed frame → what the code stream itself says about the picture. Read before decoding: the
 * header of the file may say something else, and a decoder allocates what the stream asks for.
 * Sources: ITU-T T.81 B.2.2 (JPEG frame header), T.87 C.2.2 (JPEG-LS), T.800 A.5.1 (JPEG 2000 SIZ).
 * @module
 */

/** What a code stream says. */
export interface CodeStreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits a sample, sign included. */
  readonly precision: number;
  /** JPEG 2000 only; the JPEG family does not say. */
  readonly signed?: boolean;
}

/** JPEG 2000 may be wrapped in JP2 boxes, which DICOM forbids and some write: its start is looked for this far. */
const JP2_BOXES_BYTES = 1024;

/** Markers that look like start-of-frame and are not: DHT, JPG, DAC. */
const NO_FRAME_HEADER: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);

/** @returns undefined if it is no JPEG, JPEG-LS or JPEG 2000 stream, or breaks off within its header. */
export function readCodeStreamHeader(stream: Uint8Array): CodeStreamHeader | undefined {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  try {
    return view.getUint16(0) === 0xffd8 ? jpegHeader(view) : jpeg2000Header(view);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function jpegHeader(view: DataView): CodeStreamHeader | undefined {
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    // Any number of fill bytes may precede a marker.
    if (marker === 0xff) at += 1;
    else if ((marker >= 0xc0 && marker <= 0xcf && !NO_FRAME_HEADER.has(marker)) || marker === 0xf7) {
      return {
        precision: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    } else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function jpeg2000Header(view: DataView): CodeStreamHeader | undefined {
  for (let at = 0; at < JP2_BOXES_BYTES; at++) {
    if (view.getUint32(at) !== 0xff4fff51) continue;
    const depth = view.getUint8(at + 42);
    return {
      columns: view.getUint32(at + 8) - view.getUint32(at + 16),
      rows: view.getUint32(at + 12) - view.getUint32(at + 20),
      components: view.getUint16(at + 40),
      precision: (depth & 0x7f) + 1,
      signed: depth > 0x7f,
    };
  }
  return undefined;
}
