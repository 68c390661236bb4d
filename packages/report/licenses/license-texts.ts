import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Texts of the licences of packages that do not ship theirs. */
const KEPT = fileURLToPath(new URL('.', import.meta.url));

/**
 * Writes the licences of all packages in a bundle to a file, since whoever passes on the bundle passes on their code.
 * The build fails if a package has none.
 */
export function licenseTexts(output: string): Plugin {
  return {
    name: 'license-texts',
    setup(build) {
      build.onEnd(({ metafile }) => {
        const folders = new Set(
          Object.values(metafile!.outputs)
            .flatMap(({ inputs }) => Object.entries(inputs))
            .flatMap(([path, { bytesInOutput }]) =>
              bytesInOutput === 0 ? [] : (/^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
            ),
        );
        const texts = [...folders].sort().map((folder) => {
          const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
          return `${name} ${version}\n\n${licenseOf(folder, name).trim()}\n`;
        });
        const file = join(dirname(KEPT), output);
        // Nothing of the bundle is on the disk yet.
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, texts.join('\n\n'));
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
