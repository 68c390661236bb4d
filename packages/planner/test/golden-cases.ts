import { readFileSync } from 'node:fs';
import type { Fingerprint } from '@nnunet/schema';

export interface GoldenCase {
  name: string;
  input: {
    sizes: number[][];
    spacings: number[][];
    modalities: string[];
    num_classes_without_background: number;
    size_reductions: number[];
  };
  plan_3D: Record<string, unknown>;
  plan_2D: Record<string, unknown>;
}

/** A file of `../fixtures`. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

export function fingerprintOf(input: GoldenCase['input']): Fingerprint {
  return {
    all_sizes: input.sizes,
    all_spacings: input.spacings,
    all_classes: Array.from({ length: input.num_classes_without_background }, (_, i) => i + 1),
    modalities: Object.fromEntries(input.modalities.map((name, i) => [String(i), name])),
    intensityproperties: null,
    size_reductions: Object.fromEntries(input.size_reductions.map((value, i) => [`case_${i}`, value])),
  };
}

/** Integers, texts and flags must be equal, fractions within 1e-12 of their size. Says where they first differ. */
export function firstDifference(actual: unknown, expected: unknown, path = ''): string | null {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const same = actual === expected || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
    return same ? null : `${path}: ${actual} instead of ${expected}`;
  }
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object') return `${path}: ${actual} instead of an object`;
    if (Array.isArray(expected) && (actual as unknown[]).length !== expected.length) return `${path}: another length`;
    for (const [key, value] of Object.entries(expected)) {
      const difference = firstDifference((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
      if (difference !== null) return difference;
    }
    return null;
  }
  return actual === expected ? null : `${path}: ${actual} instead of ${expected}`;
}
