import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NnUNetError } from '@nnunet/errors';
import { siteFolder } from '@nnunet/web/internal';

/**
 * Reads a file that the build made for the browser from `src/browser`.
 *
 * @throws NnUNetError 'not-built'
 */
export function browserFile(name: string): Buffer {
  const near = import.meta.url;
  const place = near.endsWith('.ts') ? '../../dist/browser/' : './browser/';
  const path = fileURLToPath(new URL(place + name, near));
  if (existsSync(path)) return readFileSync(path);
  throw new NnUNetError('not-built', {
    what: 'a part of the page of reports is missing',
    where: path,
    remedy: 'Build the packages (npm run build), or install them again.',
  });
}

/** Reads a file of the viewer of volumes. @throws NnUNetError 'not-built' */
export function viewerFile(name: string): Buffer {
  return readFileSync(join(siteFolder(), name));
}

/** Source expression of a Content-Security-Policy that allows exactly this script or style sheet. */
export function hashSource(text: string | Buffer): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
