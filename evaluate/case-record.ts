/**
 * The scores of a case → its record in `scores.json`: rounded, and `null` where a score does not exist.
 * @module
 */
import { affineSpacingMm } from '../core/affine.ts';
import type { Finding } from '../core/finding.ts';
import type { GridGeometry } from '../core/volume.ts';
import { METRIC_KEYS, type MetricKey } from './metric-table.ts';
import type { CaseScores, LesionScores, Score } from './score-case.ts';
import type { RegionScores, ScoredCase } from './score-document.ts';

/** Significant digits kept: more are noise of the arithmetic, and differ between machines. */
const DIGITS = 12;

export function caseRecord(
  name: string,
  scores: CaseScores,
  { geometry, findings }: { readonly geometry: GridGeometry; readonly findings: readonly Finding[] },
): ScoredCase {
  return {
    name,
    findings: [...findings, ...(scores.distances === 'sheared' ? [SHEARED] : [])],
    sizeVoxels: [...geometry.sizeVoxels],
    spacingMm: affineSpacingMm(geometry.voxelToWorld).map(rounded),
    regions: scores.regions.map(
      (region): RegionScores => ({
        region: region.region,
        overlap: region.overlap,
        truthMl: rounded(region.truthMl),
        predictedMl: rounded(region.predictedMl),
        values: Object.fromEntries(METRIC_KEYS.map((key) => [key, orNull(region[key])])) as Record<MetricKey, number | null>,
        ...(region.lesions ? { lesions: lesionRecord(region.lesions) } : {}),
      }),
    ),
  };
}

const SHEARED: Finding = {
  code: 'DISTANCES_SHEARED',
  severity: 'info',
  message: 'The slices of this study are tilted: distances take its axes as perpendicular.',
};

function lesionRecord({ detection, truthLesions, falsePositives }: LesionScores): NonNullable<RegionScores['lesions']> {
  return {
    detection: detection.map((entry) => ({ ...entry })),
    truthLesions: truthLesions.map((lesion) => ({
      ...lesion,
      volumeMl: rounded(lesion.volumeMl),
      diameterMm: rounded(lesion.diameterMm),
      bestOverlap: rounded(lesion.bestOverlap),
    })),
    falsePositives: falsePositives.map(({ volumeMl }) => ({ volumeMl: rounded(volumeMl) })),
  };
}

function orNull(score: Score): number | null {
  return score === undefined || !Number.isFinite(score) ? null : rounded(score);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
