import { formatJson } from './json-with-nan.ts';

/** Returns the keys of which two records have other values as JSON, in their order: those of the first come first. */
export function changedKeys(before: object, now: object): string[] {
  const [old, recent] = [before, now] as Record<string, unknown>[];
  // In an object, so that a key that is not there differs from null.
  const same = (key: string) => formatJson({ value: old![key] }) === formatJson({ value: recent![key] });
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => !same(key));
}
