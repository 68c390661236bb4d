import {
  add,
  concat,
  gelu,
  layerNorm,
  matmul,
  multiply,
  reshape,
  softmax,
  transpose,
} from '@nnunet/autodiff/operators';
import { Architecture } from '@nnunet/network';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

const heads = 8;

/** A U-Net with a transformer at the bottleneck, after TransUNet. Chen et al. 2021, arXiv:2102.04306. */
export class TransformerUNet extends Architecture {
  outputs(x, layers) {
    const { features, pools, kernels, classes } = this.settings;
    const block = (value, name, stage, stride = 1) =>
      layers.block(value, { name, outputs: features[stage], kernel: kernels[stage], stride });
    let value = x;
    const skips = features.map((_, stage) => {
      value = block(value, `encoder.${stage}`, stage, pools[stage - 1]);
      return value;
    });
    value = this.transformer(value, layers);
    const outputs = [];
    for (let stage = pools.length - 1; stage >= 0; stage--) {
      const up = layers.up(value, { name: `up.${stage}`, outputs: features[stage], kernel: pools[stage] });
      value = block(concat([up, skips[stage]], 1), `decoder.${stage}`, stage);
      outputs.unshift(layers.convolution(value, { name: `head.${stage}`, outputs: classes, bias: false }));
    }
    return outputs;
  }

  /** Attention among all voxels, then a perceptron for each, both in residual sums. One token per voxel. */
  transformer(x, layers) {
    const [samples, channels, ...size] = x.shape;
    const tokens = size.reduce((a, b) => a * b);
    const start = { normal: 0.02 };
    const linear = (value, name, outputs) =>
      matmul(value, layers.parameter(`transformer.${name}`, [value.shape.at(-1), outputs], start));
    const norm = (value, name) => {
      const scale = layers.parameter(`transformer.${name}.scale`, [channels], 1);
      const shift = layers.parameter(`transformer.${name}.shift`, [channels], 0);
      return layerNorm(value, scale, shift);
    };
    // A parameter of the size of the patch: the network works with this patch size only.
    const position = layers.parameter('transformer.position', [tokens, channels], start);
    const before = add(transpose(reshape(x, [samples, channels, tokens]), [0, 2, 1]), position);
    const normed = norm(before, 'first');
    const [query, key, value] = ['query', 'key', 'value'].map((name) => {
      const split = reshape(linear(normed, name, channels), [samples, tokens, heads, channels / heads]);
      return transpose(split, [0, 2, 1, 3]);
    });
    const likeness = multiply(matmul(query, transpose(key, [0, 1, 3, 2])), (channels / heads) ** -0.5);
    const found = transpose(matmul(softmax(likeness, -1), value), [0, 2, 1, 3]);
    const between = add(before, linear(reshape(found, [samples, tokens, channels]), 'projection', channels));
    const wide = gelu(linear(norm(between, 'second'), 'expansion', 4 * channels));
    const after = add(between, linear(wide, 'compression', channels));
    return reshape(transpose(after, [0, 2, 1]), x.shape);
  }
}

export class TransformerTrainer extends nnUNetTrainerV2 {
  networkVariant() {
    return { architecture: 'TransformerUNet' };
  }
}
