import type { Expression } from '@nnunet/autodiff';
import type { Layers } from './layers.ts';
import type { NetworkSettings } from './network-settings.ts';

/**
 * The computation of a network. To define your own, extend this class and write `outputs`; it is found by its class
 * name. `this.settings` are those of the plans and the trainer: channels, classes, features, pools, kernels and so on.
 */
export abstract class Architecture {
  readonly settings: NetworkSettings;

  constructor(settings: NetworkSettings) {
    this.settings = settings;
  }

  /**
   * Computes the logits from `layers`, and operators of `@nnunet/autodiff/operators`. Called for several batch and
   * patch sizes, in training and prediction; it must make the same network each time.
   *
   * @param x (samples, inputChannels, …patch)
   * @returns (samples, classes, …size) each: first the size of the patch, and with deep supervision one more after each
   * but the last of `settings.pools`
   */
  abstract outputs(x: Expression, layers: Layers): readonly Expression[];

  /**
   * Returns the names of all layers in the order in which files list their parameters.
   *
   * @param names in the order of first use, which is the default
   */
  layerOrder(names: readonly string[]): readonly string[] {
    return names;
  }
}

export type ArchitectureClass = new (settings: NetworkSettings) => Architecture;
