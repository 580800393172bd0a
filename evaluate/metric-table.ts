/**
 * The scores of a region: names, units and which way is better, in the order in which they are shown.
 * @module
 */

/** Where a score should be: `zero` for signed ones. */
export type Better = 'higher' | 'lower' | 'zero';

export interface Metric {
  readonly key: string;
  readonly title: string;
  /** Empty for a share. */
  readonly unit: '' | 'mm' | 'ml';
  readonly better: Better;
}

/** Scores that every case has for every region; `null` in a document where one is not defined. */
export const METRICS = [
  { key: 'dice', title: 'Dice', unit: '', better: 'higher' },
  { key: 'iou', title: 'IoU', unit: '', better: 'higher' },
  { key: 'precision', title: 'Precision', unit: '', better: 'higher' },
  { key: 'recall', title: 'Recall', unit: '', better: 'higher' },
  { key: 'f1', title: 'F1', unit: '', better: 'higher' },
  { key: 'voe', title: 'VOE', unit: '', better: 'lower' },
  { key: 'rvd', title: 'RVD', unit: '', better: 'zero' },
  { key: 'absoluteRvd', title: '|RVD|', unit: '', better: 'lower' },
  { key: 'surfaceDice', title: 'Surface Dice', unit: '', better: 'higher' },
  { key: 'assdMm', title: 'ASSD', unit: 'mm', better: 'lower' },
  { key: 'rmsdMm', title: 'RMSD', unit: 'mm', better: 'lower' },
  { key: 'hd95Mm', title: 'HD95', unit: 'mm', better: 'lower' },
  { key: 'mssdMm', title: 'MSSD', unit: 'mm', better: 'lower' },
] as const satisfies readonly Metric[];

export type MetricKey = (typeof METRICS)[number]['key'];

export const METRIC_KEYS: readonly MetricKey[] = METRICS.map(({ key }) => key);

export function metricOf(key: MetricKey): Metric {
  return METRICS.find((metric) => metric.key === key) as Metric;
}
