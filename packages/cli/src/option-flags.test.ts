import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { optionFlags, withFlags } from './option-flags.ts';

it('puts flags for the options that a message names', () => {
  const text = (message: string, command = 'nnUNet_train') => withFlags(message, command);
  expect(text('`batchSize` 2 fits.')).toBe('--batch_size 2 fits.');
  expect(text('Leave out `device`.', 'nnUNet_predict')).toBe('Leave out --device.');
  expect(text('`root` and `nothingKnown`, `two words`')).toBe('--root and `nothingKnown`, `two words`');
  // Of the command that is named, else of the one that runs, else of the one that has it.
  expect(text('nnUNet_predict `saveSoftmax`, or nnUNet_train `saveSoftmax`', 'nnUNet_ensemble')).toBe(
    'nnUNet_predict -z, or nnUNet_train --npz',
  );
  expect(text('again with `saveSoftmax`', 'nnUNet_predict')).toBe('again with -z');
  expect(text('smaller `batchSize` or `gpuMemoryTarget`')).toBe('smaller --batch_size or --gpu_memory_target');
  expect(text('or add `strict: false`', 'nnUNet_export_model_to_zip')).toBe('or add --disable_strict');
});

it('names a flag that turns something off as such', () => {
  const entries = Object.values(optionFlags).flatMap((flags) => Object.entries(flags));
  const off = entries.filter(([, flag]) => /^--?(disable|not|no)_/.test(flag));
  expect(off.length).toBeGreaterThan(3);
  expect(off.filter(([option]) => !/: false$|^disable/.test(option))).toEqual([]);
});

it('knows flags that the commands have', () => {
  const usages = readFileSync(new URL('../fixtures/usages.txt', import.meta.url), 'utf8')
    .split('usage: ')
    .slice(1);
  const flagsOf = new Map(usages.map((usage) => [/\S+/.exec(usage)![0], usage.match(/(?<=[ [])-[\w-]+/g)]));
  for (const [command, flags] of Object.entries(optionFlags)) {
    for (const flag of Object.values(flags)) expect(flagsOf.get(command), command).toContain(flag);
  }
});

it('knows a flag of every option that a message names', () => {
  const packages = new URL('../../', import.meta.url).pathname;
  const codeOnly = ['checkpointMinutes', 'dataset', 'fold', 'order'];
  const known = new Set(['root', ...codeOnly, ...Object.values(optionFlags).flatMap((flags) => Object.keys(flags))]);
  const files = readdirSync(packages)
    .filter((name) => existsSync(`${packages}${name}/src`))
    .flatMap((name) => readdirSync(`${packages}${name}/src`, { recursive: true }).map((file) => `${name}/src/${file}`))
    // What runs in browsers alone has no commands.
    .filter((file) => !/^inference\/src\/(load-model|tab-[\w-]+)\.ts$/.test(file));
  const unknown = files
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(packages + file, 'utf8');
      const checks = text.matchAll(/\brequire(?:Integer|Positive|OneOf)\(\s*'([\w.]+)'/g);
      const messages = [...text.matchAll(/\b(?:what|where|remedy):\s*(?:\w[^'`,;]*)?['`].*/g)];
      const named = messages.flatMap(([message]) => [...message.matchAll(/\\?`([\w.]+(?:: \w+)?)\\?`/g)]);
      return [...checks, ...named].flatMap(([, option]) => (known.has(option!) ? [] : [`${file}: ${option}`]));
    });
  expect(unknown).toEqual([]);
});
