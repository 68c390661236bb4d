import type { Expression } from '@nnunet/autodiff';
import { relu } from '@nnunet/autodiff/operators';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { Architecture, type ArchitectureClass } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { changedNetwork } from './changed-network.ts';
import { describeNetwork, type NetworkVariant } from './describe-network.ts';
import type { Layers } from './layers.ts';
import { normKinds } from './network-settings.ts';

const shipped = (variant: NetworkVariant = {}) => describeNetwork(tinyPlans([8, 8]), 0, { variant });
const built = shipped();

it.each<[string, NetworkVariant, string[]]>([
  ['nothing', {}, []],
  ['what is the default', { nonlinearity: 'leakyRelu', negativeSlope: 0.01 }, []],
  ['how weights start', { initialisation: { slope: 1 } }, []],
  ['the slope', { negativeSlope: 0.2 }, ['negativeSlope was 0.01 and is 0.2']],
  ['the nonlinearity', { nonlinearity: 'gelu' }, ['nonlinearity was the default and is "gelu"']],
  [
    'the norm',
    { norm: 'batch', normEpsilon: 1e-3 },
    ['norm was "instance" and is "batch"', 'normEpsilon was 0.00001 and is 0.001'],
  ],
  ['outputs', { deepSupervision: false }, ['deepSupervision was true and is false']],
])('says what changes with a variant of %s', (_, variant, changes) => {
  expect(changedNetwork(built, shipped(variant))).toEqual(changes);
});

it('tells all norms apart', () => {
  const networks = normKinds.map((norm) => shipped({ norm, normGroups: 2 }));
  for (const [i, before] of networks.entries())
    for (const now of networks.slice(i)) {
      const changes = before === now ? [] : [`norm was "${before.norm}" and is "${now.norm}"`];
      expect(changedNetwork(before, now)).toEqual(changes);
    }
});

const named = (outputs: (x: Expression, layers: Layers, classes: number) => Expression): ArchitectureClass =>
  class Mine extends Architecture {
    override outputs(x: Expression, layers: Layers) {
      return [outputs(x, layers, this.settings.classes)];
    }
  };
const own = (architecture: ArchitectureClass, { patch = [8, 8], norm = 'batch' as const } = {}) =>
  describeNetwork(tinyPlans(patch), 0, {
    variant: { architecture: 'Mine', deepSupervision: false, norm },
    architectures: shippedArchitectures.with(architecture),
  });
const block = (x: Expression, layers: Layers) => layers.block(x, { name: 'a', outputs: 4 });

it('compares what architectures of your own compute, whatever their patch', () => {
  const plain = named((x, layers, outputs) => layers.convolution(block(x, layers), { name: 'b', outputs }));
  const twice = named((x, layers, outputs) => layers.convolution(relu(block(x, layers)), { name: 'b', outputs }));
  const before = JSON.parse(JSON.stringify(own(plain)));
  expect(changedNetwork(before, own(plain, { patch: [16, 8] }))).toEqual([]);
  expect(changedNetwork(before, own(twice))).toEqual(['Mine computes its outputs in another way']);
  expect(changedNetwork(built, before)[0]).toBe('architecture was "Generic_UNet" and is "Mine"');
});
