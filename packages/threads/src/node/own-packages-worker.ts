// Hooks of Node's module loader, in the thread that Node runs them in: see own-packages.ts.
import { existsSync, readFileSync } from 'node:fs';
import type { InitializeHook, ResolveHook } from 'node:module';

type Resolve = Parameters<ResolveHook>[2];

let programs: readonly string[] = [];

export const initialize: InitializeHook<readonly string[]> = (urls) => {
  programs = urls;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (cause) {
    if (!specifier.startsWith('@nnunet/')) throw cause;
    const found = await resolveFrom(programs, specifier, (wanted, parentURL) =>
      next(wanted, { ...context, parentURL }),
    );
    if (found === undefined) throw cause;
    return found;
  }
};

/** Looks from these files, then from their packages' dependencies, and so on: a package sees only its own. */
async function resolveFrom(
  files: readonly string[],
  specifier: string,
  next: (specifier: string, parentURL: string) => ReturnType<Resolve>,
) {
  const attempt = async (wanted: string, from: string) => {
    try {
      return await next(wanted, from);
    } catch {
      return undefined;
    }
  };
  const seen = new Set(files);
  // Grows while it is read.
  for (const file of seen) {
    const found = await attempt(specifier, file);
    if (found !== undefined) return found;
    for (const dependency of dependenciesOf(file)) {
      const entry = await attempt(dependency, file);
      if (entry !== undefined) seen.add(entry.url);
    }
  }
  return undefined;
}

/** Packages of this project that the package of a file depends on. */
function dependenciesOf(file: string): string[] {
  for (let folder = new URL('.', file); ; folder = new URL('..', folder)) {
    const manifest = new URL('package.json', folder);
    if (existsSync(manifest)) {
      const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: object };
      return Object.keys(dependencies ?? {}).filter((name) => name.startsWith('@nnunet/'));
    }
    if (folder.pathname === '/' || folder.href === new URL('..', folder).href) return [];
  }
}
