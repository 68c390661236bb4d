/** Plain data, as JSON can store it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Sizes by name, such as { N: 2, Y: 64, X: 64 } for a batch of 2 and a patch of 64 x 64. */
export type Sizes = Readonly<Record<string, number>>;

/** A number that depends on sizes: times / over, multiplied by each size raised to its power. */
type Product = { readonly times: number; readonly over: number; readonly of: Readonly<Record<string, number>> };

/** Constants such as 3 / (number of voxels) are products up to this numerator. */
const GREATEST_NUMERATOR = 16;
const GREATEST_POWER = 4;

/** Data that the same program made for certain sizes. */
export interface SizedExample {
  sizes: Sizes;
  data: Json;
}

/**
 * Finds how data depends on sizes: returns the data of the first example with a product of sizes in place of each
 * number that differs between the examples. Undefined if something else differs, or numbers that are no such products.
 *
 * @param examples the first, one for each variable size in which only this size differs from the first, and any others
 * for checking
 */
export function withSizes(examples: readonly [SizedExample, ...SizedExample[]]): Json | undefined {
  const sizes = examples.map((example) => example.sizes);
  return merge(
    examples.map(({ data }) => data),
    (values) => productOf(values, sizes),
  );
}

/** Returns the data for certain sizes. @throws RangeError for a size that is not known, or a result that is no number */
export function atSizes(data: Json, sizes: Sizes): Json {
  if (typeof data !== 'object' || data === null) return data;
  if (isList(data)) return data.map((entry) => atSizes(entry, sizes));
  if ('of' in data) return evaluated(data, sizes);
  return Object.fromEntries(Object.entries(data).map(([key, entry]) => [key, atSizes(entry, sizes)]));
}

function isList(data: Json): data is readonly Json[] {
  return Array.isArray(data);
}

function evaluated({ times = 1, over = 1, of }: { readonly [key: string]: Json }, sizes: Sizes): number {
  let [above, below] = [Number(times), Number(over)];
  for (const [name, power] of Object.entries(of as object)) {
    const size = Object.hasOwn(sizes, name) ? sizes[name]! : Number.NaN;
    const factor = Math.abs(power) <= GREATEST_POWER ? size ** Math.abs(power) : Number.NaN;
    if (power > 0) above *= factor;
    else below *= factor;
  }
  const value = above / below;
  if (!Number.isFinite(value)) throw new RangeError(`${JSON.stringify(of)} is no product of ${Object.keys(sizes)}`);
  return value;
}

/** Merges data of the same form; `join` replaces numbers that differ. */
function merge(values: readonly Json[], join: (numbers: number[]) => Json | undefined): Json | undefined {
  const first = values[0]!;
  if (values.every((value) => Object.is(value, first))) return first;
  if (values.every((value) => typeof value === 'number')) return join(values as number[]);
  if (values.some((value) => typeof value !== 'object' || value === null)) return undefined;
  if (values.some((value) => isList(value) !== isList(first))) return undefined;
  const objects = values as readonly { readonly [key: string]: Json }[];
  const keys = Object.keys(objects[0]!);
  if (objects.some((object) => Object.keys(object).join() !== keys.join())) return undefined;
  const entries: [string, Json][] = [];
  for (const key of keys) {
    const merged = merge(
      objects.map((object) => object[key]!),
      join,
    );
    if (merged === undefined) return undefined;
    entries.push([key, merged]);
  }
  return isList(first) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
}

function productOf(values: readonly number[], sizes: readonly Sizes[]): Product | undefined {
  const [value, base] = [values[0]!, sizes[0]!];
  const of: Record<string, number> = {};
  let [above, below] = [1, 1];
  for (const [name, size] of Object.entries(base)) {
    const others = (at: Sizes) => Object.keys(base).every((key) => (at[key] !== base[key]) === (key === name));
    const i = sizes.findIndex(others);
    if (i < 0) continue;
    const power = Math.round(Math.log(values[i]! / value) / Math.log(sizes[i]![name]! / size));
    if (!Number.isFinite(power) || Math.abs(power) > GREATEST_POWER) return undefined;
    if (power === 0) continue;
    of[name] = power;
    if (power > 0) above *= size ** power;
    else below *= size ** -power;
  }
  for (let times = 1; times <= GREATEST_NUMERATOR; times++) {
    const whole = Number.isInteger(value);
    const [p, q] = whole ? [value, 1] : [times, Math.round(times / value)];
    const divisor = greatestDivisor(p * below, q * above);
    const product = { times: (p * below) / divisor, over: (q * above) / divisor, of };
    if (values.every((expected, i) => evaluated(product, sizes[i]!) === expected)) return product;
    if (whole) return undefined;
  }
  return undefined;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}
