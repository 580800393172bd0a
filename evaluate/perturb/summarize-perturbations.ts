/**
 * What each stated change did to each case → how far Dice and volume move, by region.
 * @module
 */
import type { PerturbationSummary, ScoredCase } from '../score-document.ts';
import { mean } from '../statistics/summarize.ts';
import { PERTURBATIONS } from './perturbations.ts';

/** Summarizes; cases without perturbed scores do not count. */
export function summarizePerturbations(cases: readonly ScoredCase[], regions: readonly string[]): PerturbationSummary[] {
  return PERTURBATIONS.map(({ id, statement, mustBeIdentical }) => {
    const own = cases.flatMap((entry) => {
      const perturbed = entry.perturbed?.find((candidate) => candidate.id === id);
      return perturbed ? [{ entry, perturbed }] : [];
    });
    return {
      id,
      statement,
      mustBeIdentical,
      cases: own.length,
      identicalCases: own.filter(({ perturbed }) => perturbed.isIdentical).length,
      regions: regions.map((region) => regionSummary(region, own)),
    };
  });
}

interface PerturbedCase {
  readonly entry: ScoredCase;
  readonly perturbed: NonNullable<ScoredCase['perturbed']>[number];
}

function regionSummary(region: string, cases: readonly PerturbedCase[]): PerturbationSummary['regions'][number] {
  const moved = cases.flatMap(({ entry, perturbed }) => {
    const before = entry.regions.find((own) => own.region === region);
    const after = perturbed.regions.find((own) => own.region === region);
    return before && after ? [{ name: entry.name, before, after }] : [];
  });
  const dice = moved.flatMap(({ name, before, after }) =>
    before.values.dice === null || after.dice === null ? [] : [{ name, dice: after.dice, change: after.dice - before.values.dice }],
  );
  const worst = dice.reduce<(typeof dice)[number] | undefined>(
    (low, one) => (!low || one.change < low.change ? one : low),
    undefined,
  );
  const volumes = moved.flatMap(({ before, after }) =>
    before.predictedMl > 0 ? [(100 * (after.predictedMl - before.predictedMl)) / before.predictedMl] : [],
  );
  const ceilings = moved.flatMap(({ after }) => (after.ceilingDice === null ? [] : [after.ceilingDice]));
  return {
    region,
    cases: moved.length,
    meanDice: meanOrNull(dice.map((one) => one.dice)),
    meanDiceChange: meanOrNull(dice.map(({ change }) => change)),
    worstDiceChange: worst?.change ?? null,
    worstCase: worst?.name ?? null,
    meanCeilingDice: meanOrNull(ceilings),
    meanVolumeChangePercent: meanOrNull(volumes),
    largestVolumeChangePercent: volumes.reduce<number | null>(
      (largest, value) => (largest === null || Math.abs(value) > Math.abs(largest) ? value : largest),
      null,
    ),
  };
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}
