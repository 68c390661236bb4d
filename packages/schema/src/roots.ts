import { usageError } from '@nnunet/errors';

/** The three folders that everything else lies in; null where none was given. */
export interface Roots {
  /** Holds nnUNet_raw_data and nnUNet_cropped_data. */
  rawBase: string | null;
  preprocessed: string | null;
  /** v1's RESULTS_FOLDER; models lie in its sub-folder nnUNet. */
  results: string | null;
}

export interface RootSources {
  /** Value of --root; wins over the variables. */
  root?: string | undefined;
  /** Environment variables. */
  env?: Readonly<Record<string, string | undefined>>;
}

const VARIABLES: Record<keyof Roots, string> = {
  rawBase: 'nnUNet_raw_data_base',
  preprocessed: 'nnUNet_preprocessed',
  results: 'RESULTS_FOLDER',
};

const UNDER_ROOT: Record<keyof Roots, string> = {
  rawBase: 'nnUNet_raw_data_base',
  preprocessed: 'nnUNet_preprocessed',
  results: 'nnUNet_results',
};

/**
 * Where data and results lie: below `root`, or where v1's three variables say. An empty value counts as unset.
 * Nothing is looked up or created on disk.
 */
export function resolveRoots({ root, env = {} }: RootSources): Roots {
  const under = (name: keyof Roots) =>
    root ? joinPath(root, UNDER_ROOT[name]) : env[VARIABLES[name]] ? env[VARIABLES[name]]! : null;
  return { rawBase: under('rawBase'), preprocessed: under('preprocessed'), results: under('results') };
}

/**
 * The folder of a root that is needed now.
 * @throws NnUNetError 'usage' that names both ways to give it
 */
export function needRoot(roots: Roots, name: keyof Roots): string {
  const folder = roots[name];
  if (folder) return folder;
  throw usageError({
    what: `${VARIABLES[name]} is not set`,
    remedy: `Give \`root\` (then ${UNDER_ROOT[name]} below it is used), or set the environment variable: export ${VARIABLES[name]}=/some/folder`,
  });
}

/** Joins with '/', which every platform's file functions take. */
export function joinPath(...parts: string[]): string {
  return parts
    .map((part, i) => (i < parts.length - 1 ? part.replace(/[/\\]+$/, '') || '/' : part))
    .join('/')
    .replace(/^\/\//, '/');
}
