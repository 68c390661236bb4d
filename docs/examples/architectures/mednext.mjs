import { add, gelu } from '@nnunet/autodiff/operators';
import { Architecture } from '@nnunet/network';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** Depthwise kernels and residual sums, after MedNeXt. Roy et al. 2023, arXiv:2303.09975. */
export class MedNeXt extends Architecture {
  outputs(x, layers) {
    const { features, pools, kernels, classes } = this.settings;
    let value = layers.convolution(x, { name: 'stem', outputs: features[0] });
    const skips = features.map((outputs, stage) => {
      const size = { outputs, kernel: kernels[stage] };
      if (stage > 0) {
        value = this.block(value, layers, { ...size, name: `down.${stage}`, stride: pools[stage - 1] });
      }
      value = this.block(value, layers, { ...size, name: `encoder.${stage}` });
      return value;
    });
    const outputs = [];
    for (let stage = pools.length - 1; stage >= 0; stage--) {
      const size = { outputs: features[stage], kernel: kernels[stage] };
      const up = layers.up(value, { ...size, name: `up.${stage}`, kernel: pools[stage], bias: true });
      value = this.block(add(up, skips[stage]), layers, { ...size, name: `decoder.${stage}` });
      outputs.unshift(layers.convolution(value, { name: `head.${stage}`, outputs: classes }));
    }
    return outputs;
  }

  /** Each channel on its own, then all channels of each voxel: norm, twice the channels, GELU, and back. */
  block(x, layers, { name, outputs, kernel, stride = 1 }) {
    const channels = x.shape[1];
    const spatial = { name: `${name}.depthwise`, outputs: channels, kernel, stride, groups: channels };
    const normed = layers.norm(layers.convolution(x, spatial), `${name}.norm`);
    const wide = gelu(layers.convolution(normed, { name: `${name}.expansion`, outputs: 2 * channels }));
    const narrow = layers.convolution(wide, { name: `${name}.compression`, outputs });
    return add(narrow, stride === 1 ? x : layers.convolution(x, { name: `${name}.skip`, outputs, stride }));
  }
}

export class MedNeXtTrainer extends nnUNetTrainerV2 {
  networkVariant() {
    return { architecture: 'MedNeXt' };
  }
}
