/**
 * What a recipe or a person may say about learning from another network: plain data, read by the other files here.
 *
 * Layers are named by patterns over the names of `layer-names.ts`; `*` stands for any characters, so `down*` is the
 * encoder of our U-Net and `*` all of a network.
 * @module
 */

/** Layer transfer (report 001): weights of another network as the first weights of this one. */
export interface TransferSpec {
  /** A training run, a bundle that was exported with its trained networks, or the `trained/` folder of one. */
  readonly source: string;
  /** The stage of the source whose network it is. */
  readonly stage: string;
  /** Patterns of the layers to copy. */
  readonly copy: readonly string[];
}

/** Layers that keep their weights for a phase of training. */
export interface FreezeSpec {
  /** Patterns of the layers. */
  readonly layers: readonly string[];
  /**
   * Batch normalisations among them. `learns`: they are left out of the freezing, weights and moving statistics alike, as
   * fastai does (report 004). `fixed`: they normalise by their moving statistics, as in inference, and keep them.
   */
  readonly batchNormalization: 'learns' | 'fixed';
}

/** Conservation training (report 001): what it costs to leave the outputs of the network that training began with. */
export interface ConservationSpec {
  /** Of the penalty beside the loss, ≥ 0. */
  readonly weight: number;
  /** By which both networks' logits are divided before they become probabilities, > 0; absent: {@link TEMPERATURE}. */
  readonly temperature?: number;
}

/** Of Learning without Forgetting (Li & Hoiem, arXiv:1606.09282), which chose it on held-out data. */
export const TEMPERATURE = 2;
