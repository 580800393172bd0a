/** A GPU that runs out of memory, played behind the session interface. */
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { loadBundle } from '../../../runtime/bundle.ts';
import { segment } from '../../../runtime/segment.ts';
import { firstProvider } from '../../../runtime/sessions/first-provider.ts';
import type { InferenceSession, LoadedSessions, OpenSessions, SliceBatch } from '../../../runtime/sessions/session.ts';
import { nodeSessions } from '../../../runtime/sessions/session-node.ts';
import { isOutOfMemory, sparingSessions } from '../../../runtime/sessions/spare-memory.ts';
import { ORGAN_HU, tinyBundle } from '../make-tiny-bundle.ts';
import { makeVolume } from '../make-volume.ts';

const BATCH = 8;

/** Says the slice's first HU as its label; takes at most so many slices a run. */
function player(provider: 'cuda' | 'cpu', batchSlices: number, takes: () => number) {
  const runs: number[] = [];
  let isReleased = false;
  const loaded: LoadedSessions = {
    provider,
    batchSlices,
    sessions: [
      {
        async run(hu, { slices }) {
          runs.push(slices);
          const cause = new Error('CUDA failure 2: out of memory');
          if (slices > takes()) throw new VoxwatchError('INFERENCE_FAILED', 'A network could not be run.', {}, cause);
          return Uint8Array.from(hu);
        },
        release: async () => {},
      },
    ],
    release: async () => void (isReleased = true),
  };
  return { loaded, runs, isReleased: () => isReleased };
}

const hu = Int16Array.from({ length: BATCH * 2 }, (_, n) => n);
const batch = { slices: BATCH, height: 1, width: 2 };

describe('sessions on a GPU whose memory is short', () => {
  it('run half the slices at a time until they fit, give the same labels, and remember it', async () => {
    const gpu = player('cuda', BATCH, () => 2);
    const sparing = sparingSessions(gpu.loaded);
    expect(sparing.memorySetback()).toBeUndefined();
    expect(await sparing.sessions[0]?.run(hu, batch)).toEqual(Uint8Array.from(hu));
    expect(gpu.runs).toEqual([8, 4, 2, 2, 2, 2]);
    expect(sparing.memorySetback()).toEqual({ batchSlices: 2, isOnCpu: false });
    await sparing.sessions[0]?.run(hu, batch);
    expect(gpu.runs.slice(6)).toEqual([2, 2, 2, 2]);
  });

  it('give way to the CPU when one slice is too much, and let the GPU go', async () => {
    const gpu = player('cuda', BATCH, () => 0);
    const cpu = player('cpu', 1, () => 1);
    let opened = 0;
    const sparing = sparingSessions(gpu.loaded, async () => (opened++, cpu.loaded));
    for (let study = 0; study < 2; study++) expect(await sparing.sessions[0]?.run(hu, batch)).toEqual(Uint8Array.from(hu));
    expect(gpu.runs).toEqual([8, 4, 2, 1]);
    expect(cpu.runs).toEqual(new Array(2 * BATCH).fill(1));
    expect([opened, gpu.isReleased(), cpu.isReleased()]).toEqual([1, true, false]);
    expect(sparing.memorySetback()).toEqual({ batchSlices: 1, isOnCpu: true });
    await sparing.release();
    expect(cpu.isReleased()).toBe(true);
  });

  it('take a tile, which cannot be halved, to the CPU at once', async () => {
    const signature = { input: 'x', output: 'y', shape: [1, 1, 2] };
    const tiled = (provider: 'cuda' | 'cpu', runTile: NonNullable<InferenceSession['runTile']>): LoadedSessions => ({
      ...player(provider, BATCH, () => 0).loaded,
      sessions: [{ run: async () => new Uint8Array(), runTile, release: async () => {} }],
    });
    let tries = 0;
    const gpu = tiled('cuda', async () => {
      tries++;
      throw new VoxwatchError('INFERENCE_FAILED', 'A network could not be run: failed to allocate memory.');
    });
    const sparing = sparingSessions(gpu, async () => tiled('cpu', async (values) => values.map((value) => -value)));
    for (let tile = 0; tile < 2; tile++)
      expect(await sparing.sessions[0]?.runTile?.(Float32Array.of(1, 2), signature)).toEqual(Float32Array.of(-1, -2));
    expect(tries).toBe(1);
    expect(sparing.memorySetback()).toEqual({ batchSlices: 1, isOnCpu: true });
  });

  it('ask for the grid of a stage in millimetres in every part, and put its probabilities together', async () => {
    const [outputs, gridPixels] = [3, [2, 1] as const];
    const asked: SliceBatch[] = [];
    const gpu = player('cuda', BATCH, () => 3);
    const session: InferenceSession = {
      async run(values, shape) {
        asked.push(shape);
        if (shape.slices > 3) throw new Error('out of memory');
        return new Uint8Array(shape.slices * outputs * 2).fill(values[0] as number);
      },
      release: async () => {},
    };
    const sparing = sparingSessions({ ...gpu.loaded, sessions: [session] });
    const found = await sparing.sessions[0]?.run(hu, { ...batch, gridPixels });
    // Two slices a run: each part starts with the first HU of its first slice.
    expect(found).toEqual(Uint8Array.from({ length: BATCH * outputs * 2 }, (_, n) => 4 * Math.floor(n / 12)));
    expect(asked.every((shape) => shape.gridPixels === gridPixels)).toBe(true);
  });

  it('fail where the CPU was not allowed, and say what to do', async () => {
    const sparing = sparingSessions(player('cuda', BATCH, () => 0).loaded);
    await expect(sparing.sessions[0]?.run(hu, batch)).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringMatching(/out of memory .* --provider auto/),
    });
  });

  it('hand on the grid of a stage in millimetres, and put together what is longer or shorter than its slices', async () => {
    const gridPixels = [3, 1] as const;
    const grids: unknown[] = [];
    const run = async (values: Int16Array, { slices, gridPixels: grid }: SliceBatch): Promise<Uint8Array> => {
      if (slices > 2) throw new Error('out of memory');
      grids.push(grid);
      return Uint8Array.from({ length: slices * 3 }, (_, p) => values[Math.floor(p / 3) * 2] as number);
    };
    const sparing = sparingSessions({ ...player('cuda', BATCH, () => 8).loaded, sessions: [{ run, release: async () => {} }] });
    const found = await sparing.sessions[0]?.run(hu, { ...batch, gridPixels });
    expect(found).toEqual(Uint8Array.from({ length: BATCH * 3 }, (_, p) => Math.floor(p / 3) * 2));
    expect(grids).toEqual([gridPixels, gridPixels, gridPixels, gridPixels]);
  });

  it('pass on every other failure as it is', async () => {
    const gpu = player('cuda', BATCH, () => 8);
    const broken = { ...gpu.loaded, sessions: [{ run: () => Promise.reject(new Error('bad shape')), release: async () => {} }] };
    await expect(sparingSessions(broken).sessions[0]?.run(hu, batch)).rejects.toThrow('bad shape');
  });
});

it.each([
  'Failed to allocate memory for requested buffer of size 1073741824',
  'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED',
  'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
  'std::bad_alloc',
])('knows the words of a full memory: %s', (said) => {
  expect(isOutOfMemory(new VoxwatchError('INFERENCE_FAILED', 'It failed.', {}, new Error(said)))).toBe(true);
});

describe('segment on a GPU whose memory is short', () => {
  /** The CPU as a GPU that takes 8 slices in the proof, and less later. */
  const shortOf = (takes: () => number, providers: readonly ('cuda' | 'cpu')[]): OpenSessions => {
    const cpu = nodeSessions({ providers: ['cpu'] });
    return firstProvider({
      providers,
      async open(provider, models) {
        const real = await cpu(models);
        if (provider === 'cpu') return real;
        const sessions = real.sessions.map((session) => ({
          ...session,
          run: (...[values, shape]: Parameters<typeof session.run>) =>
            shape.slices > takes() ? Promise.reject(new Error('out of memory')) : session.run(values, shape),
        }));
        return { ...real, provider, batchSlices: BATCH, sessions };
      },
    });
  };
  const volume = makeVolume([16, 16, 11], [{ from: [4, 4, 2], to: [9, 9, 9], hu: ORGAN_HU }]);

  it('gives the same labels, and the report says what happened and what really ran', async () => {
    const [plain, halved, moved] = [
      await loadBundle(tinyBundle(), { openSessions: shortOf(() => BATCH, ['cuda', 'cpu']) }),
      await loadBundle(tinyBundle(), { openSessions: shortOf(() => 3, ['cuda', 'cpu']) }),
      await loadBundle(tinyBundle(), { openSessions: shortOf(() => 0, ['cuda', 'cpu']) }),
    ];
    const truth = await segment(plain, volume);
    expect(truth.provider).toEqual({ name: 'cuda', refused: [] });
    const codes = truth.findings.map(({ code }) => code);

    const smaller = await segment(halved, volume);
    expect(smaller.labelMap.labels).toEqual(truth.labelMap.labels);
    expect(smaller.provider.name).toBe('cuda');
    expect(smaller.findings.map(({ code }) => code)).toEqual([...codes, 'GPU_MEMORY_SHORT']);
    expect(smaller.findings.at(-1)?.message).toContain('2 slices at a time');

    const onCpu = await segment(moved, volume);
    expect(onCpu.labelMap.labels).toEqual(truth.labelMap.labels);
    expect(onCpu.provider).toEqual({
      name: 'cpu',
      refused: [{ provider: 'cuda', reason: 'It ran out of memory with a single slice.' }],
    });
    expect(onCpu.findings.at(-1)).toMatchObject({ code: 'GPU_MEMORY_SHORT', severity: 'warning' });
    for (const bundle of [plain, halved, moved]) await bundle.release();
  });
});
