// Checks every package's manifest as npm and TypeScript would read it (publint on the packed files), and that versions of
// a dependency are exact and the same everywhere.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('../../', import.meta.url));
const faults = [];
const versions = new Map();
const folders = readdirSync(`${root}packages`);
for (const name of folders) {
  const pkgDir = `${root}packages/${name}`;
  const manifest = JSON.parse(readFileSync(`${pkgDir}/package.json`, 'utf8'));
  for (const [dependency, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  })) {
    if (dependency.startsWith('@nnunet/')) {
      if (version !== 'workspace:^') faults.push(`${name}: ${dependency} is "${version}", say "workspace:^"`);
      continue;
    }
    if (!/^\d/.test(version)) faults.push(`${name}: ${dependency} is "${version}", give the exact version`);
    const other = versions.get(dependency);
    if (other !== undefined && other !== version)
      faults.push(`${name}: ${dependency} is ${version} here and ${other} elsewhere`);
    versions.set(dependency, version);
  }
  if (manifest.private) continue;
  const { messages } = await publint({ pkgDir, level: 'warning', pack: 'npm' });
  for (const message of messages) faults.push(`${name}: ${formatMessage(message, manifest)}`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`manifests: ${folders.length} packages`);
