/** What runs in the browser: loads a bundle from the server it came from, segments its golden slice, says what it found. */
import { createVolume, defaultWebThreads, loadBundle, segment, type VoxwatchError, webSessions } from '../../../runtime/web.ts';
import type { GoldenGeometry } from './serve-page.ts';

async function fetchBytes(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} is not there`);
  return new Uint8Array(await response.arrayBuffer());
}

/** What a page tells the test. */
export interface PageResult {
  /** uint8, base64. */
  readonly labels: string;
  readonly outcome: string;
  readonly provider: string;
  readonly threads: number;
  /** Slices done of each stage, as they were told. */
  readonly progress: readonly number[];
  /** What a segmentation that is stopped after its first slice ends with. */
  readonly stoppedWith: string;
}

async function segmentGolden(name: string): Promise<PageResult> {
  const [geometry, bytes] = await Promise.all([fetchBytes(`/golden/${name}.json`), fetchBytes(`/golden/${name}.raw`)]);
  const { sizeVoxels, voxelToWorld } = JSON.parse(new TextDecoder().decode(geometry)) as GoldenGeometry;
  const volume = createVolume({ sizeVoxels, voxelToWorld }, new Int16Array(bytes.buffer));
  const openSessions = webSessions({ wasmFolder: '/onnxruntime/' });
  const bundle = await loadBundle({ readFile: (file) => fetchBytes(`/models/${name}/${file}`) }, { openSessions });
  const progress: number[] = [];
  const { labelMap, outcome, provider } = await segment(bundle, volume, { onProgress: ({ done }) => progress.push(done) });
  const stop = new AbortController();
  const stopped = segment(bundle, volume, { signal: stop.signal, onProgress: () => stop.abort() });
  const stoppedWith = await stopped.then(
    () => 'nothing',
    (error: VoxwatchError) => error.code,
  );
  await bundle.release();
  let text = '';
  for (const label of labelMap.labels) text += String.fromCharCode(label);
  return { labels: btoa(text), outcome, provider: provider.name, threads: defaultWebThreads(), progress, stoppedWith };
}

Object.assign(globalThis, { segmentGolden });
