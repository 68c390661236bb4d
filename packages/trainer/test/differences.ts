import { isObject } from './v1-table.ts';

/** A value that is not as in v1. */
export interface Difference {
  /** Keys, joined by dots. */
  path: string;
  v1: unknown;
  own: unknown;
}

/** Numbers that v1 has in float64 from sums of its own order are compared to this, relative to the greater of them and 1. */
const TOLERANCE = 1e-9;

/** Where two values differ; objects are compared entry by entry, lists as wholes. */
export function differencesOf(v1: unknown, own: unknown, path: string, tolerance = TOLERANCE): Difference[] {
  if (isObject(v1) && isObject(own)) {
    return [...new Set([...Object.keys(v1), ...Object.keys(own)])].flatMap((key) =>
      differencesOf(v1[key], own[key], path === '' ? key : `${path}.${key}`, tolerance),
    );
  }
  return alike(v1, own, tolerance) ? [] : [{ path, v1, own }];
}

function alike(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((x, i) => alike(x, b[i], tolerance));
  if (isObject(a) && isObject(b)) return differencesOf(a, b, '', tolerance).length === 0;
  return a === b;
}
