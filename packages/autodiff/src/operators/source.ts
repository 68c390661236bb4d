import { sizeOf, type Tensor, type TypedArray } from '@nnunet/tensor';
import { type Expression, makeExpression, type ValueType } from '../expression.ts';

/** A value supplied when the graph runs. */
export function input(name: string, shape: readonly number[], type: ValueType = 'float'): Expression {
  return makeExpression({ op: 'input', inputs: [], attributes: { name }, shape, type });
}

/**
 * A value stored in the graph: int64 for a BigInt64Array, otherwise float.
 * @param value a number (scalar, shape []) or a tensor
 * @param name name of the stored tensor in the model, for inspection
 */
export function constant(value: number | Tensor<TypedArray>, name?: string): Expression {
  const tensor = typeof value === 'number' ? { data: Float64Array.of(value), shape: [] } : value;
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new RangeError(`a constant of shape ${tensor.shape.join('x')} has ${tensor.data.length} elements`);
  }
  const attributes = name === undefined ? { value: tensor } : { value: tensor, name };
  const type = tensor.data instanceof BigInt64Array ? 'int64' : 'float';
  return makeExpression({ op: 'constant', inputs: [], attributes, shape: tensor.shape, type });
}
