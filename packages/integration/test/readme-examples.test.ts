import { describe, expect, it } from 'vitest';
import { manifests, published } from './commands.ts';
import { promisedOutput, readmeExample, readmeOf, runExample, typeErrors } from './readme-examples.ts';
import { exampleFiles } from './readme-files.ts';

const isCommands = (name: string) => manifests.get(name)?.bin !== undefined;

it.each([...manifests.keys()])('%s has a README that says what it is', (name) => {
  expect(readmeOf(name)).toMatch(/^# .+\n\n\w.+\.\n/);
});

describe('the first example in the README of', () => {
  it.each(published)('%s is short and whole', (name) => {
    const { language, code } = readmeExample(name);
    expect(language).toBe(isCommands(name) ? 'bash' : 'ts');
    expect(code).toContain(isCommands(name) ? 'nnUNet_' : `from '@nnunet/${name}`);
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(25);
    expect(code).not.toContain('…');
  });

  it.each(published)('%s prints what its comments say', async (name) => {
    const promised = promisedOutput(readmeExample(name));
    expect(promised).not.toBe('');
    const { code, stdout, stderr } = await runExample(name, readmeExample(name));
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(promised);
  });
});

it('the examples in TypeScript have no errors of types', () => {
  const examples = published.filter((name) => !isCommands(name)).map((name) => [name, readmeExample(name).code]);
  expect(typeErrors(Object.fromEntries(examples))).toEqual([]);
});

it('files are made for examples that there are', () => {
  expect(published).toEqual(expect.arrayContaining(Object.keys(exampleFiles)));
});
