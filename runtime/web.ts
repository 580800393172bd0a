/**
 * Public API of voxwatch in a browser, `voxwatch/web`: what `voxwatch` has, on onnxruntime-web. For a bundler.
 * @example
 * const readFile = async (name) => new Uint8Array(await (await fetch(`/models/liver-tumour/${name}`)).arrayBuffer());
 * const bundle = await loadBundle({ readFile }, { openSessions: webSessions({ wasmFolder: '/onnxruntime/' }) });
 * const { labelMap, measurements } = await segment(bundle, createVolume(geometry, hu));
 * await bundle.release();
 * @module
 */
export { loadBundle } from './load-bundle-web.ts';
export * from './public-api.ts';
export { defaultWebThreads, type WebProvider, type WebSessionOptions, webSessions } from './sessions/session-web.ts';
