/**
 * A slice as a stage's graph takes it, whichever kind of stage it is.
 * @module
 */
import type { GridSlice } from './millimetre-reference.ts';
import type { HuSlice } from './reference-stage.ts';

/** With its size on the network's grid where the stage is in millimetres. */
export type StageSlice = HuSlice & Partial<Pick<GridSlice, 'gridPixels'>>;
