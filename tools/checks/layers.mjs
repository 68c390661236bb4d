// Checks that imports between packages follow the layer table, that only `network` imports onnxruntime, that the table
// and the diagram in ARCHITECTURE.md are right, that no cycle exists within a package, and that no document imports
// internals. With --write, the diagram is written from the manifests.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { layers } from './layer-table.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
process.chdir(root);

const faults = [];
// Packages of tests alone (no src) may import everything.
const folders = readdirSync('packages').filter((name) => existsSync(`packages/${name}/src`));
for (const name of folders) {
  if (!(name in layers)) faults.push(`packages/${name} is not in tools/checks/layer-table.mjs: give it a layer`);
}
const architecture = readFileSync('ARCHITECTURE.md', 'utf8');
for (const [name, layer] of Object.entries(layers)) {
  if (!folders.includes(name))
    faults.push(`tools/checks/layer-table.mjs names ${name}, but packages/${name} is missing`);
  if (!new RegExp(`^\\| ${layer} \\| \`${name}\` \\|`, 'm').test(architecture)) {
    faults.push(`ARCHITECTURE.md has no row "| ${layer} | \`${name}\` |": its table must be the one that is checked`);
  }
}

const [drawn] = /```mermaid\nflowchart BT\n.*?```/s.exec(architecture) ?? [];
const diagram = `\`\`\`mermaid\nflowchart BT\n${arrows().join('\n')}\n\`\`\``;
if (drawn === undefined) faults.push('ARCHITECTURE.md has no diagram "flowchart BT"');
else if (drawn !== diagram) {
  if (process.argv.includes('--write'))
    writeFileSync(
      'ARCHITECTURE.md',
      architecture.replace(drawn, () => diagram),
    );
  else faults.push('The diagram in ARCHITECTURE.md is not that of the manifests: node tools/checks/layers.mjs --write');
}

const sources = folders.map((name) => `packages/${name}/src`);
const { output } = await cruise(
  sources,
  {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$|/dist/' },
    tsPreCompilationDeps: true,
    ruleSet: {
      forbidden: [{ name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } }],
    },
    validate: true,
  },
  { extensions: ['.ts', '.js'] },
  { tsConfig: extractTSConfig(fileURLToPath(new URL('../../tsconfig.json', import.meta.url))) },
);

const packageOf = (path) => /^packages\/([^/]+)\//.exec(path)?.[1];
let imports = 0;
for (const module of output.modules) {
  const from = packageOf(module.source);
  if (from === undefined) continue;
  for (const dependency of module.dependencies) {
    if (dependency.module.startsWith('onnxruntime') && from !== 'network') {
      faults.push(`${module.source} imports ${dependency.module}: only packages/network may`);
    }
    const to = /^@nnunet\/([^/]+)/.exec(dependency.module)?.[1] ?? packageOf(dependency.resolved);
    if (to === undefined) continue;
    imports++;
    if (to === from) continue;
    if (to === 'testing' && !module.source.endsWith('.fixture.ts')) {
      faults.push(`${module.source} imports @nnunet/testing: only tests and fixtures may`);
    }
    if (!(layers[to] < layers[from])) {
      const way = layers[to] === layers[from] ? 'sideways' : 'upwards';
      faults.push(
        `${module.source} (layer ${layers[from]}) imports @nnunet/${to} (layer ${layers[to]}): ${way}. Move what both need to a lower layer.`,
      );
    }
  }
}
for (const { from, to, cycle } of output.summary.violations) {
  faults.push(`${from} and ${to} import each other: ${(cycle ?? []).map((c) => c.name ?? c).join(' -> ')}`);
}

// What users read and copy uses only what is promised.
const documents = [
  'README.md',
  ...folders.map((name) => `packages/${name}/README.md`).filter(existsSync),
  ...readdirSync('docs', { recursive: true }).map((name) => `docs/${name}`),
];
for (const document of documents.filter((name) => /\.(mjs|ts|md)$/.test(name))) {
  const quoted = /(?:['"]|\(`)(@nnunet\/[\w/-]+\/internal|[^'"`\s]*packages\/[\w-]+\/(?:src|dist)\b[^'"`\s]*)['"`]/g;
  for (const [, path] of readFileSync(document, 'utf8').matchAll(quoted))
    faults.push(`${document} imports ${path}, which may change at any time: export what it needs`);
}

const seen = output.modules.filter((m) => packageOf(m.source) !== undefined).length;
if (seen < folders.length || imports === 0)
  faults.push(`only ${seen} modules and ${imports} imports were seen: the check sees nothing; repair it`);
if (faults.length > 0) {
  console.error(faults.join('\n'));
  console.error(`layers: ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}`);
  process.exit(1);
}
console.log(`layers: ${seen} modules, ${imports} imports, all downwards`);

/** Arrows from each package to those that depend on it, without those that follow from others. */
function arrows() {
  const names = Object.keys(layers).filter((name) => name !== 'testing');
  const manifests = new Map(
    names.map((name) => [name, JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))]),
  );
  const needs = (name, kind) => {
    const own = Object.keys(manifests.get(name)[kind] ?? {}).map((dependency) => dependency.replace('@nnunet/', ''));
    return own.filter((dependency) => manifests.has(dependency));
  };
  const below = (name) => needs(name, 'dependencies').flatMap((one) => [one, ...below(one)]);
  const direct = new Map(
    names.map((name) => {
      const needed = needs(name, 'dependencies');
      const indirect = new Set(needed.flatMap(below));
      return [name, needed.filter((one) => !indirect.has(one))];
    }),
  );
  return names.flatMap((name) => {
    const users = names.filter((user) => direct.get(user).includes(name));
    const optional = names.filter((user) => needs(user, 'peerDependencies').includes(name));
    return [
      ...(users.length > 0 ? [`  ${name} --> ${users.join(' & ')}`] : []),
      ...(optional.length > 0 ? [`  ${name} -.->|if installed| ${optional.join(' & ')}`] : []),
    ];
  });
}
