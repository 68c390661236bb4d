import { formatPythonJson, PythonFloat } from './python-json.ts';

/** Keys of v2's plans and fingerprints whose numbers are floats in Python, whole or not. */
const FLOATS: ReadonlySet<string> = new Set([
  ...['max', 'mean', 'median', 'min', 'percentile_00_5', 'percentile_99_5', 'std'],
  ...['median_relative_size_after_cropping', 'spacings'],
  ...['original_median_spacing_after_transp', 'spacing', 'median_image_size_in_voxels', 'eps'],
]);
/** v2 rounds the image size of this configuration to integers. */
const ROUNDED = ['3d_lowres', 'median_image_size_in_voxels'] as const;

/**
 * Formats the content of v2's plans, fingerprint or dataset.json byte by byte as v2 writes it: keys in the given order
 * (numbers ascending), 1.0 where Python has a float.
 *
 * Origin: v2's calls of batchgenerators' save_json with sort_keys=False, and the types of its planner.
 */
export function formatJsonV2(value: unknown): string {
  return formatPythonJson(withFloats(value, []), { sorted: false });
}

/** @param path keys from the outermost object to the value */
function withFloats(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withFloats(item, path));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withFloats(item, [...path, key])]));
  return typeof value === 'number' && isFloat(path) ? new PythonFloat(value) : value;
}

function isFloat(path: readonly string[]): boolean {
  if (ROUNDED.join() === path.slice(-2).join()) return false;
  return FLOATS.has(path.at(-1)!);
}
