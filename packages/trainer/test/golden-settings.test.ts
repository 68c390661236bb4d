import { describe, expect, it } from 'vitest';
import { shippedTrainers } from '../src/trainer-registry.ts';
import { v1Trainers } from '../src/v1-trainers.fixture.ts';
import { type Difference, differencesOf } from './differences.ts';
import { attributesOf, leftOut, parametersOf } from './own-attributes.ts';
import { comparedTrainers, type Json, plansOf, table, trainerFor, v1Clipping, v1Entry, v1Names } from './v1-table.ts';

interface V1Settings {
  attributes: Json;
  data_aug_params: { do_mirror: boolean; mirror_axes: number[] };
  optimizer: { class: string; param_groups: [Json] } | null;
}

/** How PyTorch computes. */
const means = ['foreach', 'differentiable', 'fused', 'capturable'];

describe.skipIf(table === undefined)("settings and optimisers of v1's trainers (in ../shared/golden/trainers)", () => {
  it.each(comparedTrainers)('%s', (name) => {
    const differences = plansOf(name).flatMap((plans): Difference[] => {
      const v1 = v1Entry(name, plans) as unknown as V1Settings;
      const trainer = trainerFor(name, plans);
      const optimizer = trainer.optimizer(0);
      const own = attributesOf(trainer);
      const compared = Object.keys(v1.attributes).filter((key) => !(key in leftOut));
      const pick = (values: Json) => Object.fromEntries(compared.map((key) => [key, values[key]]));
      const { do_mirror: mirrors, mirror_axes: axes } = v1.data_aug_params;
      const clipping = Number.isFinite(optimizer.clipNorm) ? [optimizer.clipNorm, 2] : null;
      return [
        ...differencesOf(pick(v1.attributes), pick(own), `${plans}.attributes`),
        ...differencesOf(mirrors ? axes : [], trainer.mirrorAxes(), `${plans}.mirroring`),
        ...differencesOf(v1Clipping(name) ?? null, clipping, `${plans}.clipping`),
        ...(v1.optimizer === null
          ? []
          : differencesOf(
              { class: v1.optimizer.class, ...without(v1.optimizer.param_groups[0], means) },
              parametersOf(optimizer, trainer.settings().initialLearningRate),
              `${plans}.optimizer`,
              1e-12,
            )),
      ];
    });
    expect(differences).toEqual([]);
  });
});

it.skipIf(table === undefined)('compares every trainer that there is, of all that v1 has', () => {
  expect(comparedTrainers).toEqual(shippedTrainers.names().sort());
  expect([...v1Names.keys()].sort()).toEqual([...v1Trainers].sort());
});

function without(value: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.includes(key)));
}
