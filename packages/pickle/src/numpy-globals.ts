import { PickleFault } from './bad-pickle.ts';
import { arrayValue, UnfilledArray } from './numpy-array.ts';
import { NumpyDtype, parseDtype, setDtypeState } from './numpy-dtype.ts';
import { elementValue } from './numpy-elements.ts';
import { expectArguments, GlobalReference, type PickleGlobal } from './pickle-global.ts';

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
