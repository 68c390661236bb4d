import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as augment from '../src/index.ts';

it('runs the first example of the README', async () => {
  const text = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(text)![1]!;
  const names = /import \{ (.*) \} from '@nnunet\/augment';/.exec(code)![1]!;
  const printed: unknown[] = [];
  const AsyncFunction = (async () => undefined).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const run = new AsyncFunction(
    'augment',
    'console',
    `const { ${names} } = augment;\n${code.replace(/^import.*$/m, '')}`,
  );
  await run(augment, { log: (value: unknown) => printed.push(value) });
  const expected = [...code.matchAll(/\/\/ (\[.*\])$/gm)].map((m) => JSON.parse(m[1]!));
  expect(printed).toEqual(expected);
  expect(printed.length).toBe(2);
});
