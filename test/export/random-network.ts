/**
 * Random small networks for property tests: a list of steps, drawn by fast-check, → a model.
 *
 * Any list of steps gives a network: a step that the value at hand is too small for, or whose size it would have to know,
 * is left out. So fast-check can shrink a network that fails to the few steps that make it fail.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { createRandom } from '../../core/random.ts';
import { BilinearUpsampling2D } from '../../train/layers/bilinear-upsampling.ts';
import { CropToMatch } from '../../train/layers/crop-to-match.ts';

const { layers } = tfl;
type Value = tfl.SymbolicTensor;
type Layer = tfl.layers.Layer;
type Pair = [number, number];

/** A value while a network is built: [N, height, width, channels]. */
interface Built {
  readonly value: Value;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Adds layers to a network, or gives back what it was given where they do not fit. */
type Step = (input: Built, isFree: boolean) => Built;

export interface RandomNetwork {
  readonly model: tfl.LayersModel;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  /** Whether height and width were left free when the network was built. */
  readonly isFree: boolean;
  /** What fast-check prints of a network that fails. */
  readonly [fc.toStringMethod]: () => string;
}

/** Pixels beyond which a value is not enlarged. */
const MAX_PIXELS = 400;

const size = (low: number, high: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const padding = fc.constantFrom('same' as const, 'valid' as const);
const activation = fc.constantFrom(
  'linear',
  'relu',
  'elu',
  'sigmoid',
  'tanh',
  'swish',
  'softmax',
  'mish',
  'hardSigmoid',
) as fc.Arbitrary<'relu'>;
const filters = fc.integer({ min: 1, max: 5 });

const convolution = fc
  .record({
    filters,
    kernelSize: size(1, 5),
    strides: size(1, 2),
    dilationRate: size(1, 3),
    padding,
    activation,
    useBias: fc.boolean(),
  })
  .map(({ dilationRate, ...options }): Step => {
    const isStrided = options.strides.some((stride) => stride > 1);
    return add(() => layers.conv2d({ ...options, dilationRate: isStrided ? 1 : dilationRate }));
  });

const depthwise = fc
  .record({
    kernelSize: size(1, 4),
    strides: fc.integer({ min: 1, max: 2 }),
    depthMultiplier: fc.integer({ min: 1, max: 2 }),
    padding,
    activation,
  })
  .map((options): Step => add(() => layers.depthwiseConv2d(options)));

const separable = fc
  .record({ filters, kernelSize: size(1, 3), strides: fc.integer({ min: 1, max: 2 }), padding, activation, useBias: fc.boolean() })
  .map((options): Step => add(() => layers.separableConv2d(options)));

const transposed = fc
  .record({ filters, kernelSize: size(1, 4), strides: size(1, 3), padding, activation, useBias: fc.boolean() })
  .map((options): Step => add(() => layers.conv2dTranspose(options)));

const pooling = fc.record({ poolSize: size(1, 3), strides: size(1, 3), padding }).chain((options) =>
  fc.constantFrom<Step>(
    add(() => layers.maxPooling2d(options)),
    add(() => layers.averagePooling2d(options)),
  ),
);

const normalization = fc
  .record({ scale: fc.boolean(), center: fc.boolean(), epsilon: fc.constantFrom(1e-3, 1e-5) })
  .chain((options) =>
    fc.constantFrom<Step>(
      add(() => layers.batchNormalization(options)),
      add(() => layers.layerNormalization(options)),
      whereSizeIsKnown(add(() => layers.layerNormalization({ ...options, axis: [1, 2, 3] }))),
    ),
  );

// No ThresholdedReLU: it jumps, so that the smallest difference of its input can become a large one.
const activationLayer = fc.constantFrom<Step>(
  add(() => layers.leakyReLU({ alpha: 0.2 })),
  add(() => layers.prelu({ sharedAxes: [1, 2] })),
  whereSizeIsKnown(add(() => layers.prelu({ sharedAxes: [2, 3] }))),
  whereSizeIsKnown(add(() => layers.prelu())),
  add(() => layers.reLU({ maxValue: 0.7 })),
  add(() => layers.activation({ activation: 'softplus' })),
  add(() => layers.dropout({ rate: 0.3 })),
  add(() => layers.rescaling({ scale: 1.5, offset: 0.5 })),
);

const resampling = fc
  .tuple(size(1, 3), fc.constantFrom('nearest' as const, 'bilinear' as const))
  .chain(([factors, interpolation]) =>
    fc.constantFrom<Step>(
      add(() => layers.upSampling2d({ size: factors, interpolation })),
      add(() => new BilinearUpsampling2D({})),
    ),
  );

const edges = fc.tuple(size(0, 2), size(0, 2)).chain((amounts) =>
  fc.constantFrom<Step>(
    add(() => layers.zeroPadding2d({ padding: amounts })),
    add(() => layers.cropping2D({ cropping: amounts })),
  ),
);

/** A value halved and doubled again, cut to the size it had, and joined with itself: the way of every U-Net. */
const level = filters.map(
  (count): Step =>
    (input) => {
      const halved = applied(layers.maxPooling2d({ poolSize: 2, padding: 'same' }), input);
      const doubled = applied(layers.conv2dTranspose({ filters: count, kernelSize: 3, strides: 2, padding: 'same' }), halved);
      return joined([joined([doubled, input], new CropToMatch({})), input], layers.concatenate());
    },
);

const merging = fc
  .constantFrom<() => Layer>(
    () => layers.add(),
    () => layers.average(),
    () => layers.maximum(),
    () => layers.minimum(),
    () => layers.multiply(),
    () => layers.concatenate(),
  )
  .chain((layer) =>
    fc.boolean().map(
      (isOfThree): Step =>
        (input) =>
          merged(input, { layer: layer(), isOfThree }),
    ),
  );

/** Squeeze and excitation. */
const gate = fc.constant<Step>((input) => {
  const pooled = layers.globalAveragePooling2d({}).apply(input.value) as Value;
  const vector = layers.dense({ units: input.channels, activation: 'sigmoid' }).apply(pooled) as Value;
  return { ...input, value: layers.multiply().apply([input.value, vector]) as Value };
});

/** Sizes in full: where one is left to be worked out, tfjs-layers does not tell it to the layers that follow. */
const rearrangement = fc.constantFrom<Step>(
  reshaped(({ height, width, channels }) => [1, height * width, channels]),
  reshaped(({ height, width, channels }) => [channels, height * width, 1]),
  reshaped(({ height, width, channels }) => [1, channels, height * width]),
  add(() => layers.permute({ dims: [2, 1, 3] })),
);

const dense = filters.map((units): Step => add(() => layers.dense({ units, activation: 'relu' })));

/** A model in the model that is called twice, with weights of its own. */
const nested = activation.map(
  (name): Step =>
    (input) => {
      const x = tfl.input({ shape: [null, null, input.channels] });
      const convolved = layers
        .conv2d({ filters: input.channels, kernelSize: 3, padding: 'same', activation: name })
        .apply(x) as Value;
      const block = tfl.model({ inputs: x, outputs: layers.batchNormalization().apply(convolved) as Value });
      return { ...input, value: block.apply(block.apply(input.value)) as Value };
    },
);

const STEPS = [
  convolution,
  depthwise,
  separable,
  transposed,
  pooling,
  normalization,
  activationLayer,
  resampling,
  edges,
  level,
  merging,
  gate,
  rearrangement,
  dense,
  nested,
] as const;

/** Networks of one to six steps on images of odd and even sizes, batches of one to three. */
export const randomNetworks = fc
  .record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 4, max: 13 }),
      fc.integer({ min: 4, max: 13 }),
      fc.integer({ min: 1, max: 3 }),
    ),
    isFree: fc.boolean(),
    steps: fc.array(fc.oneof(...STEPS), { minLength: 1, maxLength: 6 }),
    seed: fc.nat(),
  })
  .map(({ shape, isFree, steps, seed }): RandomNetwork => {
    const [, height, width, channels] = shape;
    const input = tfl.input({ shape: isFree ? [null, null, channels] : [height, width, channels] });
    // An input alone is no network of tfjs-layers.
    const first = layers.activation({ activation: 'linear' }).apply(input) as Value;
    const { value } = steps.reduce((built, step) => step(built, isFree), { value: first, height, width, channels });
    const model = tfl.model({ inputs: input, outputs: value });
    drawWeights(model, seed);
    return { model, shape, isFree, [fc.toStringMethod]: () => described(model, shape) };
  });

/** A layer of its own at each call: fast-check builds many networks of the same steps. */
function add(make: () => Layer): Step {
  return (input) => {
    const layer = make();
    const [, height, width] = layer.computeOutputShape([1, input.height, input.width, input.channels]) as number[];
    const fits = height !== undefined && width !== undefined && height > 0 && width > 0 && height * width <= MAX_PIXELS;
    return fits ? applied(layer, input) : input;
  };
}

function applied(layer: Layer, input: Built): Built {
  return joined([input], layer);
}

function reshaped(targetShape: (input: Built) => number[]): Step {
  return whereSizeIsKnown((input, isFree) => add(() => layers.reshape({ targetShape: targetShape(input) }))(input, isFree));
}

function whereSizeIsKnown(step: Step): Step {
  return (input, isFree) => (isFree ? input : step(input, isFree));
}

function joined(inputs: readonly Built[], layer: Layer): Built {
  const shapes = inputs.map((input) => [1, input.height, input.width, input.channels]);
  const values = inputs.map(({ value }) => value);
  const [shape, value] = values.length === 1 ? [shapes[0] as number[], values[0] as Value] : [shapes, values];
  const [, height, width, channels] = layer.computeOutputShape(shape) as [number, number, number, number];
  return { value: layer.apply(value) as Value, height, width, channels };
}

function merged(input: Built, { layer, isOfThree }: { layer: Layer; isOfThree: boolean }): Built {
  const branch = applied(layers.conv2d({ filters: input.channels, kernelSize: 3, padding: 'same' }), input);
  return joined([input, branch, ...(isOfThree ? [applied(layers.leakyReLU(), input)] : [])], layer);
}

function described({ layers: all }: tfl.LayersModel, shape: RandomNetwork['shape']): string {
  const calls = all.map((layer) => {
    const options = Object.entries(layer.getConfig()).filter(
      ([key]) => !/name|trainable|nitializer|egularizer|onstraint|layers/.test(key),
    );
    return `${layer.getClassName()} ${JSON.stringify(Object.fromEntries(options))}`;
  });
  return [shape.join(' × '), ...calls].join('\n');
}

/** Kernels that neither blow values up nor let them vanish; all else near what it begins as, different for each channel. */
function drawWeights(model: tfl.LayersModel, seed: number): void {
  const random = createRandom(seed);
  for (const weight of model.weights) {
    const { shape, originalName } = weight;
    const count = (shape as number[]).reduce((product, size) => product * size, 1);
    const isKernel = /kernel/.test(originalName);
    const reach = isKernel ? Math.sqrt(3 / Math.max(1, count / (shape.at(-1) as number))) : 0.25;
    const middle = /gamma|variance/.test(originalName) ? 1 : 0;
    const values = Float32Array.from({ length: count }, () => middle + random.uniform(-reach, reach));
    tf.tidy(() => {
      weight.write(tf.tensor(values, shape as number[]));
    });
  }
}
