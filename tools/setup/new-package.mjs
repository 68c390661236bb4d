// Writes the skeleton of a package: node tools/setup/new-package.mjs NAME "one job in one sentence" [node] [dep ...]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [name, description, ...rest] = process.argv.slice(2);
if (!name || !description) {
  console.error('usage: node tools/setup/new-package.mjs NAME "one job" [node] [dep ...]');
  process.exit(2);
}
const node = rest[0] === 'node';
const deps = node ? rest.slice(1) : rest;
const folder = new URL(`../../packages/${name}/`, import.meta.url);
if (existsSync(folder)) {
  console.error(`packages/${name} exists already`);
  process.exit(1);
}
mkdirSync(new URL(node ? 'src/node/' : 'src/', folder), { recursive: true });
const { repository, license, engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const entry = (file) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
const manifest = {
  name: `@nnunet/${name}`,
  version: '0.0.0',
  description,
  keywords: ['nnu-net', name],
  homepage: `${address}/tree/main/packages/${name}#readme`,
  bugs: `${address}/issues`,
  repository: { ...repository, directory: `packages/${name}` },
  license,
  type: 'module',
  sideEffects: false,
  engines,
  exports: {
    '.': entry('index'),
    ...(node ? { './node': entry('node/index') } : {}),
    './package.json': './package.json',
  },
  files: ['dist', 'README.md'],
  scripts: { build: 'tsup' },
  dependencies: Object.fromEntries(deps.sort().map((d) => [`@nnunet/${d}`, 'workspace:^'])),
};
writeFileSync(new URL('package.json', folder), `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(
  new URL('tsup.config.ts', folder),
  "import { build } from '../../tsup.base.ts';\n\nexport default build;\n",
);
writeFileSync(new URL('src/index.ts', folder), 'export {};\n');
if (node) writeFileSync(new URL('src/node/index.ts', folder), 'export {};\n');
const example = `import {} from '@nnunet/${name}';\n\nconsole.log(); // what it prints\n`;
writeFileSync(new URL('README.md', folder), `# @nnunet/${name}\n\n${description}\n\n\`\`\`ts\n${example}\`\`\`\n`);
