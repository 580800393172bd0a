/**
 * What nnU-Net and MONAI do unless they are told otherwise, as fields of a description.
 *
 * Sources: nnU-Net 2, `default_resampling.py`, `sliding_window_prediction.py`, `nnUNetPredictor` (half-overlapping tiles with
 * a bell of an eighth, mirrored along all axes, logits resampled linearly); MONAI 1, `Spacing`, `SlidingWindowInferer` and
 * `compute_importance_map` (RAS, first centres coincide, a quarter of overlap).
 * @module
 */
import type { TileNetwork } from '../../core/tile-stage.ts';

type Convention = Partial<TileNetwork>;

export const CONVENTIONS: Readonly<Record<'nnunet' | 'monai', Convention>> = {
  nnunet: {
    axes: ['S', 'P', 'L'],
    alignment: 'edges',
    interpolation: ['cubic', 'cubic', 'cubic'],
    interpolationBack: ['linear', 'linear', 'linear'],
    overshoot: 'within-volume',
    intensityTaken: 'before-resampling',
    stepFraction: 0.5,
    stepping: 'spread',
    weight: { kind: 'gaussian', sigmaFraction: 0.125, centre: 'upper-voxel', floor: 0 },
    padding: { kind: 'constant', value: 0 },
    mirrorAxes: [],
  },
  monai: {
    axes: ['R', 'A', 'S'],
    alignment: 'first-centre',
    interpolation: ['linear', 'linear', 'linear'],
    interpolationBack: ['linear', 'linear', 'linear'],
    overshoot: 'kept',
    intensityTaken: 'after-resampling',
    stepFraction: 0.75,
    stepping: 'fixed',
    weight: { kind: 'constant' },
    padding: { kind: 'constant', value: 0 },
    mirrorAxes: [],
  },
};
