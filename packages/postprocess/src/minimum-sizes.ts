import { NnUNetError } from '@nnunet/errors';
import type { Entry } from './rule.ts';

/** The key of an entry in v1's dictionary: `1`, or `(1, 2)`. */
function keyOf(entry: Entry): string {
  if (typeof entry === 'number') return String(entry);
  return entry.length === 1 ? `(${entry[0]},)` : `(${entry.join(', ')})`;
}

/**
 * Formats the minimum sizes as the text of a Python dictionary, as v1 stores them: `{(1, 2): 12.0, 1: 3.5}`, or `None`.
 * Entries without a minimum have no key.
 */
export function formatMinimumSizes(entries: readonly Entry[], sizes: readonly (number | null)[] | null): string {
  if (sizes === null) return 'None';
  const items = new Map<string, number>();
  entries.forEach((entry, i) => {
    const size = sizes[i] ?? null;
    if (size !== null) items.set(keyOf(entry), size);
  });
  return `{${[...items].map(([key, size]) => `${key}: ${pythonFloat(size)}`).join(', ')}}`;
}

function pythonFloat(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const KEY = String.raw`\d+|\(\s*\d+(?:\s*,\s*\d+)*\s*,?\s*\)`;
/** NumPy 2 wraps numbers in their type. */
const VALUE = String.raw`(?:np\.\w+\()?\s*(${NUMBER})\s*\)?`;
const ITEM = new RegExp(String.raw`\s*(${KEY})\s*:\s*${VALUE}\s*(,|$)`, 'y');

/**
 * Parses the text of v1's dictionary: the minimum of each entry, null for entries without one; null for `None`.
 *
 * @throws NnUNetError 'bad-postprocessing'
 */
export function parseMinimumSizes(text: string, entries: readonly Entry[], file?: string): (number | null)[] | null {
  const trimmed = text.trim();
  if (trimmed === 'None') return null;
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) throw badSizes(text, file);
  const inside = trimmed.slice(1, -1);
  const sizes = new Map<string, number>();
  ITEM.lastIndex = 0;
  for (let at = 0; inside.slice(at).trim() !== ''; at = ITEM.lastIndex) {
    const item = ITEM.exec(inside);
    if (item === null) throw badSizes(text, file);
    sizes.set(labelsIn(item[1]!), Number(item[2]));
  }
  return entries.map((entry) => sizes.get(labelsIn(keyOf(entry))) ?? null);
}

/** Normalises a key: its labels, and whether they form a tuple. */
function labelsIn(key: string): string {
  const numbers = (key.match(/\d+/g) ?? []).map(Number);
  return keyOf(key.includes('(') ? numbers : numbers[0]!);
}

function badSizes(text: string, where?: string): NnUNetError {
  return new NnUNetError('bad-postprocessing', {
    what: `min_valid_object_sizes is ${JSON.stringify(text.slice(0, 80))}, not "None" or sizes per label`,
    where,
    remedy: 'Write it as in "{(1, 2): 12.0, 1: 3.5}" (mm³), or determine the postprocessing again.',
  });
}
