import { describe, expect, it } from 'vitest';
import { type Difference, differencesOf } from './differences.ts';
import { trainingTransforms, validationTransforms } from './own-transforms.ts';
import { Comparison } from './v1-differences.ts';
import { comparedTrainers, type Json, plansOf, table, trainerFor, v1Entry } from './v1-table.ts';
import { transformsOf } from './v1-transforms.ts';

/** Of v1's loaders; the rest says how they read files, or follows from these. */
const ofLoader = ['class', 'batch_size', 'patch_size', 'final_patch_size', 'oversample_foreground_percent', 'pad_mode'];

describe.skipIf(table === undefined)("augmentation of v1's trainers (in ../shared/golden/trainers)", () => {
  const comparison = new Comparison('augmentation');

  it.each(comparedTrainers)('%s', (name) => {
    const differences = plansOf(name).flatMap((plans) => {
      const entry = v1Entry(name, plans) as Record<string, Json>;
      const trainer = trainerFor(name, plans);
      const recipe = trainer.recipe(trainer.stagePlans.batch_size);
      const regions = trainer.regionNames();
      const { patchSize, batchSize, loaderPatchSize, oversampleForeground, cascade } = recipe;
      const loader = {
        class: patchSize.length === 3 ? 'DataLoader3D' : 'DataLoader2D',
        batch_size: batchSize,
        final_patch_size: patchSize,
        oversample_foreground_percent: oversampleForeground,
        pad_mode: 'constant',
        ...(patchSize.length === 3 ? { has_prev_stage: cascade !== null } : {}),
      };
      const v1Loader = (which: string) =>
        Object.fromEntries(
          Object.entries(entry[which]!).filter(([key]) => [...ofLoader, 'has_prev_stage'].includes(key)),
        );
      const parts: [string, unknown, unknown][] = [
        ['loader_train', v1Loader('loader_train'), { ...loader, patch_size: loaderPatchSize }],
        ['loader_validation', v1Loader('loader_validation'), { ...loader, patch_size: patchSize }],
        ...compareLists(
          'transforms_train',
          transformsOf(entry.transforms_train as never),
          trainingTransforms(recipe, regions),
        ),
        ...compareLists(
          'transforms_validation',
          transformsOf(entry.transforms_validation as never),
          validationTransforms(recipe, regions),
        ),
      ];
      return parts.flatMap(([key, v1, own]): Difference[] => differencesOf(v1, own, `${plans}.${key}`));
    });
    expect(comparison.faults(name, differences)).toEqual([]);
  });

  it('differs wherever a difference is listed as wanted', () => {
    expect(comparison.outdated()).toEqual([]);
  });
});

/** The names in order, and each transform by its number and name. */
function compareLists(key: string, v1: [string, Json][], own: [string, Json][]): [string, unknown, unknown][] {
  const names = (list: [string, Json][]) => list.map(([name]) => name);
  return [
    [`${key}.order`, names(v1), names(own)],
    ...v1.flatMap(([name, attributes], i): [string, unknown, unknown][] =>
      own[i]?.[0] === name ? [[`${key}.${name}`, attributes, own[i][1]]] : [],
    ),
  ];
}
