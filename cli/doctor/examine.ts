/**
 * This machine → all points of `voxwatch doctor`, in the order in which a person would mend them.
 * @module
 */
import { resolve } from 'node:path';
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';
import { findOnnxruntime } from '../setup/onnxruntime-package.ts';
import { checkBundles, readBundles } from './checks/bundles.ts';
import { checkCores, readCores } from './checks/cores.ts';
import { checkCudaLibraries, readCudaLibraries } from './checks/cuda-libraries.ts';
import { checkFolder, type FolderFacts, readFolder } from './checks/folders.ts';
import { checkGpu, hasGpu, readGpu } from './checks/gpu.ts';
import { checkInotify, readInotify } from './checks/inotify.ts';
import { checkMemory, readMemory } from './checks/memory.ts';
import { checkNode } from './checks/node.ts';
import { checkProviders } from './checks/providers.ts';
import { checkTimeZone, readTimeZone } from './checks/time-zone.ts';
import type { Point } from './point.ts';
import { type ProviderProbe, probeProvider } from './probe-provider.ts';

const PROVIDERS: readonly ExecutionProvider[] = ['cuda', 'webgpu', 'cpu'];

/** A folder to look at. */
export interface FolderToCheck extends Pick<FolderFacts, 'title' | 'use'> {
  readonly path: string;
}

/** Looks at everything; changes nothing. */
export async function examine(folders: readonly FolderToCheck[]): Promise<readonly Point[]> {
  const gpu = await readGpu();
  const gpuFact = { hasGpu: hasGpu(gpu) };
  const onnxruntime = await findOnnxruntime(process.platform, process.arch);
  const probes: ProviderProbe[] = [];
  for (const provider of PROVIDERS) probes.push(await probeProvider(provider));
  const folderPoints = [];
  for (const { path, ...what } of folders) folderPoints.push(checkFolder(await readFolder(resolve(path), what)));
  return [
    checkNode(process.versions.node),
    ...checkBundles(await readBundles()),
    ...checkProviders({ ...gpuFact, probes }),
    checkGpu(gpu),
    checkCudaLibraries(await readCudaLibraries(onnxruntime, gpuFact)),
    checkMemory(readMemory()),
    checkCores(readCores()),
    checkInotify(await readInotify()),
    ...folderPoints,
    checkTimeZone(readTimeZone()),
  ];
}
