import { add, concat, interpolate, multiply, relu, sigmoid } from '@nnunet/autodiff/operators';
import { Architecture } from '@nnunet/network';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** The U-Net of the plans, with an attention gate on each skip connection. Oktay et al. 2018, arXiv:1804.03999. */
export class AttentionUNet extends Architecture {
  outputs(x, layers) {
    const { features, pools, kernels, classes } = this.settings;
    const twice = (value, name, stage, stride = 1) => {
      const block = { outputs: features[stage], kernel: kernels[stage] };
      return layers.block(layers.block(value, { ...block, name: `${name}.0`, stride }), {
        ...block,
        name: `${name}.1`,
      });
    };
    const stages = [];
    for (const stage of features.keys()) {
      stages.push(twice(stages.at(-1) ?? x, `encoder.${stage}`, stage, pools[stage - 1]));
    }
    let value = stages.pop();
    const outputs = [];
    for (let stage = pools.length - 1; stage >= 0; stage--) {
      const gated = this.gate(stages[stage], value, layers, { name: `gate.${stage}`, stride: pools[stage] });
      const up = layers.up(value, { name: `up.${stage}`, outputs: features[stage], kernel: pools[stage] });
      value = twice(concat([up, gated], 1), `decoder.${stage}`, stage);
      outputs.unshift(layers.convolution(value, { name: `head.${stage}`, outputs: classes, bias: false }));
    }
    return outputs;
  }

  /** Weights the voxels of a skip connection, from 0 to 1, by what the coarser stage found there. */
  gate(skip, coarse, layers, { name, stride }) {
    const outputs = skip.shape[1] / 2;
    const query = layers.convolution(coarse, { name: `${name}.query`, outputs });
    const key = layers.convolution(skip, { name: `${name}.key`, outputs, stride });
    const weight = layers.convolution(relu(add(query, key)), { name: `${name}.weight`, outputs: 1 });
    return multiply(skip, interpolate(sigmoid(weight), skip.shape.slice(2), { mode: 'linear' }));
  }
}

export class AttentionTrainer extends nnUNetTrainerV2 {
  networkVariant() {
    return { architecture: 'AttentionUNet' };
  }
}
