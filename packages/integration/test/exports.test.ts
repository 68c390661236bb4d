import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, published, repository } from './commands.ts';
import { PublicDeclarations } from './declarations.ts';

const declarations = new PublicDeclarations(published);

/** What a package offers is a promise: names and types. What changes of it is to be seen in the change that does it. */
it.each(published)('%s offers what its api.md says', async (name) => {
  const accept = 'If the change is meant: npx vitest run packages/integration/test/exports.test.ts -u';
  const report = `# What \`@nnunet/${name}\` declares\n\n${declarations.report(name)}`;
  await expect(report, accept).toMatchFileSnapshot(join(repository, 'packages', name, 'api.md'));
});

/** Long lists of names that their README gives by kind. */
const byKind = /\/(operators|planners|preprocessors|transforms)$/;

it.each(published)('%s names in its README what it offers, at most about fifteen values an entry', async (name) => {
  const readme = readFileSync(join(repository, 'packages', name, 'README.md'), 'utf8');
  for (const { path, values } of declarations.entries.get(name)!) {
    if (byKind.test(path)) continue;
    // Pipeline has about one function per command.
    expect(values.length, path).toBeLessThanOrEqual(name === 'pipeline' ? 22 : 15);
    if (name !== 'cli') expect(values.filter((one) => !new RegExp(`\\b${one}\\b`).test(readme))).toEqual([]);
  }
});

/** All names that the sources of the packages export, for users or for each other, apart from constants of v1. */
function exportedNames(): Set<string> {
  const declared = /^export (?:async |abstract )*(?:function\*?|class|const|interface|type) (\w*[a-z]\w*)/gm;
  const sources = published.flatMap((name) => {
    const folder = join(repository, 'packages', name, 'src');
    return filesBelow(folder).flatMap((file) => (/\.ts$/.test(file) ? [readFileSync(join(folder, file), 'utf8')] : []));
  });
  return new Set(sources.flatMap((text) => [...text.matchAll(declared)].map(([, name]) => name!)));
}

it('documents name only what can be imported', () => {
  // Members of what is public count too: some are called like an internal function.
  const known = new Set(published.flatMap((name) => declarations.report(name).match(/\w+/g)!));
  const internal = [...exportedNames()].filter((name) => !known.has(name));
  const named = new RegExp(`\`(${internal.join('|')})\\b(?!\\.ts\`)[^\`]*\``, 'g');
  const documents = [
    'README.md',
    ...published.map((name) => `packages/${name}/README.md`),
    ...['docs', '.changeset'].flatMap((folder) =>
      readdirSync(join(repository, folder)).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : [])),
    ),
  ];
  const found = documents.flatMap((document) =>
    [...readFileSync(join(repository, document), 'utf8').matchAll(named)].map(([name]) => `${document}: ${name}`),
  );
  expect(internal.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});
