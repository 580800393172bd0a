/**
 * Small studies for the benches of the daemon: boxes of bright "organ" in air, each another one, each a NIfTI file.
 * @module
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { affineFromColumns } from '../../core/affine.ts';
import { createVolume } from '../../core/volume.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';

const SIZE_PIXELS = 64;
const ORGAN_HU = 150;

/** Puts a study into a folder, as a careful sender does: under another name, then renamed. */
export function dropStudy(dir: string, number: number, slices: number): string {
  const name = `study-${String(number).padStart(4, '0')}`;
  const hu = new Int16Array(SIZE_PIXELS * SIZE_PIXELS * slices).map((_, p) => {
    const [i, j] = [p % SIZE_PIXELS, Math.floor(p / SIZE_PIXELS) % SIZE_PIXELS];
    return i > 16 && i < 40 && j > 16 && j < 40 ? ORGAN_HU : 0;
  });
  // The place makes it another study; equal ones would be one.
  const voxelToWorld = affineFromColumns([2, 0, 0], [0, 2, 0], [0, 0, 3], [number, 0, 0]);
  const volume = createVolume({ sizeVoxels: [SIZE_PIXELS, SIZE_PIXELS, slices], voxelToWorld }, hu);
  const path = join(dir, `${name}.nii.gz`);
  writeFileSync(`${path}.part`, writeNiftiVolume(volume));
  renameSync(`${path}.part`, path);
  return name;
}
