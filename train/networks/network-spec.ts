/**
 * What a recipe says about its network: plain values, which a run writes to its files. `index.ts` builds it.
 * @module
 */

export type NetworkSpec = EnetSpec | UnetSpec | Resnet34UnetSpec;

/** ENet of Paszke et al. (arXiv:1606.02147), as report 003 uses it. */
export interface EnetSpec {
  readonly kind: 'enet';
  /** Share of a bottleneck's channels dropped in training. @defaultValue the paper's */
  readonly dropout?: EnetDropout;
}

export interface EnetDropout {
  /** In section 1. */
  readonly first: number;
  /** In the sections after it. */
  readonly rest: number;
}

/** A U-Net (Ronneberger et al., arXiv:1505.04597) with convolutions that keep the size: any size of image. */
export interface UnetSpec {
  readonly kind: 'unet';
  /** Filters of each level from the top to the bottom; one pooling lies between neighbours. */
  readonly filters: readonly number[];
  /** What follows each of a level's two 3×3 convolutions, in this order. */
  readonly afterConvolution: readonly UnetStep[];
  /** What follows each 2×2 max-pooling. */
  readonly afterPooling: readonly UnetStep[];
  /** What follows each concatenation of an up-sampled value with the encoder's. */
  readonly afterConcatenation: readonly UnetStep[];
  readonly upsampling: UnetUpsampling;
  readonly outputKernelSize: 1 | 3;
  /** Halves the image before the first level; the outputs are doubled again. Absent: the first level sees all pixels. */
  readonly stem?: UnetStem;
}

/**
 * A convolution of stride 2, followed by what follows the others; at the other end the outputs come from a transposed
 * convolution of 2 × 2, which is the same as four outputs a pixel put side by side (Shi et al., arXiv:1609.05158).
 */
export interface UnetStem {
  readonly filters: number;
  /** Even, so that it lies evenly over the pixels that it halves. */
  readonly kernelSize: 2 | 4;
}

export type UnetStep =
  | { readonly kind: 'relu' }
  | {
      readonly kind: 'normalize';
      readonly epsilon: number;
      /** Share of a batch's statistics in the moving ones at each step: PyTorch's momentum, 1 − Keras' momentum. */
      readonly momentum: number;
    }
  /** Whole channels dropped in training. */
  | { readonly kind: 'drop-channels'; readonly rate: number }
  /** Single values dropped in training. */
  | { readonly kind: 'drop-values'; readonly rate: number };

export type UnetUpsampling =
  /** Strided by 2, to the filters of the level above; linear. */
  | { readonly kind: 'transposed-convolution'; readonly kernelSize: 2 | 3 }
  /** Doubled, corners kept in place, all channels kept. */
  | { readonly kind: 'bilinear' };

/** U-Net with the encoder of a ResNet-34 (He et al., arXiv:1512.03385) and fastai's decoder. */
export interface Resnet34UnetSpec {
  readonly kind: 'resnet34-unet';
}
