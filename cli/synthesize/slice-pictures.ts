/**
 * A head in HU → pictures as report 002 has them: a NumPy file a slice, 240 × 240 × 3. What its three channels are it does not
 * say: here they are the slice in three windows, from 0 to 1.
 * @module
 */
import type { Volume } from '../../core/volume.ts';
import type { HuWindow } from '../../preprocess/intensity/intensity.ts';

/** The brain itself, blood and soft tissue, bone: presets `brain`, `subdural` and `brain_bone` of report 004. */
export const HEAD_WINDOWS: readonly HuWindow[] = [
  { widthHu: 80, levelHu: 40 },
  { widthHu: 254, levelHu: 100 },
  { widthHu: 2800, levelHu: 600 },
];

/** @returns slice `k` as [h, w, windows]: the window is the fastest axis. */
export function slicePicture({ geometry, hu }: Volume, k: number): Float32Array {
  const [width, height] = geometry.sizeVoxels;
  const start = k * width * height;
  const picture = new Float32Array(width * height * HEAD_WINDOWS.length);
  for (let p = 0, to = 0; p < width * height; p++)
    for (const { widthHu, levelHu } of HEAD_WINDOWS) {
      const share = ((hu[start + p] as number) - levelHu) / widthHu + 0.5;
      picture[to++] = Math.min(1, Math.max(0, share));
    }
  return picture;
}
