/**
 * Both kidneys: cortex, medulla, sinus and pelvis, vessels, and the lesions that grow on them.
 *
 * Sizes: length 95–130 mm, width and depth 45–65 mm; upper poles lean towards the spine and the back.
 * Tumours are labelled; cysts belong to the kidney's label.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Random } from '../../core/random.ts';
import type { Body } from './body.ts';
import type { LesionFact } from './lesion-fact.ts';
import { createSmoothField } from './noise-field.ts';
import { difference, ellipsoid, polyline, union } from './shapes.ts';
import { spineDepthMm } from './skeleton.ts';
import { PAINTED_LABELS, type Structure } from './structure.ts';
import type { ContrastPhase, TissueValues } from './tissue.ts';

/** −1 is the patient's right (x to the left). */
type Side = -1 | 1;

interface Kidney {
  readonly side: Side;
  readonly centre: Vector3;
  readonly radii: Vector3;
}

const CORTEX_MM = 5.5;
/** Tumours of KiTS19 measure 4.2 cm in the median (Heller et al., 2021): so do these, log-uniformly about it. */
const TUMOUR_RADIUS_MM = [11, 40] as const;

export function buildKidneys(
  random: Random,
  body: Body,
  tissues: TissueValues,
  phase: ContrastPhase,
  tumours: number,
): { readonly structures: Structure[]; readonly lesions: LesionFact[] } {
  const structures: Structure[] = [];
  const lesions: LesionFact[] = [];
  const kidneys = ([-1, 1] as const).map((side) => sampleKidney(random.fork(`kidney ${side}`), body, side));
  for (const kidney of kidneys) structures.push(...buildKidney(random.fork(`tissue ${kidney.side}`), body, tissues, phase, kidney));
  const growth = random.fork('lesions');
  const cysts = growth.pick([0, 1, 2, 3], [0.5, 0.25, 0.15, 0.1]);
  for (let n = 0; n < cysts; n++) {
    const kidney = growth.pick(kidneys);
    const lesion = sampleLesion(growth, kidney, 'cyst');
    structures.push({
      shape: ellipsoid(lesion.centreMm, jitter(growth, lesion.radiusMm, 0.06)),
      hu: growth.uniform(-4, 18),
      textureHu: 2,
      label: PAINTED_LABELS.kidney,
    });
    lesions.push(lesion);
  }
  for (let n = 0; n < tumours; n++) {
    const lesion = sampleLesion(growth, growth.pick(kidneys), 'tumour');
    structures.push(buildTumour(growth.fork(`tumour ${n}`), tissues, phase, lesion));
    lesions.push(lesion);
  }
  return { structures, lesions };
}

function sampleKidney(random: Random, body: Body, side: Side): Kidney {
  const size = random.uniform(0.88, 1.12) * Math.sqrt(body.scale);
  const lower = side < 0 ? -9 : 0;
  const centre: Vector3 = [
    side * (64 * body.scale + random.normal(0, 4)),
    spineDepthMm(body) - random.uniform(2, 20) * body.scale,
    lower + random.normal(0, 9),
  ];
  return {
    side,
    centre,
    radii: [27 * size * random.uniform(0.92, 1.1), 29 * size * random.uniform(0.92, 1.1), 56 * size * random.uniform(0.93, 1.08)],
  };
}

function buildKidney(
  random: Random,
  body: Body,
  tissues: TissueValues,
  phase: ContrastPhase,
  { side, centre, radii }: Kidney,
): Structure[] {
  const lean = { x: random.normal(0.18, 0.08), y: side * random.normal(0.22, 0.08), z: side * random.normal(-0.5, 0.15) };
  const hull = ellipsoid(centre, radii, lean);
  const towardsHilum: Vector3 = [centre[0] - side * radii[0] * 0.82, centre[1] - radii[1] * 0.42, centre[2]];
  const sinus = ellipsoid(
    towardsHilum,
    [radii[0] * random.uniform(0.42, 0.62), radii[1] * 0.42, radii[2] * random.uniform(0.3, 0.44)],
    lean,
  );
  const pyramids = createSmoothField(random, 9);
  const medullaOffset = random.uniform(-0.2, 0.4);
  const parenchyma = (x: number, y: number, z: number, depth: number): number => {
    const inside = Math.max(0, Math.min(1, (depth - CORTEX_MM) / 2));
    const pyramid = Math.max(0, Math.min(1, 0.5 + (pyramids(x, y, z) + medullaOffset) * 1.2));
    return tissues.renalCortex + (tissues.renalMedulla - tissues.renalCortex) * inside * pyramid;
  };
  const pelvis = ellipsoid(
    [towardsHilum[0] + side * 3, towardsHilum[1], towardsHilum[2]],
    [radii[0] * 0.26, radii[1] * 0.22, radii[2] * 0.22],
    lean,
  );
  const spine = spineDepthMm(body) - 30 * body.scale;
  const trunk = (startX: number, dz: number): Vector3[] => [
    [startX, spine, centre[2] + dz],
    [(startX + towardsHilum[0]) / 2, spine - 4, centre[2] + dz / 2],
    towardsHilum,
  ];
  const urine = phase === 'late' ? tissues.urine : Math.min(tissues.urine, 25);
  const capsule = random.uniform(3, 12);
  const fatRadii: Vector3 = [radii[0] + capsule, radii[1] + capsule, radii[2] + capsule];
  return [
    // Perirenal fat keeps the kidney apart from liver, spleen and muscle.
    { shape: ellipsoid(centre, fatRadii, lean), hu: tissues.fat, textureHu: 5, roughnessMm: 2, insideAbdomen: true },
    { shape: polyline(trunk(10, 6), random.uniform(2.4, 3.4)), hu: tissues.artery, label: PAINTED_LABELS.vessel },
    { shape: polyline(trunk(-20, -3), random.uniform(3.8, 5.5)), hu: tissues.vein, label: PAINTED_LABELS.vessel },
    { shape: difference(hull, sinus), hu: parenchyma, textureHu: 6, roughnessMm: 1.6, label: PAINTED_LABELS.kidney },
    { shape: pelvis, hu: urine, textureHu: 3 },
  ];
}

/** Places a lesion on the surface of a kidney: how much of it bulges out varies. */
function sampleLesion(random: Random, { side, centre, radii }: Kidney, kind: LesionFact['kind']): LesionFact {
  const radiusMm = kind === 'tumour' ? random.logUniform(...TUMOUR_RADIUS_MM) : random.logUniform(4, 20);
  const z = random.uniform(-0.85, 0.85);
  // Away from the hilum: lateral half of the kidney, all round from front to back.
  const angle = random.uniform(-1.9, 1.9);
  const ring = Math.sqrt(1 - z * z);
  const bulge = random.uniform(-0.55, 0.45) * radiusMm;
  const direction: Vector3 = [side * ring * Math.cos(angle), ring * Math.sin(angle), z];
  const at = direction.map((d, axis) => (centre[axis] as number) + d * ((radii[axis] as number) + bulge));
  return { kind, side: side < 0 ? 'right' : 'left', radiusMm, centreMm: [at[0] as number, at[1] as number, at[2] as number] };
}

function buildTumour(random: Random, tissues: TissueValues, phase: ContrastPhase, { radiusMm, centreMm }: LesionFact): Structure {
  const lobes = random.integer(1, 3);
  const shapes = [ellipsoid(centreMm, jitter(random, radiusMm, 0.12))];
  for (let n = 1; n < lobes; n++) {
    const at = centreMm.map((value) => value + random.normal(0, radiusMm * 0.4));
    shapes.push(
      ellipsoid([at[0] as number, at[1] as number, at[2] as number], jitter(random, radiusMm * random.uniform(0.5, 0.8), 0.12)),
    );
  }
  // A tumour that equals the cortex cannot be seen by anyone: keep a visible difference where there is contrast.
  const least = phase === 'none' ? 0 : 28;
  const solid = Math.min(tissues.tumour + random.normal(0, 8), tissues.renalCortex - least);
  const uneven = createSmoothField(random, Math.max(5, radiusMm * 0.45));
  const unevenHu = random.uniform(4, phase === 'none' ? 9 : 24);
  const necrosis = radiusMm > 14 && random.chance(0.55) ? random.uniform(0.25, 0.65) : 0;
  const core = random.uniform(8, 30);
  const hu = (x: number, y: number, z: number, depth: number): number => {
    const field = uneven(x, y, z);
    const inCore = necrosis > 0 ? Math.max(0, Math.min(1, (depth / radiusMm - (1 - necrosis) + 0.22 * field) * 6)) : 0;
    return (solid + unevenHu * field) * (1 - inCore) + core * inCore;
  };
  return {
    shape: union(shapes, radiusMm * 0.3),
    hu,
    textureHu: 6,
    roughnessMm: Math.min(2.5, radiusMm * 0.1),
    label: PAINTED_LABELS.kidneyTumour,
  };
}

function jitter(random: Random, radius: number, amount: number): Vector3 {
  return [
    radius * Math.exp(random.normal(0, amount)),
    radius * Math.exp(random.normal(0, amount)),
    radius * Math.exp(random.normal(0, amount)),
  ];
}
