/**
 * Counts of values in bins of one width: exact for HU; for stored values of any range the bins widen as values come.
 * @module
 */

/** What a histogram says, in the unit of its values. */
export interface ValueSummary {
  readonly count: number;
  readonly lowest: number;
  readonly highest: number;
  readonly mean: number;
  /** Shares of all values that lie at or below: `p5` = 5 %. */
  readonly p05: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly p995: number;
  /** Between `p05` and `p995`; values outside lie in the first and the last bin. */
  readonly bins: { readonly low: number; readonly width: number; readonly counts: readonly number[] };
}

/** Every int16 has a bin of its own. */
const HU_BINS = { low: -32768, width: 1, count: 65536 } as const;

const STORED_BINS = 4096;

const SUMMARY_BINS = 80;

export class ValueHistogram {
  private low: number;
  private width: number;
  private counts: Float64Array;
  private sum = 0;
  private lowest = Number.POSITIVE_INFINITY;
  private highest = Number.NEGATIVE_INFINITY;

  private constructor(low: number, width: number, count: number) {
    this.low = low;
    this.width = width;
    this.counts = new Float64Array(count);
  }

  static ofHu(): ValueHistogram {
    return new ValueHistogram(HU_BINS.low, HU_BINS.width, HU_BINS.count);
  }

  /** @param lowest - Of the first values to come; others may lie anywhere. */
  static ofStored(lowest: number, highest: number): ValueHistogram {
    return new ValueHistogram(lowest, (highest - lowest || 1) / STORED_BINS, STORED_BINS);
  }

  add(value: number): void {
    let bin = Math.floor((value - this.low) / this.width);
    // The end of the range belongs to the last bin.
    while (bin < 0 || bin > this.counts.length) {
      this.widen(bin < 0);
      bin = Math.floor((value - this.low) / this.width);
    }
    bin = Math.min(bin, this.counts.length - 1);
    this.counts[bin] = (this.counts[bin] as number) + 1;
    this.sum += value;
    if (value < this.lowest) this.lowest = value;
    if (value > this.highest) this.highest = value;
  }

  /** Twice as wide, downwards or upwards: two bins become one. */
  private widen(isDownwards: boolean): void {
    const half = this.counts.length / 2;
    const merged = new Float64Array(this.counts.length);
    const start = isDownwards ? half : 0;
    for (let n = 0; n < half; n++) merged[start + n] = (this.counts[2 * n] as number) + (this.counts[2 * n + 1] as number);
    if (isDownwards) this.low -= this.width * this.counts.length;
    this.width *= 2;
    this.counts = merged;
  }

  /** @returns nothing where no value was added. */
  summarize(): ValueSummary | undefined {
    const count = this.counts.reduce((sum, n) => sum + n, 0);
    if (count === 0) return undefined;
    const at = (share: number): number => this.quantile(share, count);
    const [p05, p995] = [at(0.005), at(0.995)];
    return {
      count,
      lowest: this.lowest,
      highest: this.highest,
      mean: this.sum / count,
      p05,
      p5: at(0.05),
      median: at(0.5),
      p95: at(0.95),
      p995,
      bins: this.binsBetween(p05, p995),
    };
  }

  /** The lowest value of the bin in which the share is reached. */
  private quantile(share: number, count: number): number {
    let seen = 0;
    for (let bin = 0; bin < this.counts.length; bin++) {
      seen += this.counts[bin] as number;
      if (seen >= share * count) return Math.max(this.lowest, this.low + bin * this.width);
    }
    return this.highest;
  }

  private binsBetween(from: number, to: number): ValueSummary['bins'] {
    // Whole bins, so that none is fed by more of the narrow ones than its neighbours.
    const factor = Math.max(1, Math.ceil((to - from) / this.width / SUMMARY_BINS));
    const width = factor * this.width;
    const first = Math.floor((from - this.low) / this.width);
    const bins = Math.max(1, Math.floor((to - from) / width) + 1);
    const counts = new Array<number>(bins).fill(0);
    this.counts.forEach((n, bin) => {
      const target = Math.min(bins - 1, Math.max(0, Math.floor((bin - first) / factor)));
      counts[target] = (counts[target] as number) + n;
    });
    return { low: this.low + first * this.width, width, counts };
  }
}
