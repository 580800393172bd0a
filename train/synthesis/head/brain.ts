/**
 * The brain in its skull: grey and white matter with sulci, deep nuclei, ventricles, falx, vessels; now and then calcified
 * plexus or pineal gland, and a cyst, which all look like something and are no tumour.
 * @module
 */
import type { Vector3 } from '../../../core/affine.ts';
import type { Random } from '../../../core/random.ts';
import { createSmoothField } from '../noise-field.ts';
import { difference, ellipsoid, polyline, type Shape, union } from '../shapes.ts';
import type { HuInside, Structure } from '../structure.ts';
import type { HeadTissues } from './head-tissue.ts';
import type { Skull } from './skull.ts';

const GYRI_WAVELENGTH_MM = 10;
const SULCUS_DEPTH_MM = 16;
const CORTEX_MM = 4;
const SIDES = [-1, 1] as const;
/** Half of the fissure between the hemispheres ends at the bar between them. */
const BAR_MM: Vector3 = [30, 44, 30];

export function buildBrain(random: Random, tissues: HeadTissues, skull: Skull): Structure[] {
  return [
    { shape: skull.brain, hu: parenchyma(random.fork('gyri'), tissues), textureHu: 1 },
    ...buildNuclei(random.fork('nuclei'), tissues),
    ...buildMidline(random.fork('midline'), tissues, skull),
    ...buildVentricles(random.fork('ventricles'), tissues),
    ...buildVessels(random.fork('vessels'), tissues, skull),
    ...buildLookalikes(random.fork('lookalikes'), tissues, skull),
  ];
}

/** Sulci are where a smooth field is near 0, as far as they reach; grey matter is near them and near the surface. */
function parenchyma(random: Random, { fluid, greyMatter, whiteMatter }: HeadTissues): HuInside {
  const gyri = createSmoothField(random, GYRI_WAVELENGTH_MM);
  const openness = random.uniform(0.06, 0.2);
  return (x, y, z, depthMm) => {
    const fromSulcus = Math.abs(gyri(x, y, z));
    const reach = 1 - depthMm / SULCUS_DEPTH_MM;
    if (reach > 0 && fromSulcus < openness * reach) return fluid;
    const isGrey = depthMm < CORTEX_MM || (reach > 0 && fromSulcus < openness * reach + 0.4);
    return isGrey ? greyMatter : whiteMatter;
  };
}

function buildNuclei(random: Random, { greyMatter: hu }: HeadTissues): Structure[] {
  const size = random.uniform(0.9, 1.1);
  const sized = (radii: Vector3): Vector3 => [radii[0] * size, radii[1] * size, radii[2] * size];
  return SIDES.flatMap((side) => [
    { shape: ellipsoid([side * 11, 7, 2], sized([8, 14, 9])), hu, textureHu: 1, roughnessMm: 0.8 },
    { shape: ellipsoid([side * 25, -6, 2], sized([7, 17, 9]), { x: 0, y: 0, z: side * -0.2 }), hu, textureHu: 1, roughnessMm: 0.8 },
    { shape: ellipsoid([side * 14, -24, 8], sized([5, 10, 8])), hu, textureHu: 1, roughnessMm: 0.8 },
  ]);
}

function buildMidline(random: Random, { fluid, falx }: HeadTissues, { insideMm, brainMm }: Skull): Structure[] {
  const sheet = (halfMm: number, [, y, z]: Vector3): Shape =>
    difference(ellipsoid([0, 0, 0], [halfMm, y, z]), ellipsoid([0, 0, -8], BAR_MM));
  return [
    { shape: sheet(random.uniform(1.5, 3), brainMm), hu: fluid, roughnessMm: 0.8 },
    { shape: sheet(1, insideMm), hu: falx },
  ];
}

function buildVentricles(random: Random, { fluid: hu }: HeadTissues): Structure[] {
  const radius = random.logUniform(2.5, 8);
  const lateral = SIDES.map((side): Shape => {
    const apart = radius * 0.7;
    const own = radius * random.uniform(0.88, 1.12);
    const at = (x: number, y: number, z: number): Vector3 => [side * (x + apart), y + random.normal(0, 1.5), z];
    const atrium = at(16, 28, 12);
    return union(
      [polyline([at(7, -36, 7), at(5, -10, 20), atrium, at(18, 46, 6)], own), polyline([atrium, at(27, 10, -12)], 0.6 * own)],
      own,
    );
  });
  const third = ellipsoid([0, 4, -2], [Math.max(1.2, 0.35 * radius), 14, 10]);
  return [...lateral, third].map((shape) => ({ shape, hu, textureHu: 1 }));
}

/** The sagittal sinus under the vault, and the middle cerebral arteries. */
function buildVessels(random: Random, { vessel: hu }: HeadTissues, { insideMm: [, length, height] }: Skull): Structure[] {
  const vault = Array.from({ length: 9 }, (_, n): Vector3 => {
    const angle = -0.9 + (n / 8) * 2.6;
    return [0, (length - 2) * Math.sin(angle), (height - 2) * Math.cos(angle)];
  });
  const arteries = SIDES.map((side) => {
    const end: Vector3 = [side * random.uniform(36, 44), -20 + random.normal(0, 3), -6 + random.normal(0, 3)];
    return polyline([[side * 8, -16, -20], [side * 24, -20, -16], end], random.uniform(1, 1.7));
  });
  return [polyline(vault, random.uniform(2, 3.5)), ...arteries].map((shape) => ({ shape, hu }));
}

function buildLookalikes(random: Random, { fluid }: HeadTissues, { brainMm }: Skull): Structure[] {
  const structures: Structure[] = [];
  const spot = (at: Vector3, radiusMm: number, hu: number): void => {
    structures.push({ shape: ellipsoid(at, [radiusMm, radiusMm, radiusMm]), hu, textureHu: 10, roughnessMm: 0.5 });
  };
  if (random.chance(0.6)) spot([0, 22, 4], random.uniform(1.5, 3), random.uniform(90, 220));
  if (random.chance(0.5)) for (const side of SIDES) spot([side * 20, 30, 11], random.uniform(2, 4), random.uniform(80, 220));
  if (random.chance(0.25)) {
    const radii = [random.uniform(6, 18), random.uniform(6, 18), random.uniform(6, 18)] as const;
    const at: Vector3 = [random.pick(SIDES) * 0.72 * brainMm[0], random.uniform(-0.4, 0.4) * brainMm[1], random.uniform(-5, 25)];
    structures.push({ shape: ellipsoid(at, radii), hu: fluid + random.uniform(0, 4), textureHu: 1, roughnessMm: 1 });
  }
  return structures;
}
