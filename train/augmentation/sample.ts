/**
 * A slice with its truth, and what is taken out of one.
 * @module
 */

/** Image and truth of a slice, i fastest. */
export interface SlicePixels {
  /** HU; or, as float32, values as stored, channel after channel: [C, h, w]. */
  readonly hu: Int16Array | Float32Array;
  readonly labels: Uint8Array;
}

export interface Sample {
  /** [C, h, w]; C is 1 for HU. */
  readonly hu: Float32Array;
  readonly labels: Uint8Array;
}
