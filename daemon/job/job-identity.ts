/**
 * What a result depends on → one digest. Two jobs with the same identity give the same result, so one is enough.
 * @module
 */
import { createHash } from 'node:crypto';
import type { PrecisionChoice } from '../../core/model-variants.ts';
import type { DiscoveredSeries } from '../intake/discovered-series.ts';
import { PIPELINE_VERSION } from '../results/software.ts';
import type { OverlayChoice } from './job.ts';

/** What a segmentation depends on. */
export interface ResultIdentity {
  readonly inputSha256: string;
  /** One a bundle; their order does not matter. A manifest holds the digests of its networks. */
  readonly manifestSha256s: readonly string[];
  readonly overlays: OverlayChoice;
  /** Where another than the bundles' own choice was asked for. */
  readonly precision?: PrecisionChoice;
}

/** Identity of a result, sha256 in hex. */
export function resultIdentity({ inputSha256, manifestSha256s, overlays, precision = 'auto' }: ResultIdentity): string {
  const named = precision === 'auto' ? [] : [precision];
  return digest(['result', PIPELINE_VERSION, inputSha256, [...manifestSha256s].sort(), overlays, ...named]);
}

/** Identity of a refusal: the same series refused for the same reason is refused once. */
export function refusalIdentity(series: DiscoveredSeries, code: string): string {
  return digest(['refusal', PIPELINE_VERSION, series.key, series.files.length, code]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
