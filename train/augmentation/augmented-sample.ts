/**
 * Takes an augmented sample out of a slice: one resampling by the sample's map and its elastic displacement, then the lesions
 * that are drawn and the changes of values in the order of the list.
 * @module
 */
import type { Random } from '../../core/random.ts';
import { type Augmentation, isValueChange, type ValueChange } from './augmentation.ts';
import { drawLesionsInto } from './drawn-lesions.ts';
import { type Displacement, drawDisplacement } from './elastic.ts';
import { bendIntensityInto } from './gamma.ts';
import { blurInto } from './gaussian-blur.ts';
import { addGaussianNoiseInto } from './gaussian-noise.ts';
import { happens } from './happens.ts';
import { scaleIntensityInto } from './intensity.ts';
import { addPerlinNoiseInto } from './perlin-noise.ts';
import type { Sample, SlicePixels } from './sample.ts';
import type { SampleMap } from './sample-map.ts';
import { takeSample } from './take-sample.ts';
import { moveWindowInto } from './window.ts';

export interface SampleDraw {
  readonly augmentation: Augmentation;
  /** Drawn from the augmentation's affine moves. */
  readonly map: SampleMap;
  /** Of this sample alone. Each transform has a stream of its own: one that draws more does not shift another's numbers. */
  readonly random: Random;
  /** Width and height of the sample. */
  readonly size: readonly [number, number];
}

/** @returns values [C, h, w] and labels of the sample's size, i fastest. */
export function augmentedSample(slice: SlicePixels, sliceSize: readonly [number, number], draw: SampleDraw): Sample {
  const sample = takeSample(slice, sliceSize, { map: draw.map, displacement: displacementOf(draw) }, draw.size);
  draw.augmentation.forEach((transform, position) => {
    if (transform.kind === 'drawn-lesions') {
      const own = draw.random.fork(`${transform.kind} ${position}`);
      if (happens(own, transform)) drawLesionsInto(sample, draw.size, transform, own);
      return;
    }
    if (!isValueChange(transform)) return;
    for (const channel of channelsOf(sample)) {
      // All channels of a picture change alike.
      const own = draw.random.fork(`${transform.kind} ${position}`);
      if (happens(own, transform)) changeInto(channel, draw.size, transform, own);
    }
  });
  return sample;
}

function channelsOf({ hu, labels }: Sample): readonly Float32Array[] {
  const pixels = labels.length;
  return Array.from({ length: hu.length / pixels }, (_, c) => hu.subarray(c * pixels, (c + 1) * pixels));
}

function displacementOf({ augmentation, random, size }: SampleDraw): Displacement | undefined {
  const elastic = augmentation.find((transform) => transform.kind === 'elastic');
  if (!elastic) return undefined;
  const own = random.fork(elastic.kind);
  return happens(own, elastic) ? drawDisplacement(own, elastic, size) : undefined;
}

function changeInto(hu: Float32Array, size: readonly [number, number], change: ValueChange, random: Random): void {
  switch (change.kind) {
    case 'gaussian-blur':
      return blurInto(hu, size, change, random);
    case 'intensity':
      return scaleIntensityInto(hu, change, random);
    case 'gamma':
      return bendIntensityInto(hu, change, random);
    case 'window':
      return moveWindowInto(hu, change, random);
    case 'gaussian-noise':
      return addGaussianNoiseInto(hu, change, random);
    case 'perlin-noise':
      return addPerlinNoiseInto(hu, size, change, random);
  }
}
