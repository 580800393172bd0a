/** The parts of the image codecs (which have no types) that codecs.ts uses. The WebAssembly ones are built alike. */
interface WasmDecoder {
  /** Room for the compressed frame in the codec's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the codec's memory. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

type WasmFactory<Name extends string> = (options: {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<Readonly<Record<Name, new () => WasmDecoder>>>;

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const create: WasmFactory<'JpegLSDecoder'>;
  export default create;
}

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  const create: WasmFactory<'JPEGDecoder'>;
  export default create;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const create: WasmFactory<'J2KDecoder'>;
  export default create;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  const create: WasmFactory<'HTJ2KDecoder'>;
  export default create;
}

declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    decode(buffer: ArrayBufferLike, offset: number, length: number, bytesPerPixel: number): ArrayBufferView;
  }
}
