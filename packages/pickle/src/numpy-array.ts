import { sizeOf, type TypedArray } from '@nnunet/tensor';
import { fromColumnMajor } from '@nnunet/tensor/internal';
import { PickleFault } from './bad-pickle.ts';
import {
  type ArrayType,
  elementValue,
  NumpyDtype,
  parseDtype,
  setDtypeState,
  typedElements,
} from './numpy-elements.ts';
import { expectArguments, GlobalReference, type PickleGlobal, Unfinished } from './pickle-global.ts';
import type { PickleBudget } from './pickle-limits.ts';

/** A numeric NumPy array, row-major. float16 is a Float32Array, bool a Uint8Array of 0 and 1. */
export class PickledArray {
  readonly data: TypedArray | BigUint64Array;
  readonly shape: readonly number[];
  readonly dtype: ArrayType;

  constructor(data: TypedArray | BigUint64Array, shape: readonly number[], dtype: ArrayType) {
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
  }
}

/** An array created by `_reconstruct`, whose content follows. */
class UnfilledArray extends Unfinished {}

interface ArrayContent {
  shape: unknown;
  dtype: unknown;
  /** Column-major. */
  fortran: unknown;
  /** The elements' bytes, or a list of objects, in that order. */
  content: unknown;
}

/**
 * Returns the value of an array: a {@link PickledArray} for numbers, nested lists for strings, bytes, complex numbers
 * and objects (the element itself if the array has no axes).
 */
function arrayValue({ shape, dtype, fortran, content }: ArrayContent, budget: PickleBudget): unknown {
  const sizes = checkShape(shape);
  if (!(dtype instanceof NumpyDtype)) throw new PickleFault('a NumPy array without a dtype');
  if (typeof fortran !== 'boolean') throw new PickleFault('a NumPy array of unknown order');
  const size = sizeOf(sizes);
  // An array without elements takes little memory here, but its nested lists may not.
  budget.takeItems(size === 0 ? sizeOf(sizes.map((n) => Math.max(1, n))) : 0);
  const inRows = <T extends unknown[] | TypedArray | BigUint64Array>(elements: T): T =>
    fortran ? fromColumnMajor(elements, sizes) : elements;
  if (dtype.kind === 'O') {
    if (!Array.isArray(content) || content.length !== size) {
      throw new PickleFault(`a NumPy array of ${size} objects without a list of them`);
    }
    budget.takeItems(size);
    return nestedLists(inRows(content), sizes, budget);
  }
  if (!(content instanceof Uint8Array) || content.length !== size * dtype.width) {
    throw new PickleFault(`a NumPy array of ${size} elements (${dtype.name}) without its ${size * dtype.width} bytes`);
  }
  const type = dtype.arrayType;
  if (type !== null) {
    budget.takeBytes(content.length * 2);
    return new PickledArray(inRows(typedElements(content, type, dtype)), sizes, type);
  }
  budget.takeItems(size);
  budget.takeBytes(content.length);
  const values = Array.from({ length: size }, (_, i) => elementValue(content, dtype, i));
  return nestedLists(inRows(values), sizes, budget);
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

function nestedLists(values: unknown[], shape: readonly number[], budget: PickleBudget): unknown {
  if (shape.length === 0) return values[0];
  let level = values;
  for (let a = shape.length - 1; a > 0; a--) {
    const rows = sizeOf(shape.slice(0, a));
    budget.takeItems(rows);
    const items = level;
    const length = shape[a]!;
    level = Array.from({ length: rows }, (_, r) => items.slice(r * length, (r + 1) * length));
  }
  return level;
}

const dtype: PickleGlobal = {
  construct(args) {
    expectArguments(args, 1, 3);
    return parseDtype(args[0]);
  },
  build(value, state) {
    setDtypeState(value as NumpyDtype, state);
    return value;
  },
};

/** `scalar(dtype, bytes)`: one element. */
const scalar: PickleGlobal = {
  construct(args, budget) {
    expectArguments(args, 2);
    const [type, content] = args;
    if (!(type instanceof NumpyDtype)) throw new PickleFault('a NumPy scalar without a dtype');
    if (type.kind === 'O') return content;
    if (!(content instanceof Uint8Array) || content.length !== type.width) {
      throw new PickleFault(`a NumPy scalar (${type.name}) without its ${type.width} bytes`);
    }
    budget.takeBytes(type.width);
    return elementValue(content, type, 0);
  },
};

/** `_reconstruct(ndarray, (0,), b'b')`, then the state (version, shape, dtype, is_fortran, bytes or list). */
const reconstruct: PickleGlobal = {
  construct(args) {
    expectArguments(args, 3);
    const type = args[0];
    if (!(type instanceof GlobalReference) || type.name !== 'numpy.ndarray') {
      throw new PickleFault('a NumPy array of another class than ndarray');
    }
    return new UnfilledArray();
  },
  build(_, state, budget) {
    if (!Array.isArray(state) || state.length !== 5) throw new PickleFault('a NumPy array with a damaged state');
    const [, shape, type, fortran, content] = state as unknown[];
    return arrayValue({ shape, dtype: type, fortran, content }, budget);
  },
};

/** `_frombuffer(bytes, dtype, shape, order)`: arrays of protocol 5. */
const fromBuffer: PickleGlobal = {
  construct(args, budget) {
    expectArguments(args, 4);
    const [content, type, shape, order] = args;
    if (order !== 'C' && order !== 'F') throw new PickleFault('a NumPy array of unknown order');
    return arrayValue({ shape, dtype: type, fortran: order === 'F', content }, budget);
  },
};

/** NumPy's names; NumPy 2 moved `numpy.core` to `numpy._core`. */
export const numpyGlobals: readonly (readonly [string, PickleGlobal])[] = [
  ['numpy.dtype', dtype],
  ['numpy.ndarray', {}],
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, PickleGlobal][] => [
    [`${core}.multiarray._reconstruct`, reconstruct],
    [`${core}.multiarray.scalar`, scalar],
    [`${core}.numeric._frombuffer`, fromBuffer],
  ]),
];
