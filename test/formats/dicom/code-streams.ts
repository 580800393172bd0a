/**
 * Small compressed pictures for tests; encoders are none of our dependencies.
 * @module
 */

/** 32 × 32, all pixels of row r are 10 · (r − 16); written by OpenJPEG, lossless. */
export const SIGNED_12_BIT_JPEG_2000 = Buffer.from(
  '/0//UQApAAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABiwEB/1IADAAAAAEABQQEAAH/XAATQGBoaHBoaHBoaHBoaHBoaHD/ZAAlAAFDcmVh' +
    'dGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjL/kAAKAAAAAAA/AAH/k8D7QIAHL6B+AEADL6A+0EALPM5HoB9QIAN/v06gD5woPaY0NX+gB8ggnawpQD4e' +
    'uD//2Q==',
  'base64',
);

/** 8 × 8, all pixels of row r are about 60 + 16 · r; baseline. */
export const GREY_JPEG = Buffer.from(
  '/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAIAAgBAREA/8QAFAAB' +
    'AAAAAAAAAAAAAAAAAAAABv/EABcQAAMBAAAAAAAAAAAAAAAAAAAYZKL/2gAIAQEAAD8APrbLk//Z',
  'base64',
);
