/**
 * A bundle's certificate and its file → what each stage's network is held against when the certificate is repeated.
 * @module
 */
import { VoxwatchError } from '../../core/errors.ts';
import type { FusedStage, ManifestStage, TrainedManifest } from '../../core/model-manifest.ts';
import type { ReplaySlice } from '../../core/parity-certificate.ts';
import type { StoredStage } from './replay-stage.ts';
import { decodeReplay, type PlacedSlice, slicesSha256 } from './replay-values.ts';

/** Reads slices of the bundle's golden volume: export itself knows no file formats. */
export type ReadSlices = (places: readonly ReplaySlice[]) => readonly PlacedSlice[];

/**
 * Reads a certificate.
 * @param file - Bytes of the file that `parity.replay` names.
 * @returns by name of the stage; empty for a bundle whose certificate cannot be repeated.
 * @throws {VoxwatchError} `BUNDLE_INVALID` where file, golden slice and manifest do not belong together.
 */
export function storedStages(
  { stages, parity: { replay } }: Pick<TrainedManifest, 'stages' | 'parity'>,
  file: Uint8Array,
  readSlices: ReadSlices,
): ReadonlyMap<string, StoredStage> {
  if (replay === undefined) return new Map();
  const named = replay.stages.map(({ stage }) => fusedStage(stages, stage));
  const values = decodeReplay(file, replay, named);
  return new Map(
    replay.stages.map((facts, n) => {
      const slices = readSlices(facts.slices);
      if (slicesSha256(slices) !== facts.inputSha256)
        throw invalid(`its slices for stage ${facts.stage} are not in the golden slice`);
      const { channels, everyPixel } = facts;
      return [facts.stage, { answering: named[n] as FusedStage, channels, everyPixel, slices, values: values[n] ?? [] }];
    }),
  );
}

function fusedStage(stages: readonly ManifestStage[], wanted: string): FusedStage {
  const stage = stages.find(({ name }) => name === wanted);
  if (stage === undefined || stage.space === 'tiles') throw invalid(`there is no stage ${wanted} that was trained here`);
  return stage;
}

function invalid(why: string): VoxwatchError {
  return new VoxwatchError('BUNDLE_INVALID', `The certificate of this bundle cannot be repeated: ${why}.`);
}
