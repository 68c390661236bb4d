import { usageError } from '@nnunet/errors';

/** The root folders; null if not set. */
export interface Roots {
  /** Contains nnUNet_raw_data and nnUNet_cropped_data. */
  rawBase: string | null;
  preprocessed: string | null;
  /** v1's RESULTS_FOLDER, whose subfolder nnUNet contains v1's models; v2's are in DatasetNNN_NAME. */
  results: string | null;
  /**
   * v2's nnUNet_raw, which contains its raw datasets, DatasetNNN_NAME. If not set, they are next to v1's tasks in
   * nnUNet_raw_data.
   */
  rawDatasets?: string | null;
}

export interface RootSources {
  /** Value of --root; takes precedence over the variables. */
  root?: string | undefined;
  /** Environment variables. */
  env?: Readonly<Record<string, string | undefined>>;
}

const VARIABLES: Record<keyof Roots, string> = {
  rawBase: 'nnUNet_raw_data_base',
  preprocessed: 'nnUNet_preprocessed',
  results: 'RESULTS_FOLDER',
  rawDatasets: 'nnUNet_raw',
};

/** Names of the folders below a common one, which are v2's variables where v1's are not set. */
const UNDER_ROOT: Record<keyof Roots, string> = {
  rawBase: 'nnUNet_raw_data_base',
  preprocessed: 'nnUNet_preprocessed',
  results: 'nnUNet_results',
  rawDatasets: 'nnUNet_raw',
};

/**
 * Determines the root folders: below `root`, or from v1's three variables and v2's where those are not set. Empty values
 * count as unset. Does not access the disk.
 */
export function resolveRoots({ root, env = {} }: RootSources): Roots {
  const under = (name: keyof Roots) =>
    root ? joinPath(root, UNDER_ROOT[name]) : env[VARIABLES[name]] || env[UNDER_ROOT[name]] || null;
  return {
    rawBase: under('rawBase'),
    preprocessed: under('preprocessed'),
    results: under('results'),
    rawDatasets: under('rawDatasets'),
  };
}

/**
 * Returns a root folder that is required.
 * @throws NnUNetError 'usage' naming both ways to set it
 */
export function needRoot(roots: Roots, name: keyof Roots): string {
  const folder = roots[name];
  if (folder) return folder;
  throw usageError({
    what: `${VARIABLES[name]} is not set`,
    remedy: `Give \`root\` (then ${UNDER_ROOT[name]} below it is used), or set the environment variable: export ${VARIABLES[name]}=/some/folder`,
  });
}

/** Requires at least one root folder. @throws NnUNetError 'usage' naming both ways to set them */
export function needAnyRoot(roots: Roots): void {
  if (Object.values(roots).some(Boolean)) return;
  const { rawBase, preprocessed, results } = VARIABLES;
  throw usageError({
    what: `${rawBase}, ${preprocessed} and ${results} are not set (nor are nnUNet_raw and nnUNet_results of v2)`,
    remedy: 'Give `root`, or set these environment variables to the folders of data and models.',
  });
}

/** Joins paths with '/', which file functions accept on every platform. */
export function joinPath(...parts: string[]): string {
  return parts
    .map((part, i) => (i < parts.length - 1 ? part.replace(/[/\\]+$/, '') || '/' : part))
    .join('/')
    .replace(/^\/\//, '/');
}
