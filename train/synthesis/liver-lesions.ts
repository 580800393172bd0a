/**
 * Lesions in the liver of a phantom: mostly darker than the liver, some with a dark core or a bright rim, and in the arterial
 * phase some brighter.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Random } from '../../core/random.ts';
import type { LesionFact } from './lesion-fact.ts';
import { createSmoothField } from './noise-field.ts';
import { ellipsoid, intersection, type Shape, union } from './shapes.ts';
import { PAINTED_LABELS, type Structure } from './structure.ts';
import type { ContrastPhase, TissueValues } from './tissue.ts';

/** Log-uniform: many small ones, few large ones. */
const RADIUS_MM = [7, 36] as const;
/** How much darker than the liver; without contrast less. */
const DARKER_HU = { contrast: [22, 62], none: [12, 30] } as const;
const BRIGHTER_HU = [22, 50] as const;
const BRIGHTER_IN_ARTERIAL_PHASE = 0.3;
/** No lesion is darker: fluid. */
const FLUID_HU = 4;
/** Draws of a place inside the liver before a lesion is given up. */
const TRIES = 200;

/** @param count - How many to grow; one that finds no place is missing in the facts, too. */
export function buildLiverLesions(
  random: Random,
  liver: Shape,
  tissues: TissueValues,
  phase: ContrastPhase,
  count: number,
): { readonly structures: Structure[]; readonly lesions: LesionFact[] } {
  const structures: Structure[] = [];
  const lesions: LesionFact[] = [];
  for (let n = 0; n < count; n++) {
    const own = random.fork(`lesion ${n}`);
    const radiusMm = own.logUniform(...RADIUS_MM);
    const centreMm = placeInside(own, liver, 0.5 * radiusMm);
    if (!centreMm) continue;
    const hu = lesionHu(own, tissues.liver, phase, radiusMm);
    structures.push({
      shape: intersection(lesionShape(own, centreMm, radiusMm), liver),
      hu,
      textureHu: 5,
      roughnessMm: Math.min(2.5, 0.12 * radiusMm),
      label: PAINTED_LABELS.liverLesion,
      insideAbdomen: true,
    });
    lesions.push({ kind: 'tumour', radiusMm, centreMm });
  }
  return { structures, lesions };
}

/** @returns a place at least this deep; nothing where none was found. */
function placeInside(random: Random, { low, high, distance }: Shape, depthMm: number): Vector3 | undefined {
  for (let n = 0; n < TRIES; n++) {
    const [x, y, z] = [0, 1, 2].map((axis) => random.uniform(low[axis] as number, high[axis] as number)) as [
      number,
      number,
      number,
    ];
    if (distance(x, y, z) < -depthMm) return [x, y, z];
  }
  return undefined;
}

function lesionShape(random: Random, centre: Vector3, radiusMm: number): Shape {
  const lobe = (at: Vector3, radius: number): Shape => {
    const radii = [0, 1, 2].map(() => radius * Math.exp(random.normal(0, 0.14))) as [number, number, number];
    return ellipsoid(at, radii);
  };
  const first = lobe(centre, radiusMm);
  if (!random.chance(0.35)) return first;
  const at = centre.map((value) => value + random.normal(0, 0.45 * radiusMm)) as [number, number, number];
  return union([first, lobe(at, radiusMm * random.uniform(0.5, 0.8))], 0.3 * radiusMm);
}

function lesionHu(random: Random, liverHu: number, phase: ContrastPhase, radiusMm: number) {
  const isBrighter = random.chance(phase === 'arterial' ? BRIGHTER_IN_ARTERIAL_PHASE : 0);
  const [least, most] = phase === 'none' ? DARKER_HU.none : DARKER_HU.contrast;
  const change = isBrighter ? random.uniform(...BRIGHTER_HU) : -random.uniform(least, most);
  const solid = Math.max(FLUID_HU, liverHu + change);
  const core = random.chance(0.35) ? random.uniform(-30, -10) : 0;
  const rim = random.chance(0.3) ? random.uniform(-15, 25) : 0;
  const rimMm = Math.min(4, 0.3 * radiusMm);
  const uneven = createSmoothField(random.fork('uneven'), Math.max(5, 0.5 * radiusMm));
  const unevenHu = random.uniform(1, 9);
  return (x: number, y: number, z: number, depthMm: number): number => {
    const inCore = Math.max(0, Math.min(1, (depthMm / radiusMm - 0.45) * 6));
    return Math.max(FLUID_HU, solid + unevenHu * uneven(x, y, z) + core * inCore) + (depthMm < rimMm ? rim : 0);
  };
}
