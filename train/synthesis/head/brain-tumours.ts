/**
 * Tumours of the brain after contrast medium: a bright rim round a dark core, or bright throughout; round it oedema, which is
 * no tumour in the truth.
 * @module
 */
import type { Vector3 } from '../../../core/affine.ts';
import type { Random } from '../../../core/random.ts';
import type { LesionFact } from '../lesion-fact.ts';
import { createSmoothField } from '../noise-field.ts';
import { ellipsoid, intersection, type Shape, union } from '../shapes.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from '../structure.ts';
import type { HeadTissues } from './head-tissue.ts';
import type { Skull } from './skull.ts';

/** Log-uniform. */
const RADIUS_MM = [8, 27] as const;
/** Places are drawn in this part of the brain's half axes. */
const SPREAD = 0.78;
/** Heights of tumours, mm: where scans are. */
const HEIGHT_MM = [-12, 52] as const;

export function buildBrainTumours(
  random: Random,
  tissues: HeadTissues,
  skull: Skull,
  count: number,
): { readonly structures: Structure[]; readonly lesions: LesionFact[] } {
  const structures: Structure[] = [];
  const lesions: LesionFact[] = [];
  for (let n = 0; n < count; n++) {
    const own = random.fork(`tumour ${n}`);
    const radiusMm = own.logUniform(...RADIUS_MM);
    const centreMm = placeIn(own, skull);
    const shape = intersection(lobes(own, centreMm, radiusMm), skull.brain);
    structures.push(buildOedema(own.fork('oedema'), tissues, skull, { centreMm, radiusMm }), {
      shape,
      hu: own.chance(0.6) ? ringHu(own, tissues, radiusMm) : solidHu(own, tissues, radiusMm),
      textureHu: 2,
      roughnessMm: Math.min(2, 0.1 * radiusMm),
      label: PAINTED_LABELS.brainTumour,
    });
    lesions.push({ kind: 'tumour', radiusMm, centreMm });
  }
  return { structures, lesions };
}

/** In one hemisphere, even over its directions; the nearer to the surface the more often. */
function placeIn(random: Random, { brainMm }: Skull): Vector3 {
  const z = random.uniform(...HEIGHT_MM);
  const ring = Math.sqrt(1 - (z / brainMm[2]) ** 2) * SPREAD;
  const [angle, share] = [random.uniform(0, 2 * Math.PI), Math.sqrt(random.uniform(0.08, 1))];
  return [ring * share * brainMm[0] * Math.cos(angle), ring * share * brainMm[1] * Math.sin(angle), z];
}

function lobes(random: Random, centre: Vector3, radiusMm: number): Shape {
  const lobe = (at: Vector3, radius: number): Shape => {
    const radii = [0, 1, 2].map(() => radius * Math.exp(random.normal(0, 0.13))) as [number, number, number];
    return ellipsoid(at, radii);
  };
  const shapes = [lobe(centre, radiusMm)];
  if (random.chance(0.45)) {
    const at = centre.map((value) => value + random.normal(0, 0.5 * radiusMm)) as [number, number, number];
    shapes.push(lobe(at, radiusMm * random.uniform(0.5, 0.8)));
  }
  return union(shapes, 0.3 * radiusMm);
}

/** White matter with more water than is its due, in fingers. */
function buildOedema(
  random: Random,
  { whiteMatter }: HeadTissues,
  { brain }: Skull,
  { centreMm, radiusMm }: Pick<LesionFact, 'centreMm' | 'radiusMm'>,
): Structure {
  const reach = radiusMm * random.uniform(1, 1.7);
  const radii = [0, 1, 2].map(() => reach * random.uniform(0.85, 1.2)) as [number, number, number];
  const shape = intersection(ellipsoid(centreMm, radii), brain);
  return { shape, hu: whiteMatter - random.uniform(5, 11), textureHu: 1.5, roughnessMm: Math.min(3, 0.1 * reach) };
}

function ringHu(random: Random, { greyMatter }: HeadTissues, radiusMm: number): HuInside {
  const rim = greyMatter + random.uniform(18, 50);
  const core = random.uniform(10, 24);
  const rimMm = Math.min(0.55 * radiusMm, random.uniform(3, 7));
  const uneven = createSmoothField(random.fork('uneven'), Math.max(5, 0.5 * radiusMm));
  return (x, y, z, depthMm) => {
    const inCore = Math.max(0, Math.min(1, (depthMm - rimMm + 1.2 * uneven(x, y, z)) / 2 + 0.5));
    return rim + (core - rim) * inCore;
  };
}

function solidHu(random: Random, { greyMatter }: HeadTissues, radiusMm: number): HuInside {
  const body = greyMatter + random.uniform(14, 45);
  const unevenHu = random.uniform(1, 6);
  const uneven = createSmoothField(random.fork('uneven'), Math.max(5, 0.5 * radiusMm));
  return (x, y, z) => body + unevenHu * uneven(x, y, z);
}
