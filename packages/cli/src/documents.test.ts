import { readdirSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { expect, it } from 'vitest';
import { documents } from './documents.ts';

const folder = new URL('../schemas/', import.meta.url).pathname;

/** After a wanted change: `npx vitest run packages/cli/src/documents.test.ts -u`. */
it.each(Object.entries(documents))('%s is described for programs by its schema', async (name, document) => {
  const schema = { title: `What a command writes with --json: ${name}`, ...toJsonSchema(document) };
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(`${folder}${name}.schema.json`);
});

it('schemas of other documents are not kept', () => {
  const names = Object.keys(documents).map((name) => `${name}.schema.json`);
  expect(readdirSync(folder).sort()).toEqual(names.sort());
});
