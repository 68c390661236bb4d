import type { Expression } from '@nnunet/autodiff';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { Architecture } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { checkNetworkDescription } from './check-network.ts';
import { describeNetwork } from './describe-network.ts';
import type { Layers } from './layers.ts';

class Dropping extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const wide = layers.dropout(layers.block(x, { name: 'wide', outputs: 4 }), 0.5);
    return [layers.convolution(wide, { name: 'head', outputs: this.settings.classes })];
  }
}

const stored = JSON.stringify(
  describeNetwork(tinyPlans([8, 8]), 0, {
    variant: { architecture: 'Dropping', deepSupervision: false, norm: 'batch' },
    architectures: shippedArchitectures.with(Dropping),
  }),
);

// biome-ignore lint/suspicious/noExplicitAny: a file may contain anything
type Damage = (graph: any) => void;

// biome-ignore lint/suspicious/noExplicitAny: as above
const maskOf = (graph: any) => graph.training.nodes.find((node: any) => node.attributes?.name === 'mask0').attributes;

it.each<[string, Damage, string]>([
  ['nothing', () => {}, ''],
  ['the loss of the prediction', (graph) => delete graph.prediction, 'a prediction without dropouts'],
  ['dropouts in the prediction', (graph) => Object.assign(graph.prediction, { dropouts: [0.5] }), 'without dropouts'],
  ['statistics in the prediction', (graph) => Object.assign(graph.prediction, { statistics: [] }), 'without dropouts'],
  ['a large dropout', (graph) => Object.assign(graph.training, { dropouts: [5] }), 'probabilities of dropouts'],
  ['a dropout of nothing', (graph) => Object.assign(graph.training, { dropouts: [null] }), 'probabilities of dropouts'],
  ['statistics that are no list', (graph) => Object.assign(graph.training, { statistics: {} }), 'a list of batch'],
  ['a count in words', (graph) => Object.assign(graph.training.statistics[0], { count: '5' }), 'with their counts'],
  ['a mask of other samples', (graph) => Object.assign(maskOf(graph), { shape: [60_000, 4] }), 'samples and channels'],
  ['a mask of too many channels', (graph) => Object.assign(maskOf(graph), { shape: [2, 1e6] }), 'samples and channels'],
  ['a start of another kind', (graph) => Object.assign(graph.parameters[0], { start: { normall: 1 } }), 'one of he'],
  ['no start', (graph) => Object.assign(graph.parameters[0], { start: null }), 'one of he'],
  ['a word for a flag', (graph) => Object.assign(graph, { fixed: 'no' }), '`fixed` is true'],
])('a file with %s', (_, damage, message) => {
  const network = JSON.parse(stored);
  damage(network.graph);
  const check = () => checkNetworkDescription(network, 'model');
  if (message === '') expect(check).not.toThrow();
  else expect(check).toThrow(message);
});
