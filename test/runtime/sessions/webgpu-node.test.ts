/** A stage on ONNX Runtime's WebGPU in Node, on a GPU that is computed: Chromium brings one (Debian: apt-get install chromium libvulkan1). */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuseMillimetreStage } from '../../../export/fuse-millimetre-stage.ts';
import { fuseStage } from '../../../export/fuse-stage.ts';
import { toWebgpuMillimetreStage } from '../../../export/variants/webgpu-millimetre-stage.ts';
import { toWebgpuStage } from '../../../export/variants/webgpu-stage.ts';
import type { LoadedSessions, SliceBatch, StageModel } from '../../../runtime/sessions/session.ts';
import { nodeSessions } from '../../../runtime/sessions/session-node.ts';
import { huSlice, smallEnet, statisticsOf } from '../../export/small-enet.ts';
import { STEM_MULTIPLE, stemUnet } from '../../export/stem-unet.ts';

const SWIFTSHADER = '/usr/lib/chromium/libvk_swiftshader.so';
const canRun = existsSync(SWIFTSHADER) && hasVulkanLoader();
if (!canRun) console.warn('There is no SwiftShader, or no loader of Vulkan, on this machine: WebGPU in Node is not tested.');

/** Of the system: one that Chromium has in its folder is not found from Node. */
function hasVulkanLoader(): boolean {
  try {
    return execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes('libvulkan.so.1');
  } catch {
    return false;
  }
}

/** Kernels are compiled on the CPU. */
const PATIENCE_MS = 240_000;
const GRID = [32, 24] as const;

let root: string;
const opened: LoadedSessions[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'voxwatch-vulkan-'));
  // Read when the first session asks for Vulkan, which is none of before this test.
  process.env.VK_ICD_FILENAMES = join(root, 'icd.json');
  const ICD = { library_path: SWIFTSHADER, api_version: '1.1.0' };
  await writeFile(join(root, 'icd.json'), JSON.stringify({ file_format_version: '1.0.0', ICD }));
});
afterAll(async () => {
  for (const sessions of opened) await sessions.release();
  await rm(root, { recursive: true });
});

/** What a network gives for the last slice of a full batch. A provider that is named stands alone, with ONNX Runtime's own fall-back off. */
async function answerOn(
  provider: 'cpu' | 'webgpu',
  model: StageModel,
  grid: Pick<SliceBatch, 'gridPixels'> = {},
): Promise<Uint8Array> {
  const sessions = await nodeSessions({ providers: [provider] })([model]);
  opened.push(sessions);
  const slices = sessions.batchSlices;
  const { hu, sizePixels } = huSlice([47, 61]);
  const batch = new Int16Array(slices * hu.length);
  for (let n = 0; n < slices; n++) batch.set(hu, n * hu.length);
  const answer = await sessions.sessions[0]?.run(batch, { slices, width: sizePixels[0], height: sizePixels[1], ...grid });
  return (answer as Uint8Array).subarray(((slices - 1) * (answer as Uint8Array).length) / slices);
}

describe.runIf(canRun)('a network for WebGPU', { timeout: PATIENCE_MS }, () => {
  it('runs with every node on WebGPU, and gives the labels of the CPU but for near ties', async () => {
    const onnx = fuseStage({
      model: smallEnet(GRID, 3),
      intensity: { scheme: 'feature-wise', statistics: statisticsOf(GRID) },
      gridPixels: GRID,
      softwareVersion: '1',
      metadata: {},
      inputType: 'int16',
      outputs: 'labels',
    });
    const model = { name: 'organ', onnx, int32Onnx: toWebgpuStage(onnx, 3), warmUpPixels: GRID };
    const [expected, found] = [await answerOn('cpu', model), await answerOn('webgpu', model)];
    expect(new Set(expected).size).toBeGreaterThan(1);
    expect(found).toHaveLength(expected.length);
    expect(found.filter((label, p) => label !== expected[p]).length).toBeLessThanOrEqual(3);
  });

  it('in millimetres runs there too, and gives the probabilities of the CPU but for a step of 255', async () => {
    const outputs = [
      { label: 1, classes: [1, 2], threshold: 0.45, smoothingMm: 0, maxComponents: 0, minComponentMl: 0, fillHoles: false },
      { label: 2, classes: [2], threshold: 0.5, smoothingMm: 0, maxComponents: 0, minComponentMl: 0, fillHoles: false },
    ];
    const grid = { multipleOf: STEM_MULTIPLE, outputs };
    const onnx = fuseMillimetreStage({
      // Whole fours: from 6 to 8 channels ONNX Runtime 1.30 convolves something else on this GPU.
      model: stemUnet([null, null], 4, [8, 8, 12]),
      intensity: { scheme: 'standardise', clampHu: [-200, 300], meanHu: 50, standardDeviationHu: 250 },
      grid,
      softwareVersion: '1',
      metadata: {},
      inputType: 'int16',
      outputs: 'probabilities',
    });
    const model = {
      name: 'organs',
      onnx,
      int32Onnx: toWebgpuMillimetreStage(onnx, 4, grid),
      warmUpPixels: GRID,
      warmUpGridPixels: GRID,
      gridMultiple: STEM_MULTIPLE,
    };
    const [expected, found] = [
      await answerOn('cpu', model, { gridPixels: [29, 41] }),
      await answerOn('webgpu', model, { gridPixels: [29, 41] }),
    ];
    expect(new Set(expected).size).toBeGreaterThan(10);
    expect(found).toHaveLength(expected.length);
    expect(found.reduce((most, value, p) => Math.max(most, Math.abs(value - (expected[p] as number))), 0)).toBeLessThanOrEqual(1);
  });
});
