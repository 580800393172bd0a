/**
 * One patient: everything of the trunk that a scan of the kidneys shows, sampled from a seed.
 * @module
 */

import type { Random } from '../../core/random.ts';
import { buildAbdominalOrgans, buildGreatVessels } from './abdominal-organs.ts';
import { type Body, sampleBody } from './body.ts';
import { buildBowel } from './bowel.ts';
import { buildKidneys, type LesionFact } from './kidneys.ts';
import { createSmoothField, type SmoothField } from './noise-field.ts';
import { buildSkeleton } from './skeleton.ts';
import type { Structure } from './structure.ts';
import { type ContrastPhase, sampleTissues, type TissueValues } from './tissue.ts';

/** Smooth fields that bend the whole anatomy, roughen surfaces and give tissue its texture. */
export interface AnatomyFields {
  /** Displacement along x, y, z, mm a unit of the field. */
  readonly warp: readonly [SmoothField, SmoothField, SmoothField];
  readonly roughness: SmoothField;
  readonly texture: SmoothField;
}

export interface Anatomy {
  readonly body: Body;
  readonly phase: ContrastPhase;
  readonly tissues: TissueValues;
  /** In painting order: what comes later covers what came before. */
  readonly structures: readonly Structure[];
  readonly lesions: readonly LesionFact[];
  readonly fields: AnatomyFields;
}

/** Heights that anatomy is built for, mm from the middle between the kidneys; scans stay inside. */
export const HEIGHT_RANGE_MM: readonly [number, number] = [-160, 150];

const WARP_WAVELENGTH_MM = 75;
const ROUGHNESS_WAVELENGTH_MM = 14;
const TEXTURE_WAVELENGTH_MM = 7;

export function sampleAnatomy(random: Random, phase: ContrastPhase, tumours: number): Anatomy {
  const body = sampleBody(random.fork('body'));
  const tissues = sampleTissues(random.fork('tissues'), phase);
  const kidneys = buildKidneys(random.fork('kidneys'), body, tissues, phase, tumours);
  const fields = random.fork('fields');
  return {
    body,
    phase,
    tissues,
    structures: [
      ...buildSkeleton(random.fork('skeleton'), body, tissues, HEIGHT_RANGE_MM),
      ...buildBowel(random.fork('bowel'), body, tissues),
      ...buildAbdominalOrgans(random.fork('organs'), body, tissues),
      ...kidneys.structures,
      ...buildGreatVessels(random.fork('vessels'), body, tissues, HEIGHT_RANGE_MM),
    ],
    lesions: kidneys.lesions,
    fields: {
      warp: [
        createSmoothField(fields.fork('x'), WARP_WAVELENGTH_MM),
        createSmoothField(fields.fork('y'), WARP_WAVELENGTH_MM),
        createSmoothField(fields.fork('z'), WARP_WAVELENGTH_MM),
      ],
      roughness: createSmoothField(fields.fork('roughness'), ROUGHNESS_WAVELENGTH_MM),
      texture: createSmoothField(fields.fork('texture'), TEXTURE_WAVELENGTH_MM),
    },
  };
}
