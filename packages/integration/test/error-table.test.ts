import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TAGS } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { repository } from './commands.ts';

const tags = Object.entries(ERROR_TAGS);

/** After changing the tags, update the page with `npx vitest run packages/integration/test/error-table.test.ts -u`. */
it('docs/errors.md lists every tag', async () => {
  const rows = tags.map(([tag, [meaning, remedy]]) => `| \`${tag}\` | ${meaning} | ${remedy} |`);
  const page = `# Errors

This page lists all error tags. Each \`NnUNetError\` of \`@nnunet/errors\` has \`tag\`, \`what\` (the problem), \`where\` (the file, folder or option) and \`remedy\`; its \`message\` combines them. To check for a tag in code, use \`isNnUNetError(error, 'missing-file')\`. Commands exit with 2 for \`usage\` and with 1 for all other errors.

| tag | meaning | what to do |
|---|---|---|
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot(join(repository, 'docs/errors.md'));
});

it('every tag is thrown somewhere', () => {
  const packages = join(repository, 'packages');
  const files = readdirSync(packages, { recursive: true })
    .map(String)
    .filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file) && !/\.(test|fixture)\.ts$|error-tags\.ts$/.test(file));
  const source = files.map((file) => readFileSync(join(packages, file), 'utf8')).join('\n');
  expect(tags.map(([tag]) => tag).filter((tag) => !source.includes(`'${tag}'`))).toEqual([]);
});
