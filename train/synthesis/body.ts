/**
 * The trunk: outline, subcutaneous fat, muscular wall with ribs, cavity and diaphragm.
 *
 * Dimensions of adults: half widths 130–200 mm, half depths 90–140 mm; the back is flatter than the belly.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { PAINTED_LABELS } from './structure.ts';
import type { TissueValues } from './tissue.ts';

export interface Body {
  /** Half width, half depth to the front and to the back, mm. */
  readonly halfWidthMm: number;
  readonly frontMm: number;
  readonly backMm: number;
  readonly fatMm: number;
  readonly wallMm: number;
  /** How square the outline is, 0 (ellipse) … 0.3. */
  readonly squareness: number;
  /** Height of the lowest rib at the spine, mm. */
  readonly ribBaseMm: number;
  /** Tops of the right and left dome of the diaphragm, mm. */
  readonly domesMm: readonly [right: number, left: number];
  /** Size against an average adult: organs' places scale with it. */
  readonly scale: number;
}

const RIB_DISTANCE_MM = 27;
/** Ribs descend towards the front by this much a radian round the trunk. */
const RIB_SLOPE_MM = 34;
const RIB_HALF_HEIGHT_MM = 6.5;
const RIB_HALF_THICKNESS_MM = 3.6;
const SKIN_MM = 2;
/** Half width and depth of the average adult that organ positions are given for, mm. */
const AVERAGE_HALF_WIDTH_MM = 160;

export function sampleBody(random: Random): Body {
  const halfWidthMm = random.uniform(135, 190);
  const fatMm = random.uniform(7, 30) * (halfWidthMm / 165);
  // The cavity, not the outline, decides where organs lie: a stout person has mostly more fat.
  const scale = Math.min(1.15, Math.max(0.86, (halfWidthMm - fatMm * 0.7) / (AVERAGE_HALF_WIDTH_MM - 12)));
  return {
    halfWidthMm,
    frontMm: halfWidthMm * random.uniform(0.66, 0.8),
    backMm: halfWidthMm * random.uniform(0.58, 0.66),
    fatMm,
    wallMm: random.uniform(9, 16),
    squareness: random.uniform(0.02, 0.25),
    ribBaseMm: random.uniform(10, 35),
    domesMm: [random.uniform(105, 150), random.uniform(95, 140)],
    scale,
  };
}

/** Distance to the skin, mm, negative inside. */
export function distanceToSkin(body: Body, x: number, y: number): number {
  const u = Math.abs(x) / body.halfWidthMm;
  const v = Math.abs(y) / (y < 0 ? body.frontMm : body.backMm);
  const round = Math.sqrt(u * u + v * v);
  const k = round + (Math.max(u, v) - round) * body.squareness;
  const r = Math.sqrt(x * x + y * y);
  return k === 0 ? -Math.min(body.frontMm, body.backMm) : ((k - 1) * r) / k;
}

/** Height of the diaphragm above a point of the trunk, mm. */
export function diaphragmHeight(body: Body, x: number, y: number): number {
  const dome = (top: number, centre: number): number => top - 60 * (((x - centre) / (80 * body.scale)) ** 2 + ((y + 5) / 95) ** 2);
  return Math.max(dome(body.domesMm[0], -72 * body.scale), dome(body.domesMm[1], 72 * body.scale));
}

/** Distance to the inner face of the abdominal wall, mm, negative inside the cavity. */
export function distanceToCavity(body: Body, skinDistance: number): number {
  return skinDistance + body.fatMm + body.wallMm;
}

/** HU of skin, fat, wall, ribs and what fills the cavity (fat below the diaphragm, lung above), by skin distance. */
export function huOfTrunk(body: Body, tissues: TissueValues, x: number, y: number, z: number, skinDistance: number): number {
  if (skinDistance > -SKIN_MM) return tissues.skin;
  if (skinDistance > -body.fatMm) return tissues.fat;
  const cavity = distanceToCavity(body, skinDistance);
  if (cavity > 0) {
    const bone = ribBone(body, x, y, z, cavity - body.wallMm / 2);
    if (bone !== 0) return bone > 1.4 ? tissues.boneMarrow : tissues.boneCortex;
    // Thin fat planes part the layers of the wall.
    const layer = cavity / body.wallMm;
    return Math.abs(layer - 0.36) < 0.035 || Math.abs(layer - 0.7) < 0.035 ? tissues.fat * 0.5 : tissues.muscle;
  }
  return z > diaphragmHeight(body, x, y) ? tissues.lung : tissues.fat;
}

/** Painted label of the same: wall and lung; skin and fat have none. */
export function labelOfTrunk(body: Body, x: number, y: number, z: number, skinDistance: number): number {
  if (skinDistance > -body.fatMm) return PAINTED_LABELS.background;
  if (distanceToCavity(body, skinDistance) > 0) return PAINTED_LABELS.wall;
  return z > diaphragmHeight(body, x, y) ? PAINTED_LABELS.lung : PAINTED_LABELS.background;
}

/** 0 outside a rib, else the depth inside it in mm (at least a trace). */
function ribBone(body: Body, x: number, y: number, z: number, fromMiddleOfWall: number): number {
  if (z < body.ribBaseMm - 90) return 0;
  const angle = Math.atan2(Math.abs(x), y);
  const heightOverFirst = z - body.ribBaseMm + RIB_SLOPE_MM * angle;
  const rib = Math.round(heightOverFirst / RIB_DISTANCE_MM);
  // The two lowest ribs end early; none reaches the midline in front of the abdomen.
  const reach = rib === 0 ? 0.95 : rib === 1 ? 1.5 : 2.35;
  if (rib < 0 || angle > reach) return 0;
  const u = (heightOverFirst - rib * RIB_DISTANCE_MM) / RIB_HALF_HEIGHT_MM;
  const v = fromMiddleOfWall / RIB_HALF_THICKNESS_MM;
  const k = Math.sqrt(u * u + v * v);
  return k >= 1 ? 0 : (1 - k) * RIB_HALF_THICKNESS_MM + 1e-3;
}
