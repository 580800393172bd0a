/**
 * What a head lies in: a bowl of plastic or carbon round the back of it.
 * @module
 */
import type { Random } from '../../../core/random.ts';
import { difference, ellipsoid, type Shape } from '../shapes.ts';
import type { Structure } from '../structure.ts';

const PROBABILITY = 0.6;
/** So long along the body that it looks like a tube, mm. */
const LENGTH_MM = 2000;

export function buildHeadRest(random: Random): Structure[] {
  if (!random.chance(PROBABILITY)) return [];
  const [halfWidth, halfDepth] = [random.uniform(88, 104), random.uniform(104, 118)];
  const wallMm = random.uniform(1.5, 5);
  const front = random.uniform(-40, 30);
  const bowl = difference(
    ellipsoid([0, 0, 0], [halfWidth, halfDepth, LENGTH_MM]),
    ellipsoid([0, 0, 0], [halfWidth - wallMm, halfDepth - wallMm, LENGTH_MM]),
  );
  const back: Shape = { ...bowl, distance: (x, y, z) => Math.max(bowl.distance(x, y, z), front - y) };
  return [{ shape: back, hu: random.uniform(-300, 120) }];
}
