/**
 * Cases for the tiny bundle, which takes what is above 100 HU for kidney and above 200 HU for tumour: an organ of any
 * brightness, with a tumour, in noise.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRandom } from '../../../core/random.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../../core/volume.ts';
import { writeNiftiVolume } from '../../../formats/nifti/write-nifti.ts';
import { axialGrid } from '../../formats/phantoms.ts';

export const SIZE = [24, 20, 6] as const;
export const GRID = axialGrid([...SIZE]);

export interface MadeCase {
  readonly volume: Volume;
  readonly truth: LabelMap;
}

/** @param organHu - The nearer to 100, the less sure is the tiny bundle of the organ, and the worse its mask. */
export function madeCase(seed: number, organHu: number, noiseHu = 10): MadeCase {
  const random = createRandom(seed, 'made case');
  const labels = new Uint8Array(SIZE[0] * SIZE[1] * SIZE[2]);
  for (let k = 1; k < 5; k++)
    for (let j = 5; j < 15; j++) for (let i = 6; i < 18; i++) labels[(k * SIZE[1] + j) * SIZE[0] + i] = i < 10 && j < 9 ? 2 : 1;
  const hu = Int16Array.from(labels, (label) => Math.round(([0, organHu, 250][label] as number) + random.normal(0, noiseHu)));
  return { volume: createVolume(GRID, hu), truth: createLabelMap(GRID, labels) };
}

export async function writeVolume(file: string, volume: Volume): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, writeNiftiVolume(volume));
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
