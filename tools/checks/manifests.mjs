// Checks every package's manifest: fields that follow from the workspace's own, `sideEffects` beside the code, exact
// versions of dependencies that are the same everywhere; and, on the packed files, what npm and TypeScript make of it
// (publint, "Are the types wrong?"), and that they hold what belongs there and nothing else.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { contentFaults, manifests, packPackages, published, tarballOf } from '../setup/tarballs.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const workspace = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const tarballs = mkdtempSync(join(tmpdir(), 'nnunet-tarballs-'));
const faults = [];
try {
  packPackages(tarballs);
  faults.push(...versionFaults());
  for (const folder of published) {
    const manifest = manifests.get(folder);
    faults.push(...fieldFaults(folder, manifest), ...contentFaults(tarballs, folder));
    faults.push(...(await packedFaults(folder, manifest)));
  }
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`manifests: ${manifests.size} packages`);

function versionFaults() {
  const found = [];
  const versions = new Map();
  for (const [folder, manifest] of manifests) {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const [dependency, version] of Object.entries({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    })) {
      if (dependency.startsWith('@nnunet/')) {
        if (version !== 'workspace:^') found.push(`${folder}: ${dependency} is "${version}", say "workspace:^"`);
        continue;
      }
      if (!/^\d/.test(version)) found.push(`${folder}: ${dependency} is "${version}", give the exact version`);
      const other = versions.get(dependency) ?? version;
      if (other !== version) found.push(`${folder}: ${dependency} is ${version} here and ${other} elsewhere`);
      versions.set(dependency, version);
    }
  }
  return found;
}

function fieldFaults(folder, manifest) {
  const { url } = workspace.repository;
  const address = url.replace(/^git\+/, '').replace(/\.git$/, '');
  const expected = {
    name: `@nnunet/${folder}`,
    homepage: `${address}/tree/main/packages/${folder}#readme`,
    bugs: `${address}/issues`,
    repository: { type: 'git', url, directory: `packages/${folder}` },
    license: workspace.license,
    type: 'module',
    engines: workspace.engines,
  };
  const found = Object.entries(expected).flatMap(([field, value]) =>
    JSON.stringify(manifest[field]) === JSON.stringify(value) ? [] : [`${field} must be ${JSON.stringify(value)}`],
  );
  if (!/^[A-Z].+\.$/.test(manifest.description ?? '')) found.push('description must be a sentence');
  if (!(manifest.keywords?.length >= 2 && manifest.keywords.includes('nnu-net')))
    found.push('keywords must hold "nnu-net" and what the package is about');
  return [...found, ...sideEffectFaults(folder, manifest)].map((fault) => `${folder}: ${fault}`);
}

/**
 * What a bundler may not leave out: commands and threads, which are started by their file. Nothing else does a thing when
 * imported, but the scripts of a page, which nothing imports.
 */
function sideEffectFaults(folder, { bin, sideEffects }) {
  const sources = `${root}packages/${folder}/src`;
  const doing = readdirSync(sources, { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture|d)\.ts$/.test(file))
    .filter((file) => !file.startsWith('browser/'))
    .filter((file) => doesSomething(readFileSync(`${sources}/${file}`, 'utf8')));
  const isThread = (file) => /^node\/[\w-]+-worker\.ts$/.test(file);
  const expected = [
    ...(bin === undefined ? [] : ['./bin/*.mjs']),
    ...(doing.some(isThread) ? ['./dist/node/*-worker.js'] : []),
  ];
  const value = JSON.stringify(expected.length > 0 ? expected : false);
  return [
    ...doing.filter((file) => !isThread(file)).map((file) => `src/${file} does something when it is imported`),
    ...(JSON.stringify(sideEffects) === value ? [] : [`sideEffects must be ${value}`]),
  ];
}

/** Whether a module has statements beside declarations, or imports another for what that does. */
function doesSomething(text) {
  return ts
    .createSourceFile('module.ts', text, ts.ScriptTarget.Latest)
    .statements.some((statement) =>
      ts.isImportDeclaration(statement)
        ? statement.importClause === undefined
        : !ts.isExportDeclaration(statement) &&
          !ts.isDeclarationStatement(statement) &&
          !ts.isVariableStatement(statement),
    );
}

async function packedFaults(folder, manifest) {
  const bytes = readFileSync(join(tarballs, tarballOf(folder)));
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { messages } = await publint({ level: 'suggestion', pack: { tarball } });
  const { types, problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  // The packages are ES modules: Node 10 is not supported, and `require` of an ES module works from Node 20.19 on.
  const real = problems.filter(({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind));
  return [
    ...messages.map((message) => formatMessage(message, manifest)),
    ...(types ? [] : ['the packed files have no types: build first']),
    ...real.map((problem) => `types: ${JSON.stringify(problem)}`),
  ].map((fault) => `${folder}: ${fault}`);
}
