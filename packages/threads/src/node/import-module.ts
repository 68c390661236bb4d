import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { offerOwnPackages } from './own-packages.ts';

/**
 * Imports a module of the user's, which may import this program's packages without installing them.
 *
 * @param path relative to the working directory
 * @throws NnUNetError 'bad-plugin' saying where the module fails
 */
export async function importModule(path: string): Promise<Record<string, unknown>> {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined)
    throw new NnUNetError('bad-plugin', { what: 'does not exist', where: path, remedy: 'Check the path.' });
  if (kind.isDirectory()) {
    throw new NnUNetError('bad-plugin', {
      what: 'is a folder, not a module',
      where: path,
      remedy: `Give the path of the module in it, such as ${path.replace(/[\\/]+$/, '')}/index.mjs.`,
    });
  }
  offerOwnPackages();
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    const place = await placeOf(cause, path);
    throw new NnUNetError('bad-plugin', {
      what: `cannot be imported: ${cause instanceof Error ? messageOf(cause) : `it throws ${String(cause)}`}${place}`,
      where: path,
      remedy:
        'Give the path of an ES module (.mjs), and install the packages that it imports next to it; those of @nnunet need not be installed.',
      cause,
    });
  }
}

/** File and line in which a module fails, in parentheses; '' if they are not known. */
async function placeOf(cause: unknown, path: string): Promise<string> {
  if (!(cause instanceof Error)) return '';
  const frames = (cause.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('<anonymous>'));
  const thrown = /(file:\S+?):(\d+):\d+\)?$/.exec(frames[0] ?? '');
  const [, file, line] = thrown ?? (cause instanceof SyntaxError ? await placeOfSyntaxError(path) : null) ?? [];
  if (file === undefined) return '';
  const at = relative(dirname(resolve(path)), fileURLToPath(file)) || basename(path);
  return ` (${at}, line ${line})`;
}

/**
 * Errors of the syntax do not tell their place, but a program that ends with one prints it. Nothing of the module runs,
 * because all that it imports is read first.
 */
function placeOfSyntaxError(path: string): Promise<RegExpExecArray | null> {
  return new Promise((done) => {
    execFile(process.execPath, [resolve(path)], { timeout: 10_000 }, (_error, _stdout, stderr) => {
      done(/^(file:\S+?):(\d+)$/m.exec(stderr));
    });
  });
}
