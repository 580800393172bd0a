/**
 * On which provider the nodes of a network really ran, by the profile that ONNX Runtime writes.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StageSlice } from '../../export/stage-slice.ts';
import type { ExecutionProvider } from '../../runtime/sessions/session.ts';
import { askNetwork, openNetwork } from './stage-slices.ts';

/** Nodes by ONNX Runtime's name of the provider, e.g. `CUDAExecutionProvider`. */
export type NodePlacement = Readonly<Record<string, number>>;

/**
 * Runs a network once.
 * @param prefix - Of the profile's file: a path in a folder of its own.
 * @throws what ONNX Runtime throws.
 */
export async function nodePlacement(
  { onnx, slice, provider }: { readonly onnx: Uint8Array; readonly slice: StageSlice; readonly provider: ExecutionProvider },
  prefix: string,
): Promise<NodePlacement> {
  const session = await openNetwork(onnx, provider, prefix);
  await askNetwork(session, slice, provider);
  session.endProfiling();
  await session.release();
  const name = (await readdir(dirname(prefix))).find((entry) => entry.startsWith(basename(prefix)));
  if (name === undefined) throw new Error('ONNX Runtime wrote no profile');
  return countNodes(await readFile(join(dirname(prefix), name), 'utf8'));
}

/** @param profile - JSON: a list of events, those of nodes with the provider among their arguments. */
export function countNodes(profile: string): NodePlacement {
  const events = JSON.parse(profile) as { readonly cat?: string; readonly name?: string; readonly args?: { provider?: string } }[];
  const placed = new Map<string, string>();
  for (const { cat, name, args } of events)
    if (cat === 'Node' && name?.endsWith('_kernel_time') && args?.provider) placed.set(name, args.provider);
  const counts: Record<string, number> = {};
  for (const provider of placed.values()) counts[provider] = (counts[provider] ?? 0) + 1;
  return counts;
}
