import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Texts of the licences of packages that do not ship theirs. */
const KEPT = fileURLToPath(new URL('.', import.meta.url));

/** Packages whose licences a file contains. */
interface LicenseFile {
  /** Of these of the bundles. */
  of: RegExp;
  /** Packages whose files are passed on beside the bundles. */
  more?: readonly string[];
}

/**
 * Writes the licences of all packages in bundles to files, since whoever passes on the bundle passes on their code. The
 * build fails if a package has none.
 *
 * @param files by their paths
 */
export function licenseTexts(files: Readonly<Record<string, LicenseFile>>): Plugin {
  return {
    name: 'license-texts',
    setup(build) {
      build.onEnd(({ metafile }) => {
        for (const [output, { of, more = [] }] of Object.entries(files)) {
          const bundled = new Set(
            Object.entries(metafile!.outputs)
              .flatMap(([bundle, { inputs }]) => (of.test(bundle) ? Object.entries(inputs) : []))
              .flatMap(([path, { bytesInOutput }]) =>
                bytesInOutput === 0 ? [] : (/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
              ),
          );
          const folders = [...[...bundled].sort(), ...more.map((name) => `node_modules/${name}`)];
          const texts = folders.map((folder) => {
            const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
            return `${name} ${version}\n\n${licenseOf(folder, name).trim()}\n`;
          });
          const file = join(dirname(KEPT), output);
          // Nothing of the bundle is on the disk yet.
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, texts.join('\n\n'));
        }
      });
    },
  };
}

function licenseOf(folder: string, name: string): string {
  const own = readdirSync(folder).find((file) => /^licen[sc]e/i.test(file));
  const path = own === undefined ? join(KEPT, `${name.replace('/', '+')}.txt`) : join(folder, own);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new Error(`${name} has no licence text in its package: put it into ${path}`);
}
