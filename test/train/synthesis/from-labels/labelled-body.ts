/** A trunk of ellipsoids with its label map, small enough for tests: 54 × 46 × 40 voxels of 6 mm, the liver cut at the top. */
import { affineFromColumns } from '../../../../core/affine.ts';
import { createRandom } from '../../../../core/random.ts';
import { createLabelMap, createVolume, type LabelMap, type Volume } from '../../../../core/volume.ts';
import { type AnatomyDesign, completeDesign } from '../../../../train/synthesis/from-labels/design.ts';
import { KNOWN_LABEL_NAMES, type LabelNames } from '../../../../train/synthesis/from-labels/label-names.ts';
import { prepareTemplate, type Template } from '../../../../train/synthesis/from-labels/template.ts';

export const SIZE = [54, 46, 40] as const;
export const VOXEL_MM = 6;
export const NAMES = KNOWN_LABEL_NAMES.totalsegmentator as LabelNames;
export const LIVER_HU = 50;
const NOISE_HU = 10;

/** Label, HU, middle and half axes in voxels; later ones cover earlier ones. */
const ORGANS = [
  { label: 5, hu: LIVER_HU, at: [17, 20, 34], half: [10, 9, 14] },
  { label: 1, hu: 45, at: [38, 27, 33], half: [5, 6, 6] },
  { label: 2, hu: 30, at: [18, 31, 14], half: [5, 5, 9] },
  { label: 3, hu: 30, at: [36, 31, 15], half: [5, 5, 9] },
  { label: 52, hu: 40, at: [28, 26, 20], half: [2, 2, 300] },
  { label: 30, hu: 250, at: [27, 33, 20], half: [4, 4, 300] },
] as const;

export interface LabelledBody {
  readonly volume: Volume;
  readonly labels: LabelMap;
}

/** @param stepI - Direction of the first voxel axis: −1 stores the same body from its left to its right. */
export function labelledBody(stepI: 1 | -1 = 1): LabelledBody {
  const [ni, nj, nk] = SIZE;
  const random = createRandom(7, 'labelled body');
  const hu = new Int16Array(ni * nj * nk).fill(-1000);
  const labels = new Uint8Array(hu.length);
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        const p = (k * nj + j) * ni + (stepI > 0 ? i : ni - 1 - i);
        const r = Math.hypot((i - 26.5) / 24, (j - 22.5) / 19);
        if (r > 1) continue;
        let value = r > 0.88 ? -100 : r > 0.8 ? 55 : -100;
        for (const organ of ORGANS) {
          const [a, b, c] = [0, 1, 2].map((axis) => ([i, j, k][axis]! - organ.at[axis]!) / organ.half[axis]!) as [
            number,
            number,
            number,
          ];
          if (a * a + b * b + c * c > 1) continue;
          value = organ.hu;
          labels[p] = organ.label;
        }
        hu[p] = Math.round(value + random.normal(0, NOISE_HU));
      }
  const origin = stepI > 0 ? 0 : (ni - 1) * VOXEL_MM;
  const voxelToWorld = affineFromColumns([stepI * VOXEL_MM, 0, 0], [0, VOXEL_MM, 0], [0, 0, VOXEL_MM], [origin, 0, 0]);
  const geometry = { sizeVoxels: SIZE, voxelToWorld };
  return { volume: createVolume(geometry, hu), labels: createLabelMap(geometry, labels) };
}

export function bodyTemplate(): Template {
  return prepareTemplate({ ...labelledBody(), names: NAMES }, VOXEL_MM);
}

const same = (mean: number) => ({ none: [mean, 0], arterial: [mean, 0], portal: [mean, 0], late: [mean, 0] });

/** HU that {@link plainDesign} asks for, without a spread between patients. */
export const ASKED_HU = { liver: 110, spleen: 125, 'renal-cortex': 190, 'renal-medulla': 170, artery: 160 } as const;

/** Nothing bent, nothing grown, a scanner without noise: what a test is about is stated over it, section by section. */
export function plainDesign(stated: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}): AnatomyDesign {
  const plain: Record<string, Readonly<Record<string, unknown>>> = {
    truth: { liver: 1, 'liver-lesion': 2, kidney: 3, 'kidney-lesion': 4, 'kidney-cyst': 5, spleen: 6, artery: 7, bone: 8 },
    chest: { probability: 0 },
    bend: { scale: [1, 1], aspect: 0, turnDegrees: 0, tiltDegrees: 0, elasticProbability: 0, swellings: 0 },
    contrast: { fattyLiverProbability: 0, independentProbability: 0, oralProbability: 0 },
    paint: {
      modes: { real: 0, shift: 1, synthesis: 0 },
      blendProbability: 0,
      shiftEdgePixels: [0.1, 0.1],
      paintBlurPixels: [0.1, 0.1],
      liverVesselProbability: 0,
      pyramidProbability: 0,
      sinusProbability: 0,
    },
    liverLesions: { probability: 0, sacProbability: 0, cleftProbability: 0 },
    kidneyLesions: { probability: 0 },
    scan: { pixelMm: [VOXEL_MM, VOXEL_MM], fieldOfView: [1.05, 1.05], cutProbability: 0, shiftMm: [0, 0] },
    scanner: {
      blurProbability: 0,
      sharpProbability: 0,
      whiteNoiseProbability: 0,
      correlatedNoiseProbability: 0,
      circleProbability: 0,
      armProbability: 0,
      tableProbability: 0,
    },
  };
  for (const [section, fields] of Object.entries(stated)) plain[section] = { ...plain[section], ...fields };
  const hu = Object.fromEntries(Object.entries(ASKED_HU).map(([tissue, mean]) => [tissue, same(mean)]));
  return completeDesign({ workMm: VOXEL_MM, hu, ...plain });
}
