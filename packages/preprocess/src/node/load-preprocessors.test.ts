import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { preprocessorByName } from '../preprocessor-registry.ts';
import { loadPreprocessors } from './load-preprocessors.ts';

function module(text: string): string {
  const path = join(temporaryFolder(), 'mine.mjs');
  writeFileSync(path, text);
  return path;
}

it('makes classes with a method preprocess known by their names, once', async () => {
  const path = module(`
    export class LoadedForThisTest { preprocess() {} }
    export class NoPreprocessor { process() {} }
    export const preprocess = () => 7;
    export const number = 7;
    export const nothing = null;
  `);
  await loadPreprocessors([path]);
  const found = preprocessorByName('LoadedForThisTest');
  expect(found.name).toBe('LoadedForThisTest');
  for (const name of ['NoPreprocessor', 'preprocess', 'number', 'nothing']) {
    expect(() => preprocessorByName(name)).toThrow(`no preprocessor called ${name}`);
  }
  await loadPreprocessors([path, path]);
  expect(preprocessorByName('LoadedForThisTest')).toBe(found);
});

it('refuses a module that cannot be imported, or a name that is taken', async () => {
  const broken = module('export class {');
  await expect(loadPreprocessors([broken])).rejects.toMatchObject({ tag: 'bad-plugin', where: broken });
  const taken = module('export class GenericPreprocessor { preprocess() {} }');
  await expect(loadPreprocessors([taken])).rejects.toMatchObject({ tag: 'usage' });
});
