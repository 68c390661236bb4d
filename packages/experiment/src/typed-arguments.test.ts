import { expect, it } from 'vitest';
import { pluginModules } from './plugin-modules.ts';
import { optionValue, optionValues } from './typed-arguments.ts';

it('finds the values of an option in both forms, of which the last counts', () => {
  const words = ['--lr', '0.1', '--epochs=5', '-pl2d', 'Mine', '--lr=0.2', '--name=a=b', '--planner2d', 'None'];
  expect(optionValues(words, ['--lr'])).toEqual(['0.1', '0.2']);
  expect(optionValue(words, ['--lr'])).toBe('0.2');
  expect(optionValue(words, ['--epochs'])).toBe('5');
  expect(optionValue(words, ['--name'])).toBe('a=b');
  expect(optionValue(words, ['-pl2d', '--planner2d'])).toBe('None');
  expect(optionValue(words, ['--seed'])).toBeUndefined();
});

it('finds the modules of every command once', () => {
  const train = ['--plugin', 'a.mjs', '--epochs', '3', '--plugin=b.mjs'];
  expect(pluginModules({ arguments: { all: ['--root', 'r'], prepare: ['--plugin', 'c.mjs'], train } })).toEqual([
    'c.mjs',
    'a.mjs',
    'b.mjs',
  ]);
  expect(pluginModules({ arguments: { train, predict: train } })).toEqual(['a.mjs', 'b.mjs']);
});
