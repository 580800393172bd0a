/** A local server of the built page, the bundles, their golden slices, and WebAssembly; cross-origin isolated, for threads. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { GridGeometry } from '../../../core/volume.ts';
import { goldenVolume, MODELS } from './golden-case.ts';

/** What a page needs of a geometry, as JSON. */
export type GoldenGeometry = Pick<GridGeometry, 'sizeVoxels' | 'voxelToWorld'>;

const WASM_FOLDER = fileURLToPath(new URL('.', import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')));
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
  json: 'application/json',
};

/** As an application would bundle `voxwatch/web`. */
export async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The page says itself where WebAssembly lies.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text as string;
}

/** Starts the server. @returns it, and its address. */
export async function servePage(bundles: readonly string[]): Promise<{ readonly server: Server; readonly address: string }> {
  const made = new Map<string, string | Uint8Array>([
    ['/index.html', '<!doctype html><title>voxwatch/web</title><script type="module" src="/page.js"></script>'],
    ['/page.js', await bundlePage()],
  ]);
  for (const name of bundles) {
    const { geometry, hu } = await goldenVolume(name);
    const { sizeVoxels, voxelToWorld } = geometry;
    made.set(`/golden/${name}.json`, JSON.stringify({ sizeVoxels, voxelToWorld } satisfies GoldenGeometry));
    made.set(`/golden/${name}.raw`, new Uint8Array(hu.buffer, hu.byteOffset, hu.byteLength));
  }
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    response.setHeader('Content-Type', TYPES[path.split('.').at(-1) as string] ?? 'application/octet-stream');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const file = path.replace(/^\/models\//, `${MODELS}/`).replace(/^\/onnxruntime\//, WASM_FOLDER);
    if (made.has(path)) response.end(made.get(path));
    else if (file !== path && existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
