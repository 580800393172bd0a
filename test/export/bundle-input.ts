/**
 * Two small stages and facts to make a bundle of.
 * @module
 */
import type { BundleInput } from '../../export/bundle.ts';
import { huSlice, smallEnet, statisticsOf } from './small-enet.ts';

/** A new one each time, with the same content. */
export function bundleInput(): BundleInput {
  const parityInputs = [{ description: 'noise', slices: [huSlice([32, 24]), huSlice([40, 30])] }];
  const code = { scheme: 'SCT', value: '64033007', meaning: 'Kidney' };
  return {
    name: 'test-cascade',
    version: '1.0.0',
    recipe: 'kidney-enet-cascade',
    bodyParts: ['ABDOMEN'],
    isDefault: false,
    labels: [
      { index: 1, name: 'kidney', color: '#00ffff', code },
      { index: 2, name: 'tumour', color: '#ffff00', code },
    ],
    organLabel: 1,
    lesionLabel: 2,
    postprocessing: { minComponentMl: 1, minLesionMl: 0.1, minOrganMl: 1, maxComponents: 2 },
    training: {
      data: 'noise',
      seed: 1,
      backend: 'cpu',
      startedAt: '2026-01-01T00:00:00Z',
      steps: { organ: 3 },
      software: { node: '20' },
    },
    figures: [{ metric: 'dice', of: 'kidney', on: 'held-out noise', value: 0.5, cases: 2 }],
    reportedFigures: [
      { metric: 'dice', of: 'kidney', on: 'KiTS19', value: 0.94 },
      { metric: 'dice', of: 'tumour', on: 'KiTS19', value: 0.46 },
    ],
    intendedUse: 'Tests.',
    limits: ['It has seen noise alone.'],
    stages: [
      {
        space: 'pixels',
        name: 'organ',
        model: smallEnet([32, 24], 2),
        intensity: { scheme: 'feature-wise', statistics: statisticsOf([32, 24]) },
        gridPixels: [32, 24],
        region: { kind: 'whole-slice' },
        outputLabels: [0, 1],
        parityInputs,
      },
      {
        space: 'pixels',
        name: 'lesion',
        model: smallEnet([16, 16], 3),
        intensity: { scheme: 'feature-wise', statistics: statisticsOf([16, 16]) },
        gridPixels: [16, 16],
        region: { kind: 'crop-around-foreground', ofStage: 'organ', sizePixels: [16, 16], onGridPixels: [32, 24] },
        outputLabels: [0, 1, 2],
        parityInputs,
      },
    ],
    goldenNiftis: [Uint8Array.of(1, 2, 3)],
    softwareVersion: '0.1.0',
  };
}
