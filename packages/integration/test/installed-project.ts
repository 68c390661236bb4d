import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect } from 'vitest';
import { manifests, repository } from './commands.ts';

/** Where projects lie, outside of the workspace. */
export const folder = temporaryFolder();
const tarballs = join(folder, 'tarballs');

/** Third-party packages come from the registry: where it does not answer, nothing can be installed. */
const { status: registry } = spawnSync(
  'npm',
  ['view', 'fflate@0.8.3', 'version', '--fetch-retries=0', '--fetch-timeout=15000'],
  { timeout: 60_000, shell: process.platform === 'win32' },
);
export const offline = registry !== 0;
export const why = '(skipped where the npm registry does not answer)';

export function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  expect(status, `${command} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Packages and all `@nnunet` packages that they need. */
export function withDependencies(...names: string[]): Set<string> {
  const found = new Set<string>(names);
  for (const name of found)
    for (const dependency of Object.keys(manifests.get(name)!.dependencies ?? {}))
      if (dependency.startsWith('@nnunet/')) found.add(dependency.slice('@nnunet/'.length));
  return found;
}

/** Makes the tarballs of the built packages. @returns the line that installs the commands */
export function packAll(): string {
  const printed = run(process.execPath, [join(repository, 'tools/setup/pack.mjs'), '--out', tarballs], repository);
  return /^ {2}(npm install -g .+)$/m.exec(printed)![1]!;
}

/** Installs packages from their tarballs, as a user would who has no workspace; third-party packages come from the registry. */
function install(project: string, names: Iterable<string>): void {
  const files = [...names].map((name) => join(tarballs, `nnunet-${name}-${manifests.get(name)!.version}.tgz`));
  mkdirSync(project, { recursive: true });
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...files], project);
}

/** An empty project with packages installed, and what they need. */
export function projectWith(name: string, ...packages: string[]): string {
  const project = join(folder, name);
  mkdirSync(project);
  const manifest = { name: 'project', version: '1.0.0', type: 'module', private: true };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  install(project, withDependencies(...packages));
  return project;
}
