/**
 * Public API of voxwatch as a library, in Node: load a bundle, segment a volume. In a browser it is `voxwatch/web`.
 * @example
 * const bundle = await loadBundle({ readFile: (name) => readFile(`models/kidney-enet-cascade/${name}`) });
 * const { labelMap, measurements } = await segment(bundle, createVolume(geometry, hu), { signal, onProgress });
 * await bundle.release();
 * @module
 */
export { loadBundle } from './load-bundle.ts';
export * from './public-api.ts';
export { type NodeSessionOptions, nodeSessions, providersOf } from './sessions/session-node.ts';
