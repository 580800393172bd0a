/**
 * One patient: everything of the trunk that a scan of the kidneys shows, sampled from a seed.
 * @module
 */

import type { Random } from '../../core/random.ts';
import { buildAbdominalOrgans, buildGreatVessels } from './abdominal-organs.ts';
import { type AnatomyFields, createAnatomyFields } from './anatomy-fields.ts';
import { type Body, sampleBody } from './body.ts';
import { buildBowel } from './bowel.ts';
import { buildKidneys } from './kidneys.ts';
import type { LesionFact } from './lesion-fact.ts';
import { buildSkeleton } from './skeleton.ts';
import type { Structure } from './structure.ts';
import { type ContrastPhase, sampleTissues, type TissueValues } from './tissue.ts';

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

/** Amplitude of the warp in the plane and along the body, mm. */
const WARP_MM = [4.5, 4.5, 5] as const;

/** Tumours of the kidneys and lesions of the liver. */
export interface LesionCounts {
  readonly kidney: number;
  readonly liver: number;
}

export function sampleAnatomy(random: Random, phase: ContrastPhase, counts: LesionCounts): Anatomy {
  const body = sampleBody(random.fork('body'));
  const tissues = sampleTissues(random.fork('tissues'), phase);
  const kidneys = buildKidneys(random.fork('kidneys'), body, tissues, phase, counts.kidney);
  const organs = buildAbdominalOrgans(random.fork('organs'), body, tissues, phase, counts.liver);
  return {
    body,
    phase,
    tissues,
    structures: [
      ...buildSkeleton(random.fork('skeleton'), body, tissues, HEIGHT_RANGE_MM),
      ...buildBowel(random.fork('bowel'), body, tissues),
      ...organs.structures,
      ...kidneys.structures,
      ...buildGreatVessels(random.fork('vessels'), body, tissues, HEIGHT_RANGE_MM),
    ],
    lesions: [...organs.lesions, ...kidneys.lesions],
    fields: createAnatomyFields(random.fork('fields'), WARP_MM),
  };
}
