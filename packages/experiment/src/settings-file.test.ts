import { toJsonSchema } from '@valibot/to-json-schema';
import { expect, it } from 'vitest';
import { settingsWith } from './settings.fixture.ts';
import { parseSettings, settingsSchema } from './settings-file.ts';

it('reads any part of the settings, and all of them', () => {
  expect(parseSettings({ $schema: 'experiment.schema.json', folds: [0, 'all'] }, 'f')).toEqual({ folds: [0, 'all'] });
  const all = settingsWith({ arguments: { train: ['--epochs', '3'] }, sbatch: { all: '--partition=gpu' } });
  expect(parseSettings(JSON.parse(JSON.stringify(all)), 'f')).toEqual(all);
  expect(parseSettings({ prediction: { images: 'a', output: 'b' } }, 'f').prediction).toEqual({
    images: 'a',
    output: 'b',
    references: null,
    parts: 1,
  });
});

it.each([
  [{ fold: [0] }, /key "fold": there is no such setting/],
  [{ folds: ['0'] }, /key "folds.0": the number of a fold, or "all", expected; found "0"/],
  [{ folds: [-1] }, /key "folds.0": the number of a fold, or "all", expected; found -1/],
  [{ folds: [1.5] }, /key "folds.0": the number of a fold, or "all", expected; found 1.5/],
  [{ folds: 0 }, /key "folds": a list of folds expected; found 0/],
  [{ configurations: '2d' }, /key "configurations": a list of configurations expected; found "2d"/],
  [{ prediction: { images: 'a', output: 'b', part: 2 } }, /key "prediction.part": there is no such setting/],
  [{ prediction: { images: 'a', output: 'b', parts: '2' } }, /an integer of 1 or more expected; found "2"/],
  [{ prediction: { images: 'a', output: 'b', parts: 1.5 } }, /an integer of 1 or more expected; found 1.5/],
  [{ configurations: ['a/b'] }, /key "configurations.0": letters, digits/],
  [{ arguments: { training: [] } }, /there is no such kind of job; there are all, prepare, train/],
  [{ name: '../other' }, /key "name": letters, digits/],
  [{ prediction: { images: 'a', output: 'b', parts: 0 } }, /an integer of 1 or more expected/],
  [[], /an object expected/],
])('refuses %j', (value, message) => {
  expect(() => parseSettings(value, 'my.json')).toThrow(message);
});

/** After a wanted change: `npx vitest run packages/experiment/src/settings-file.test.ts -u`. */
it('is described for editors by experiment.schema.json', async () => {
  const schema = { title: 'Settings of an experiment (nnUNet_run --settings)', ...toJsonSchema(settingsSchema) };
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../experiment.schema.json');
});
