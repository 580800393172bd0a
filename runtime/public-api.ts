/**
 * What the library offers wherever it runs: `index.ts` adds what is Node's, `web.ts` what is a browser's.
 * @module
 */
export { type ErrorCode, VoxwatchError } from '../core/errors.ts';
export type { Finding } from '../core/finding.ts';
export type { ModelManifest } from '../core/model-manifest.ts';
export { createVolume, type GridGeometry, type LabelMap, type Volume } from '../core/volume.ts';
/** Axial slices of any voxel order, to draw results with. */
export { type AxialView, axialSlice, axialView, readBoxInto, wholeSlice } from '../preprocess/reorient.ts';
export { type Bundle, type BundleSource, type LoadBundleOptions, readManifest } from './bundle.ts';
export type { SegmentProgress, StageTiming } from './cascade.ts';
export type { LabelMeasurement, LesionMeasurement, Outcome } from './measures/measure.ts';
export { type Segmentation, type SegmentOptions, segment } from './segment.ts';
export type { ExecutionProvider, InferenceSession, OpenedSessions, OpenSessions, RefusedProvider } from './sessions/session.ts';
