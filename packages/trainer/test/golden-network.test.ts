import { describe, expect, it } from 'vitest';
import { differencesOf } from './differences.ts';
import { argumentsOf, convolutionsOf, countsOf, heRule, layersOf, startOf } from './own-network.ts';
import { Comparison } from './v1-differences.ts';
import { comparedTrainers, isObject, type Json, plansOf, table, trainerFor, v1Entry } from './v1-table.ts';

interface V1Network {
  class: string;
  arguments: Json;
  own_attributes: { inference_apply_nonlin?: { class?: string } | string };
  applied_after_construction: {
    what: Json | string;
    conv_weight_sd_times_sqrt_fan_in: number;
    conv_bias_max: number;
  }[];
  layers_without_convolutions: Record<string, Json[]>;
  layer_counts: Json;
  n_parameters: number;
  n_state_dict_entries: number;
  convolutions: string[];
}

/** Arguments that say nothing (no dropout, no limit of channels other than that of the dimension), or say it again. */
const unused = /^(dropout|final_nonlin$|max_num_features$|max_features$|props_decoder$)|_kwargs$/;
/** Layers of the prediction, of the loss, and those that do nothing. */
const besides = /^(Sigmoid|Softmax|RobustCrossEntropyLoss|Identity)$/;

describe.skipIf(table === undefined)("networks of v1's trainers (in ../shared/golden/trainers)", () => {
  const comparison = new Comparison('network');

  it.each(comparedTrainers)('%s', (name) => {
    const differences = plansOf(name).flatMap((plans) => {
      const v1 = v1Entry(name, plans).network as V1Network;
      const trainer = trainerFor(name, plans);
      const network = trainer.network();
      const convolutions = Object.fromEntries(v1.convolutions.map((line) => line.split(': ') as [string, string]));
      return differencesOf(
        {
          class: v1.class,
          arguments: without(v1.arguments, unused),
          nonlinearity: /igmoid/.test(JSON.stringify(v1.own_attributes.inference_apply_nonlin ?? ''))
            ? 'sigmoid'
            : 'softmax',
          convolutions,
          layers: without(v1.layers_without_convolutions, besides),
          layer_counts: without(
            v1.layer_counts as Json,
            /^(Sigmoid|Softmax|RobustCrossEntropyLoss|Identity|LeakyReLU|ReLU|GeLU|Mish)$/,
          ),
          n_parameters: v1.n_parameters,
        },
        {
          class: network.architecture,
          arguments: argumentsOf(network),
          nonlinearity: trainer.nonlinearity(),
          convolutions: convolutionsOf(network),
          layers: layersOf(network),
          ...countsOf(network),
        },
        plans,
      );
    });
    expect(comparison.faults(name, differences)).toEqual([]);
  });

  it.each(comparedTrainers)('%s at the start', (name) => {
    const [plans] = plansOf(name);
    const [first, ...others] = (v1Entry(name, plans!).network as V1Network).applied_after_construction;
    const { what, conv_weight_sd_times_sqrt_fan_in: v1Deviation, conv_bias_max: bias } = first!;
    const network = trainerFor(name, plans!).network();
    const start = startOf(network);
    // v1's is measured too, and rounded
    expect(Math.abs(start.deviation - v1Deviation)).toBeLessThan(0.02);
    expect(what).toEqual(heRule(network));
    expect(start).toMatchObject({ bias, identity: true });
    const residualNormsAtZero = others.some((other) => other.what === 'function init_last_bn_before_add_to_0');
    const lastNorm = /^encoder\.stages\.\d+\.convs\.\d+\.norm2\.weight$/;
    expect(start.zeros.every((norm) => lastNorm.test(norm)) && start.zeros.length > 0).toBe(residualNormsAtZero);
  });

  it('differs wherever a difference is listed as wanted', () => {
    expect(comparison.outdated()).toEqual([]);
  });
});

/** Without entries of these names, at any depth, and without what PyTorch does in place. */
function without(value: Json, names: RegExp): Json {
  const plain = (x: unknown): unknown => (Array.isArray(x) ? x.map(plain) : isObject(x) ? without(x, names) : x);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !names.test(key) && key !== 'inplace')
      .map(([key, x]) => [key, plain(x)]),
  );
}
