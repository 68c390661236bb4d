import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NnUNetError } from '@nnunet/errors';

/**
 * Returns the folder with the site that the build made: the page, its scripts and ONNX Runtime, without a model.
 *
 * @throws NnUNetError 'not-built'
 */
export function siteFolder(): string {
  const near = import.meta.url;
  const folder = fileURLToPath(new URL(near.endsWith('.ts') ? '../dist/browser' : './browser', near));
  if (existsSync(join(folder, 'index.html'))) return folder;
  throw new NnUNetError('not-built', {
    what: 'the page for the browser is missing',
    where: folder,
    remedy: 'Build the packages (npm run build), or install them again.',
  });
}
