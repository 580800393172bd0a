/**
 * Spine with its discs, canal and processes, and the muscles along it.
 * @module
 */
import type { Vector3 } from '../../core/affine.ts';
import type { Random } from '../../core/random.ts';
import type { Body } from './body.ts';
import { difference, ellipsoid, tube } from './shapes.ts';
import { PAINTED_LABELS, type Structure } from './structure.ts';
import type { TissueValues } from './tissue.ts';

const CORTEX_MM = 1.6;

/** Place of the middle of the vertebral bodies behind the centre of the trunk, mm. */
export function spineDepthMm(body: Body): number {
  return body.backMm - body.fatMm - 58 * body.scale;
}

export function buildSkeleton(
  random: Random,
  body: Body,
  tissues: TissueValues,
  heightRange: readonly [number, number],
): Structure[] {
  const y = spineDepthMm(body);
  const s = body.scale;
  const structures: Structure[] = [];
  const along = (dx: number, dy: number, radius: number, textureHu: number): Structure => ({
    shape: tube([dx, dy, heightRange[0] - 40], [dx * 0.85, dy, heightRange[1] + 40], radius),
    hu: tissues.muscle,
    textureHu,
    roughnessMm: 1.5,
  });
  for (const side of [-1, 1]) {
    structures.push(along(side * 30 * s, y + 34 * s, 21 * s, 9), along(side * 52 * s, y + 30 * s, 15 * s, 9));
    // The psoas grows on its way down.
    structures.push({
      shape: tube([side * 42 * s, y + 2, heightRange[0] - 40], [side * 26 * s, y + 4, 60], 23 * s, 5),
      hu: tissues.muscle,
      textureHu: 6,
      roughnessMm: 1,
    });
  }
  const pitch = random.uniform(31, 36) * s;
  const offset = random.uniform(0, pitch);
  const discHalf = random.uniform(3, 5.5);
  const bone = boneHu(tissues);
  // One long column; a vertebra or a disc is a matter of height.
  structures.push({
    shape: tube([0, y, heightRange[0] - 60], [0, y, heightRange[1] + 60], random.uniform(19, 23) * s),
    hu: (x, py, z, depth) => {
      const inPitch = Math.abs(((((z + offset) % pitch) + pitch) % pitch) - pitch / 2);
      return inPitch > pitch / 2 - discHalf ? tissues.disc : bone(x, py, Math.min(depth, pitch / 2 - discHalf - inPitch));
    },
    textureHu: 22,
    roughnessMm: 0.8,
  });
  const first = Math.floor((heightRange[0] - 60) / pitch) - 1;
  const last = Math.ceil((heightRange[1] + 60) / pitch) + 1;
  for (let n = first; n <= last; n++) structures.push(...arch(y, n * pitch - offset + pitch / 2, s, bone));
  structures.push({
    shape: tube([0, y + 27 * s, heightRange[0] - 60], [0, y + 27 * s, heightRange[1] + 60], 8.5 * s),
    hu: 22,
    textureHu: 3,
  });
  return structures.map((structure) => ({ ...structure, label: PAINTED_LABELS.wall }));
}

/** Pedicles and lamina round the canal, transverse and spinous processes of one vertebra. */
function arch(y: number, z: number, s: number, bone: (x: number, y: number, depth: number) => number): Structure[] {
  const hu = (x: number, py: number, _z: number, depth: number): number => bone(x, py, depth);
  const ring = difference(
    ellipsoid([0, y + 27 * s, z], [15 * s, 13.5 * s, 9]),
    tube([0, y + 27 * s, z - 30], [0, y + 27 * s, z + 30], 9.5 * s),
  );
  const spinous: readonly [Vector3, Vector3] = [
    [0, y + 38 * s, z],
    [0, y + 60 * s, z - 10],
  ];
  const shapes = [
    ring,
    tube(...spinous, 4, 3),
    ...[-1, 1].map((side) => tube([side * 13 * s, y + 22 * s, z], [side * 40 * s, y + 26 * s, z], 4.2, 3)),
  ];
  return shapes.map((shape) => ({ shape, hu, textureHu: 25 }));
}

function boneHu(tissues: TissueValues): (x: number, y: number, depth: number) => number {
  return (_x, _y, depth) => {
    const t = Math.max(0, Math.min(1, (depth - CORTEX_MM * 0.5) / CORTEX_MM));
    return tissues.boneCortex + (tissues.boneMarrow - tissues.boneCortex) * t;
  };
}
