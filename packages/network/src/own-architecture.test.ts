import { type Expression, reachable } from '@nnunet/autodiff';
import { concat } from '@nnunet/autodiff/operators';
import { expect, it } from 'vitest';
import { Architecture } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { checkNetworkDescription } from './check-network.ts';
import { describeNetwork, type NetworkVariant } from './describe-network.ts';
import { buildInference } from './inference-graph.ts';
import type { Layers } from './layers.ts';
import { diceAndCrossEntropy } from './loss.ts';
import type { NetworkDescription } from './network-description.ts';
import { initialiseWeights, parameterShapes } from './parameters.ts';
import { buildTrainingStep } from './training-step.ts';

const parts = ['conv_blocks_localization', 'conv_blocks_context', 'tu', 'seg_outputs'];
const place = (name: string) => parts.indexOf(name.split('.')[0]!);

/** v1's Generic_UNet, as a plug-in would write it. */
class OwnUNet extends Architecture {
  override outputs(x: Expression, layers: Layers) {
    const { features, kernels, pools, classes, convolutionsPerStage } = this.settings;
    const depth = pools.length;
    const names = (name: string) => ({ convolution: `${name}.conv`, norm: `${name}.instnorm` });
    const twoStacks = (name: string, i: number) =>
      i < convolutionsPerStage - 1 ? `${name}.0.blocks.${i}` : `${name}.1.blocks.0`;
    const skips: Expression[] = [];
    let y = x;
    for (const [stage, outputs] of features.entries()) {
      for (let i = 0; i < convolutionsPerStage; i++) {
        const base = `conv_blocks_context.${stage}`;
        const name = names(stage < depth ? `${base}.blocks.${i}` : twoStacks(base, i));
        const stride = i === 0 ? (pools[stage - 1] ?? 1) : 1;
        y = layers.block(y, { name, outputs, kernel: kernels[stage]!, stride });
      }
      skips.push(y);
    }
    const outputs: Expression[] = [];
    for (let step = 0; step < depth; step++) {
      const stage = depth - 1 - step;
      y = layers.up(y, { name: `tu.${step}`, outputs: features[stage]!, kernel: pools[stage]! });
      y = concat([y, skips[stage]!], 1);
      for (let i = 0; i < convolutionsPerStage; i++) {
        const name = names(twoStacks(`conv_blocks_localization.${step}`, i));
        y = layers.block(y, { name, outputs: features[stage]!, kernel: kernels[stage + 1]! });
      }
      outputs.unshift(layers.convolution(y, { name: `seg_outputs.${step}`, outputs: classes, bias: false }));
    }
    return outputs;
  }

  override layerOrder(names: readonly string[]) {
    return [...names].sort((a, b) => place(a) - place(b));
  }
}

const pools = {
  '3D': [
    [1, 2, 2],
    [2, 2, 2],
  ],
  '2D': [
    [2, 2],
    [2, 2],
  ],
};

function describeBoth(kind: '2D' | '3D', variant: NetworkVariant = {}) {
  const patch = kind === '3D' ? [4, 8, 12] : [16, 8];
  const stage = {
    patch_size: patch,
    batch_size: 2,
    num_pool_per_axis: patch.map(() => 2),
    pool_op_kernel_sizes: pools[kind],
    conv_kernel_sizes: [...pools[kind], []].map(() => patch.map(() => 3)),
  } as never;
  const plans = {
    num_modalities: 2,
    num_classes: 2,
    base_num_features: 12,
    conv_per_stage: 2,
    plans_per_stage: { 0: stage },
  };
  const architectures = shippedArchitectures.with(OwnUNet);
  const own = describeNetwork(plans, 0, { variant: { ...variant, architecture: 'OwnUNet' }, architectures });
  return { shipped: describeNetwork(plans, 0, { variant }), own, patch };
}

/** Everything that a graph consists of. */
function contents(outputs: Readonly<Record<string, Expression>>) {
  const list = reachable(Object.values(outputs));
  const at = new Map(list.map(({ id }, i) => [id, i]));
  return [
    list.map(({ op, inputs, attributes, shape }) => ({
      op,
      inputs: inputs.map(({ id }) => at.get(id)),
      attributes,
      shape,
    })),
    Object.entries(outputs).map(([name, { id }]) => [name, at.get(id)]),
  ];
}

const variants: [string, NetworkVariant][] = [
  ['instance norm', {}],
  ['batch norm', { norm: 'batch' }],
  ['group norm, GELU', { norm: 'group', normGroups: 4, nonlinearity: 'gelu' }],
  ['filter response norm', { norm: 'filterResponse', nonlinearity: 'none' }],
  ['no norm, one output', { norm: 'none', deepSupervision: false }],
];

it.each(variants)('is the same network as data and built in, in 2D and 3D: %s', (_, variant) => {
  for (const kind of ['2D', '3D'] as const) {
    const { shipped, own, patch } = describeBoth(kind, variant);
    expect(own.graph?.fixed).toBeUndefined();
    const stored: NetworkDescription = checkNetworkDescription(JSON.parse(JSON.stringify(own)), 'model');
    expect(parameterShapes(stored)).toEqual(parameterShapes(shipped));
    const weights = initialiseWeights(shipped, 3);
    expect([...initialiseWeights(stored, 3)]).toEqual([...weights]);
    for (const [patchSize, batchSize] of [
      [patch, 2],
      [patch.map((n) => 2 * n), 3],
    ] as const) {
      const [a, b] = [shipped, stored].map((description) => {
        const options = { description, patchSize, batchSize, loss: diceAndCrossEntropy({ batchDice: true }) };
        return [buildTrainingStep(options), buildInference({ ...options, weights })].map(({ outputs }) =>
          contents(outputs),
        );
      });
      expect(b).toEqual(a);
    }
  }
});
