import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from '@nnunet/errors';
import { classWith, objectWith, recognition } from '@nnunet/errors/internal';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { loadPlugins } from './load-plugins.ts';

const folder = temporaryFolder();
const nets = { noun: 'architecture', unknown: 'unknown-architecture' as const, ...classWith('outputs', 'layerOrder') };
const metrics = { noun: 'metric', unknown: 'unknown-metric' as const, ...objectWith('score') };
const form = { classes: true, objectsWith: 'name', methods: ['epochEnded', 'finished'], some: true } as const;
const listeners = { noun: 'listener', unknown: 'unknown-listener' as const, ...recognition(form) };
const registries = {
  nets: new Registry<unknown>(nets, {}),
  metrics: new Registry<unknown>(metrics, {}),
  listeners: new Registry<unknown>(listeners, {}),
};

function moduleOf(text: string, name = `${text.length}.mjs`): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const load = (path: string) => loadPlugins([path], registries, { everyKind: true });

it('loads entries of every kind, with what else a module exports', async () => {
  const text = `
    export class Base { layerOrder() {} }
    export class Net extends Base { outputs() {} }
    export const adamW = { name: 'AdamW', state() {}, step() {} };
    export default class Other extends Net {}
    export const mine = { name: 'mine', score() {} };`;
  const loaded = await load(moduleOf(text));
  expect([loaded.nets.names().sort(), loaded.metrics.names()]).toEqual([['Net', 'Other'], ['mine']]);
});

it.each([
  [
    'a misspelt method',
    'export class Net { output() {} layerOrder() {} }',
    'Net is almost an architecture, but has output instead of outputs',
  ],
  [
    'an entry with a misspelt method',
    "export const told = { name: 'told', finished() {}, epochEnd() {} };",
    'told is a listener, but has epochEnd instead of epochEnded',
  ],
  [
    'a misspelt method beside an entry',
    "export const a = { name: 'a', score() {} }, b = { name: 'b', scores() {} };",
    'b is almost a metric, but has scores instead of score',
  ],
  ['nothing', 'const a = 1;', 'exports no architecture, metric or listener: it exports nothing'],
  [
    'nothing of any kind',
    'export const a = 1, b = () => 2;',
    'exports no architecture, metric or listener: it exports only a, b',
  ],
])('refuses a module with %s', async (_, text, what) => {
  const where = moduleOf(text);
  await expect(load(where)).rejects.toMatchObject({ tag: 'bad-plugin', where, what });
});

it('asks nothing of modules if it knows only some kinds', async () => {
  const { metrics: loaded } = await loadPlugins([moduleOf('export const none = 0;')], { metrics: registries.metrics });
  expect(loaded.names()).toEqual([]);
});

const built = new URL('../../dist/node/index.js', import.meta.url);
/** Loads modules one after the other in Node itself: Vitest reads modules in its own way. */
const program = `
  import { Registry } from '@nnunet/errors';
  import { classWith } from '@nnunet/errors/internal';
  import { loadPlugins } from '${built.href}';
  const nets = { noun: 'architecture', unknown: 'unknown-architecture', ...classWith('outputs') };
  const load = (path) => loadPlugins([path], { nets: new Registry(nets, {}) });
  const refusals = [];
  for (const path of process.argv.slice(1)) await load(path).catch(({ what }) => refusals.push(what));
  console.log(JSON.stringify(refusals));`;

it.skipIf(!existsSync(built))('says where a module fails', () => {
  mkdirSync(join(folder, 'lib'));
  const modules = [
    moduleOf('export const a = 1;\n\nexport const b = ;\n', 'lib/wrong.mjs'),
    moduleOf("import './lib/wrong.mjs';\n", 'importing.mjs'),
    moduleOf('\nundefinedThing();\n', 'throwing.mjs'),
    moduleOf("\n\nJSON.parse('{');\n", 'parsing.mjs'),
    moduleOf('throw null;'),
    moduleOf('export default class { outputs() {} }'),
    join(folder, 'none.mjs'),
    join(folder, 'lib/'),
  ];
  const args = ['--input-type=module', '-e', program, ...modules];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([
    "cannot be imported: Unexpected token ';' (wrong.mjs, line 3)",
    "cannot be imported: Unexpected token ';' (lib/wrong.mjs, line 3)",
    'cannot be imported: undefinedThing is not defined (throwing.mjs, line 2)',
    expect.stringMatching(/^cannot be imported: .*JSON.* \(parsing\.mjs, line 3\)$/),
    'cannot be imported: it throws null',
    'an architecture has no name',
    'does not exist',
    'is a folder, not a module',
  ]);
});

it.skipIf(!existsSync(built))('lets modules import the packages of the program, and what these depend on', () => {
  // As pnpm installs them: each package sees only what it depends on.
  const install = (at: string, name: string, text: string, ...dependencies: string[]) => {
    mkdirSync(join(folder, at), { recursive: true });
    const needed = Object.fromEntries(dependencies.map((dependency) => [dependency, '*']));
    moduleOf(
      JSON.stringify({ name, type: 'module', exports: './index.js', dependencies: needed }),
      `${at}/package.json`,
    );
    return moduleOf(text, `${at}/index.js`);
  };
  const main = `
    import { loadPlugins } from '${built.href}';
    await loadPlugins([process.argv[2]], {}).then(() => console.log('loaded'), ({ what }) => console.log(what));`;
  const program = install('program', 'program', main, '@nnunet/outer');
  install('program/node_modules/@nnunet/outer', '@nnunet/outer', '', '@nnunet/inner');
  const inner = 'program/node_modules/@nnunet/outer/node_modules/@nnunet/inner';
  install(inner, '@nnunet/inner', 'export const one = 1;');
  const loading = (name: string) => {
    const module = moduleOf(`import '${name}';`, 'importing-packages.mjs');
    return spawnSync(process.execPath, [program, module], { encoding: 'utf8' }).stdout.trim();
  };
  expect(loading('@nnunet/outer')).toBe('loaded');
  expect(loading('@nnunet/inner')).toBe('loaded');
  expect(loading('@nnunet/nothing')).toMatch(/^cannot be imported: Cannot find package '@nnunet\/nothing'/);
  expect(loading('inner')).toMatch(/^cannot be imported: Cannot find package 'inner'/);
});
