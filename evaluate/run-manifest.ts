/**
 * `run.json`: what a run was made from, so that it can be repeated bit for bit.
 * @module
 */
import type { Definitions } from './score-case.ts';

export interface RunManifest {
  readonly schemaVersion: 1;
  /** ISO 8601, UTC; the only field that differs when a run is repeated. */
  readonly createdAt: string;
  /** Digest of everything below but versions of Node and platform. */
  readonly runSha256: string;
  readonly software: { readonly name: string; readonly version: string; readonly node: string; readonly platform: string };
  readonly prediction:
    | {
        readonly kind: 'bundle';
        readonly name: string;
        readonly version: string;
        readonly manifestSha256: string;
        /** The provider that really ran. */
        readonly provider: string;
      }
    | { readonly kind: 'folder' };
  readonly data: {
    readonly layout: string;
    readonly cases: readonly {
      readonly name: string;
      readonly truthSha256: string;
      readonly imageSha256?: string;
      readonly predictionSha256: string;
    }[];
  };
  readonly options: {
    readonly definitions: Definitions;
    readonly labels: readonly { readonly index: number; readonly name: string }[];
    readonly truthLabels?: Readonly<Record<string, number>>;
    readonly resample: boolean;
    readonly perturb: boolean;
    readonly bootstrapSeed: number;
  };
}
