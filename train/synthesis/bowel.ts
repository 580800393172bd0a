/**
 * Bowel: ascending and descending colon, and loops of small bowel and transverse colon in front.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Random } from '../../core/random.ts';
import { hollowOrgan } from './abdominal-organs.ts';
import type { Body } from './body.ts';
import { ellipsoid, polyline, type Shape } from './shapes.ts';
import { type HuInside, PAINTED_LABELS, type Structure } from './structure.ts';
import type { TissueValues } from './tissue.ts';

export function buildBowel(random: Random, body: Body, tissues: TissueValues): Structure[] {
  return [...buildColon(random.fork('colon'), body, tissues), ...buildLoops(random.fork('loops'), body, tissues)];
}

function buildColon(random: Random, body: Body, tissues: TissueValues): Structure[] {
  const s = body.scale;
  const path = (x: number, y: number, low: number, high: number): Vector3[] => {
    const points: Vector3[] = [];
    for (let z = low; z <= high; z += 22) points.push([x * s + random.normal(0, 4), y * s + random.normal(0, 5), z]);
    return points;
  };
  const tubes = [polyline(path(-92, -8, -190, 0), random.uniform(17, 25)), polyline(path(98, 8, -190, 42), random.uniform(12, 19))];
  return tubes.map((shape) => filled(random, tissues, shape, 0, 'stool'));
}

function buildLoops(random: Random, body: Body, tissues: TissueValues): Structure[] {
  const structures: Structure[] = [];
  const count = random.integer(26, 42);
  for (let n = 0; n < count; n++) {
    const z = random.uniform(-190, 25);
    const centre: Vector3 = [random.normal(0, 52) * body.scale, random.uniform(-82, -18) * body.scale, z];
    const radii: Vector3 = [random.uniform(14, 32), random.uniform(11, 19), random.uniform(11, 22)];
    const shape = ellipsoid(centre, radii, { x: 0, y: random.uniform(-0.8, 0.8), z: random.uniform(-1.2, 1.2) });
    structures.push(filled(random, tissues, shape, centre[1], random.pick(['fluid', 'stool'], [0.75, 0.25])));
  }
  return structures;
}

function filled(random: Random, tissues: TissueValues, shape: Shape, centreYMm: number, content: 'fluid' | 'stool'): Structure {
  const gasLevel = centreYMm + (random.chance(0.35) ? random.uniform(-6, 10) : -100);
  const hu: HuInside = content === 'fluid' ? hollowOrgan(random, tissues, gasLevel, 2.5) : stool(random, tissues, gasLevel);
  return { shape, hu, textureHu: content === 'stool' ? 60 : 9, roughnessMm: 2.5, label: PAINTED_LABELS.gut, insideAbdomen: true };
}

function stool(random: Random, tissues: TissueValues, gasLevel: number): HuInside {
  const mean = random.uniform(-80, 60);
  return (_x, y, _z, depth) => (depth < 2.2 ? tissues.bowelWall : y < gasLevel ? -900 : mean);
}
