import type { Expression } from '@nnunet/autodiff';
import { add, averagePool, concat } from '@nnunet/autodiff/operators';
import { Architecture } from './architecture.ts';
import type { Layers } from './layers.ts';
import { computeUNet, type NetworkOperations } from './network-operations.ts';
import type { UNetLayers } from './unet-layers.ts';

/** An architecture that is a list of layers. */
export abstract class UNet extends Architecture {
  abstract unetLayers(): UNetLayers;

  override layerOrder(): string[] {
    return this.unetLayers().order.map(({ name }) => name);
  }

  /** Always the outputs at every resolution. */
  override outputs(x: Expression, layers: Layers): readonly Expression[] {
    const zero = this.settings.initialisation?.zeroResidualNorms === true;
    const operations: NetworkOperations<Expression> = {
      block: (value, { convolution, norm, activated }) =>
        layers.block(value, {
          ...convolution,
          name: { convolution: convolution.name, norm: norm?.name ?? '' },
          activated,
          scale: zero && norm?.beforeSum ? 0 : 1,
        }),
      nonlinearity: (value) => layers.nonlinearity(value),
      up: (value, layer) => layers.up(value, layer),
      head: (value, layer) => layers.convolution(value, layer),
      averagePool,
      concat: (a, b) => concat([a, b], 1),
      add,
    };
    return computeUNet(this.unetLayers(), operations, { x, deepSupervision: true });
  }
}
