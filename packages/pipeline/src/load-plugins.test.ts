import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preprocessorByName } from '@nnunet/preprocess';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { loadPlanners } from './load-planners.ts';
import { loadTrainers } from './load-trainers.ts';

const root = temporaryFolder();
function plugin(name: string, text: string): string {
  const file = join(root, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
}
const classWith = (name: string, ...methods: string[]) =>
  `export class ${name} { ${methods.map((method) => `${method}() {}`).join(' ')} }`;

const others = [
  'export const number = 3;',
  'export const arrow = () => 1;',
  'export const alike = { prototype: { plan() {}, planStage() {}, recipe() {}, describeModel() {} } };',
].join('\n');

it('takes the planners among the exports of a module, and its preprocessors', async () => {
  const mine = plugin(
    'planners',
    [
      others,
      classWith('MyPlanner', 'plan', 'planStage'),
      'export { MyPlanner as again };',
      classWith('PlansOnly', 'plan'),
      classWith('StagesOnly', 'planStage'),
      classWith('MyPreprocessor', 'preprocess'),
    ].join('\n'),
  );
  expect((await loadPlanners([mine])).map(({ name }) => name)).toEqual(['MyPlanner']);
  expect(preprocessorByName('MyPreprocessor').name).toBe('MyPreprocessor');
  expect(await loadPlanners([])).toEqual([]);
  const same = plugin('same', classWith('MyPlanner', 'plan', 'planStage'));
  await expect(loadPlanners([mine, same])).rejects.toMatchObject({ tag: 'name-taken', where: same });
  const shipped = plugin('shipped', classWith('ExperimentPlanner3D_v21', 'plan', 'planStage'));
  await expect(loadPlanners([shipped])).rejects.toThrow(/ExperimentPlanner3D_v21 exists already/);
  await expect(loadPlanners([join(root, 'none.mjs')])).rejects.toMatchObject({ tag: 'bad-plugin' });
});

it('takes the trainers among the exports of a module', async () => {
  const mine = plugin(
    'trainers',
    [
      others,
      classWith('MyTrainer', 'recipe', 'describeModel'),
      'export { MyTrainer as again };',
      classWith('RecipeOnly', 'recipe'),
      classWith('ModelOnly', 'describeModel'),
    ].join('\n'),
  );
  const registry = await loadTrainers([mine]);
  const own = registry.names().filter((name) => !name.startsWith('nnUNetTrainer'));
  expect(own).toEqual(['MyTrainer']);
  expect((await loadTrainers([])).names()).not.toContain('MyTrainer');
});
