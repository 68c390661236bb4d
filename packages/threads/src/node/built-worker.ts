import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NnUNetError } from '@nnunet/errors';

/**
 * Returns the path of a package's built worker module, whose source is `src/node/<name>.ts`. Threads run the built file
 * even if the caller runs from source (`src/node/`) or from a chunk that the build placed next to the entries
 * (`dist/`).
 *
 * @param near the caller's `import.meta.url`
 * @throws NnUNetError 'not-built'
 */
export function builtWorker(near: string, name: string): string {
  const places = near.endsWith('.ts') ? [`../../dist/node/${name}.js`] : [`./${name}.js`, `./node/${name}.js`];
  const paths = places.map((place) => fileURLToPath(new URL(place, near)));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new NnUNetError('not-built', {
    what: 'the file that worker threads run is missing',
    where: paths[0],
    remedy: 'Build the packages (npm run build), or install them again.',
  });
}
