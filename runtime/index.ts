/**
 * Public API of voxwatch as a library: load a bundle, segment a volume. Runs in Node and in a browser.
 * @example
 * const bundle = await loadBundle({ readFile: (name) => fetchBytes(`/models/kidney/${name}`) });
 * const { labelMap, measurements } = await segment(bundle, createVolume(geometry, hu));
 * await bundle.release();
 * @module
 */
export { type ErrorCode, VoxwatchError } from '../core/errors.ts';
export type { Finding } from '../core/finding.ts';
export type { ModelManifest } from '../core/model-manifest.ts';
export { createVolume, type GridGeometry, type LabelMap, type Volume } from '../core/volume.ts';
/** Axial slices of any voxel order, to draw results with. */
export { type AxialView, axialView, readBoxInto, wholeSlice } from '../preprocess/reorient.ts';
export { type Bundle, type BundleSource, type LoadBundleOptions, loadBundle, readManifest } from './bundle.ts';
export type { SegmentProgress, StageTiming } from './cascade.ts';
export type { LabelMeasurement, LesionMeasurement, Outcome } from './measure.ts';
export { type Segmentation, type SegmentOptions, segment } from './segment.ts';
export type { ExecutionProvider, InferenceSession, OpenedSessions, OpenSessions, RefusedProvider } from './session.ts';
