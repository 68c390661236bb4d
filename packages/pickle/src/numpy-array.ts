import { type Dtype, sizeOf, type TypedArray } from '@nnunet/tensor';
import { PickleFault } from './bad-pickle.ts';
import { NumpyDtype } from './numpy-dtype.ts';
import { elementValue, typedElements } from './numpy-elements.ts';
import { Unfinished } from './pickle-global.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** A numeric NumPy array, row-major. float16 is held as Float32Array, bool as Uint8Array of 0 and 1. */
export class PickledArray {
  readonly data: TypedArray | BigUint64Array;
  readonly shape: readonly number[];
  readonly dtype: Dtype | 'uint64';

  constructor(data: TypedArray | BigUint64Array, shape: readonly number[], dtype: Dtype | 'uint64') {
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
  }
}

/** An array made by `_reconstruct`, whose content follows. */
export class UnfilledArray extends Unfinished {}

interface ArrayContent {
  shape: unknown;
  dtype: unknown;
  /** Column-major. */
  fortran: unknown;
  /** The elements' bytes, or a list of objects, in that order. */
  content: unknown;
}

/**
 * The value of an array: {@link PickledArray} for numbers, nested lists for texts, bytes, complex numbers and objects
 * (the element itself where the array has no axes).
 */
export function arrayValue({ shape, dtype, fortran, content }: ArrayContent, budget: PickleBudget): unknown {
  const sizes = checkShape(shape);
  if (!(dtype instanceof NumpyDtype)) throw new PickleFault('a NumPy array without a dtype');
  if (typeof fortran !== 'boolean') throw new PickleFault('a NumPy array of unknown order');
  const size = sizeOf(sizes);
  // An array without elements is cheap here, but its nested lists need not be.
  budget.takeItems(size === 0 ? sizeOf(sizes.map((n) => Math.max(1, n))) : 0);
  const columns = fortran && sizes.filter((n) => n > 1).length > 1;
  if (dtype.kind === 'O') {
    if (!Array.isArray(content) || content.length !== size) {
      throw new PickleFault(`a NumPy array of ${size} objects without a list of them`);
    }
    budget.takeItems(size);
    return nestedLists(columns ? rowMajor(content, sizes) : content, sizes, budget);
  }
  if (!(content instanceof Uint8Array) || content.length !== size * dtype.width) {
    throw new PickleFault(`a NumPy array of ${size} elements (${dtype.name}) without its ${size * dtype.width} bytes`);
  }
  const type = dtype.arrayType;
  if (type !== null) {
    const data = typedElements(content, dtype, type, budget);
    return new PickledArray(columns ? rowMajor(data, sizes) : data, sizes, type);
  }
  budget.takeItems(size);
  budget.takeBytes(content.length);
  const values = Array.from({ length: size }, (_, i) => elementValue(content, dtype, i));
  return nestedLists(columns ? rowMajor(values, sizes) : values, sizes, budget);
}

const MAX_AXES = 64;

function checkShape(shape: unknown): readonly number[] {
  if (!Array.isArray(shape) || shape.length > MAX_AXES) throw new PickleFault('a NumPy array without a shape');
  const sizes = shape as unknown[];
  if (!sizes.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)) {
    throw new PickleFault('a NumPy array of an impossible shape');
  }
  return Object.freeze([...(sizes as number[])]);
}

/** The elements of a column-major array in row-major order. */
function rowMajor<T extends unknown[] | TypedArray | BigUint64Array>(source: T, shape: readonly number[]): T {
  const out = source.slice() as unknown[];
  const steps: number[] = [];
  let step = 1;
  for (const n of shape) {
    steps.push(step);
    step *= n;
  }
  const position = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = source[from];
    for (let a = shape.length - 1; a >= 0; a--) {
      from += steps[a];
      if (++position[a] < shape[a]) break;
      from -= steps[a] * shape[a];
      position[a] = 0;
    }
  }
  return out as T;
}

function nestedLists(values: unknown[], shape: readonly number[], budget: PickleBudget): unknown {
  if (shape.length === 0) return values[0];
  let level = values;
  for (let a = shape.length - 1; a > 0; a--) {
    const rows = sizeOf(shape.slice(0, a));
    budget.takeItems(rows);
    const lists: unknown[] = [];
    for (let r = 0; r < rows; r++) lists.push(level.slice(r * shape[a], (r + 1) * shape[a]));
    level = lists;
  }
  return level;
}
