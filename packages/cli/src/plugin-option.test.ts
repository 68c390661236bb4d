import { delimiter } from 'node:path';
import { ArgumentParser } from 'argparse';
import { expect, it } from 'vitest';
import { addPluginOption, pluginsOf } from './plugin-option.ts';

it('names modules by option, by environment variable, or both, each once', () => {
  const parser = new ArgumentParser();
  addPluginOption(parser);
  const args = parser.parse_args(['--plugin', 'a.mjs', '--plugin', 'b.mjs']);
  expect(pluginsOf(args, {})).toEqual(['a.mjs', 'b.mjs']);
  expect(pluginsOf(args, { nnUNet_plugins: ['c.mjs', 'a.mjs'].join(delimiter) })).toEqual(['c.mjs', 'a.mjs', 'b.mjs']);
  const none = parser.parse_args([]);
  expect(pluginsOf(none, {})).toEqual([]);
  expect(pluginsOf(none, { nnUNet_plugins: ['', 'c.mjs', '', 'd.mjs'].join(delimiter) })).toEqual(['c.mjs', 'd.mjs']);
});
