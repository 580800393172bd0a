/**
 * Series and rules → what becomes of each series. Pure: the daemon acts on it, `rules test` shows it.
 * @module
 */
import { takes } from './match-rule.ts';
import { preferSeries } from './prefer-series.ts';
import type { RuleProvider, SeriesRules } from './rules-schema.ts';
import type { SeriesTraits } from './series-traits.ts';

/** Bundles, as the rules write them, and the only provider that will do, if the rule names one. */
export interface SeriesChoice {
  readonly bundles: readonly string[];
  readonly provider?: RuleProvider;
}

export type SeriesDecision =
  | ({ readonly kind: 'chosen'; readonly rule?: string } & SeriesChoice)
  /** Is left alone, which is no failure. */
  | { readonly kind: 'not-chosen'; readonly rule?: string; readonly code: NotChosenCode; readonly message: string };

export type NotChosenCode = 'NO_RULE' | 'RULE_WITHOUT_BUNDLE' | 'OTHER_SERIES';

/**
 * Decides for series that are whole and may be segmented.
 * @param series - With `oneSeriesPerStudy`, all that are known of each study.
 * @param defaultBundles - For rules that name none, and where there are no rules.
 * @returns one decision a series, in the same order.
 */
export function decideSeries(
  series: readonly SeriesTraits[],
  rules: SeriesRules,
  defaultBundles: readonly string[],
): readonly SeriesDecision[] {
  const decisions = series.map((traits) => applyRules(traits, rules, defaultBundles));
  return rules.oneSeriesPerStudy ? keepBest(series, decisions) : decisions;
}

function applyRules(traits: SeriesTraits, { series: rules }: SeriesRules, defaultBundles: readonly string[]): SeriesDecision {
  if (rules === undefined) return { kind: 'chosen', bundles: defaultBundles };
  const rule = rules.find((one) => takes(one, traits));
  if (rule === undefined) return { kind: 'not-chosen', code: 'NO_RULE', message: 'No rule takes this series.' };
  const bundles = rule.bundles ?? defaultBundles;
  const { name, provider } = rule;
  if (bundles.length > 0) return { kind: 'chosen', rule: name, bundles: [...new Set(bundles)], ...(provider && { provider }) };
  return {
    kind: 'not-chosen',
    rule: rule.name,
    code: 'RULE_WITHOUT_BUNDLE',
    message: `The rule ${rule.name} takes this series and names no bundle for it.`,
  };
}

/** Each bundle keeps the best series of a study; a series that no bundle keeps is not chosen. */
function keepBest(series: readonly SeriesTraits[], decisions: readonly SeriesDecision[]): readonly SeriesDecision[] {
  const rivals = new Map<string, { readonly bundle: string; readonly members: number[] }>();
  decisions.forEach((decision, index) => {
    const study = series[index]?.study;
    if (decision.kind !== 'chosen' || study === undefined) return;
    for (const bundle of decision.bundles) {
      const key = JSON.stringify([study, bundle]);
      const rivalry = rivals.get(key) ?? { bundle, members: [] };
      rivalry.members.push(index);
      rivals.set(key, rivalry);
    }
  });
  const lost = new Map<number, { readonly bundles: Set<string>; because: string }>();
  for (const { bundle, members } of rivals.values()) {
    const { because } = preferSeries(members.map((index) => series[index] as SeriesTraits));
    for (const [position, reason] of because) {
      const index = members[position] as number;
      const loss = lost.get(index) ?? { bundles: new Set(), because: reason };
      loss.bundles.add(bundle);
      lost.set(index, loss);
    }
  }
  return decisions.map((decision, index) => {
    const loss = lost.get(index);
    if (loss === undefined || decision.kind !== 'chosen') return decision;
    const bundles = decision.bundles.filter((bundle) => !loss.bundles.has(bundle));
    if (bundles.length > 0) return { ...decision, bundles };
    const message = `Another series of the study was chosen: ${loss.because}.`;
    return { kind: 'not-chosen', ...(decision.rule !== undefined && { rule: decision.rule }), code: 'OTHER_SERIES', message };
  });
}
