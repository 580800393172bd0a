/**
 * The sizes that a network is built for.
 * @module
 */

export interface NetworkShape {
  /** [height, width] in pixels; `null` where the network is to take any. */
  readonly inputSize: readonly [number | null, number | null];
  /** Channels of the input. */
  readonly channels: number;
  /**
   * Logits a pixel: 1 where one sigmoid tells foreground from background, else the number of classes, background
   * among them.
   */
  readonly classes: number;
}
