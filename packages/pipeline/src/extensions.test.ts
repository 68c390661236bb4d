import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { loadExtensions, shippedExtensions } from './extensions.ts';

it('sorts what a module exports by kind', async () => {
  const module = join(temporaryFolder(), 'mine.mjs');
  writeFileSync(
    module,
    `export const format = { extensions: ['.mine'], read() {} };
     export const robust = { name: 'robust', normalize() {} };
     export const metric = { name: 'Mine', score() {} };
     export const shift = { name: 'shift', draw() {}, apply() {} };
     export class Bell { finished() {} }
     export class MyPlanner { plan() {} planStage() {} targetSpacing() {} }
     export class MyPlannerV2 { plan() {} planConfiguration() {} }
     export class MyTrainer { recipe() {} describeModel() {} }
     export class MyTrainerV2 { recipe() {} lossOf() {} }
     export const text = 'shift';`,
  );
  const loaded = await loadExtensions([module]);
  const added = Object.entries(loaded).map(([kind, registry]) => {
    const shipped = shippedExtensions[kind as keyof typeof loaded].names();
    return [kind, registry.names().filter((name) => !(shipped as string[]).includes(name)), registry.modules];
  });
  expect(added).toEqual([
    ['planners', ['MyPlanner'], [module]],
    ['plannersV2', ['MyPlannerV2'], [module]],
    ['preprocessors', [], [module]],
    ['normalizations', ['robust'], [module]],
    ['trainers', ['MyTrainer'], [module]],
    ['trainersV2', ['MyTrainerV2'], [module]],
    ['architectures', [], [module]],
    ['formats', ['.mine'], [module]],
    ['transforms', ['shift'], [module]],
    ['listeners', ['Bell'], [module]],
    ['metrics', ['Mine'], [module]],
  ]);
});
