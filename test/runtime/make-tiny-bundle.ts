/**
 * A bundle of two thresholding stages: organ above 100 HU on whole slices; in a crop round it organ above 100 HU and
 * tumour above 200 HU.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelManifest } from '../../core/model-manifest.ts';
import type { Volume } from '../../core/volume.ts';
import { writeNiftiVolume } from '../../formats/nifti/write-nifti.ts';
import type { BundleSource } from '../../runtime/bundle.ts';
import { makeVolume } from './make-volume.ts';
import { thresholdOnnx } from './threshold-onnx.ts';

export const ORGAN_HU = 150;
export const TUMOUR_HU = 250;
export const BACKGROUND_HU = 0;

export interface TinyBundleOptions {
  readonly name?: string;
  readonly cropPixels?: readonly [number, number];
  readonly onGridPixels?: readonly [number, number];
  readonly minComponentMl?: number;
  readonly minLesionMl?: number;
  readonly minOrganMl?: number;
  readonly maxComponents?: number;
  readonly enhancedOrganHu?: number;
  /** Other than what the networks give: a bundle that fails its proof. */
  readonly goldenLabelsSha256?: string;
}

/** The bundle's files by name. */
export function tinyBundleFiles(options: TinyBundleOptions = {}): Map<string, Uint8Array> {
  const organ = thresholdOnnx([100]);
  const tumour = thresholdOnnx([100, 200]);
  const manifest = new TextEncoder().encode(JSON.stringify(tinyManifest(organ, tumour, options)));
  return new Map([
    ['manifest.json', manifest],
    ['stage-1.onnx', organ],
    ['stage-2.onnx', tumour],
    ['golden.nii.gz', goldenFile()],
  ]);
}

/** A slice with an organ and a tumour in it. */
export function goldenVolume(): Volume {
  return makeVolume(
    [16, 16, 1],
    [
      { from: [4, 4, 0], to: [12, 12, 1], hu: ORGAN_HU },
      { from: [6, 6, 0], to: [9, 9, 1], hu: TUMOUR_HU },
    ],
  );
}

/** What the thresholds make of it; the crop reaches over the whole slice. */
export function goldenLabels(): Uint8Array {
  return Uint8Array.from(goldenVolume().hu, (hu) => (hu > 200 ? 2 : hu > 100 ? 1 : 0));
}

function goldenFile(): Uint8Array {
  return writeNiftiVolume(goldenVolume());
}

export function tinyBundle(options: TinyBundleOptions = {}): BundleSource {
  return sourceOf(tinyBundleFiles(options));
}

export function sourceOf(files: ReadonlyMap<string, Uint8Array>): BundleSource {
  return {
    async readFile(name) {
      const bytes = files.get(name);
      if (!bytes) throw new Error('no such file');
      return bytes;
    },
  };
}

export async function writeTinyBundle(folder: string, options: TinyBundleOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of tinyBundleFiles(options)) await writeFile(join(folder, name), bytes);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function tinyManifest(organ: Uint8Array, tumour: Uint8Array, options: TinyBundleOptions): ModelManifest {
  const stage = { opset: 18, parameters: 1, space: 'pixels', gridPixels: [16, 16] } as const;
  const intensity = { scheme: 'feature-wise', clampHu: [-1000, 1000], standardDeviationFloorHu: 1 } as const;
  const code = { scheme: 'SCT', value: '64033007', meaning: 'Kidney' };
  const digest = sha256(organ);
  return {
    schemaVersion: 1,
    name: options.name ?? 'tiny',
    version: '1.0.0',
    recipe: 'threshold',
    modality: 'CT',
    bodyParts: ['ABDOMEN'],
    isDefault: true,
    labels: [
      { index: 1, name: 'kidney', color: '#00ffff', code },
      { index: 2, name: 'tumour', color: '#ffff00', code: { scheme: 'SCT', value: '108369006', meaning: 'Neoplasm' } },
    ],
    organLabel: 1,
    lesionLabel: 2,
    ...(options.enhancedOrganHu === undefined ? {} : { enhancedOrganHu: options.enhancedOrganHu }),
    stages: [
      {
        ...stage,
        name: 'organ',
        file: 'stage-1.onnx',
        sha256: digest,
        intensity,
        region: { kind: 'whole-slice' },
        outputLabels: [0, 1],
      },
      {
        ...stage,
        name: 'tumour',
        file: 'stage-2.onnx',
        sha256: sha256(tumour),
        intensity,
        region: {
          kind: 'crop-around-foreground',
          ofStage: 'organ',
          sizePixels: options.cropPixels ?? [16, 16],
          onGridPixels: options.onGridPixels ?? [32, 32],
        },
        outputLabels: [0, 1, 2],
      },
    ],
    postprocessing: {
      minComponentMl: options.minComponentMl ?? 0,
      minLesionMl: options.minLesionMl ?? 0,
      minOrganMl: options.minOrganMl ?? 0,
      maxComponents: options.maxComponents ?? 0,
    },
    training: { data: 'none', seed: 1, backend: 'none', startedAt: '2026-01-01T00:00:00Z', steps: {}, software: {} },
    figures: [],
    reportedFigures: [],
    intendedUse: 'tests',
    limits: [],
    golden: {
      file: 'golden.nii.gz',
      sha256: sha256(goldenFile()),
      labelsSha256: options.goldenLabelsSha256 ?? sha256(goldenLabels()),
    },
    parity: {
      reference: 'none',
      provider: 'cpu',
      versions: {},
      results: [
        {
          stage: 'organ',
          inputs: 'none',
          slices: 1,
          inputSha256: digest,
          maxAbsLogitDifference: 0,
          meanAbsLogitDifference: 0,
          labelDisagreements: 0,
          pixels: 1,
        },
      ],
    },
  };
}
