/** The part of @cornerstonejs/dicom-codec (which has no types) that decode-pixels.ts uses. */
declare module '@cornerstonejs/dicom-codec' {
  interface DecodedFrame {
    readonly imageFrame: ArrayBufferView<ArrayBuffer>;
    readonly imageInfo: { readonly isSigned?: boolean };
  }
  const dicomCodec: {
    decode(frame: Uint8Array, imageInfo: object, transferSyntaxUid: string): Promise<DecodedFrame>;
  };
  export default dicomCodec;
}
