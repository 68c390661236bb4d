import { sizeOf } from '@nnunet/tensor';
import type { Expression, Operator } from '../expression.ts';
import { reachable } from '../reachable.ts';
import { Fields } from './fields.ts';
import { nodeForms } from './node-forms.ts';
import type { Json } from './sizes.ts';

/** Far more than any network has. A damaged number is reported instead of running out of memory. */
const MOST_NODES = 100_000;
const MOST_ELEMENTS = 2 ** 36;

/** An operator, the numbers of the nodes that it reads, which come before it, and its attributes. */
export interface StoredNode {
  readonly op: Operator;
  readonly inputs?: readonly number[];
  readonly attributes?: Json;
}

/** Expressions as plain data, in the order of creation. */
export interface StoredGraph {
  readonly nodes: readonly StoredNode[];
  /** Numbers of nodes. */
  readonly outputs: readonly number[];
}

/** Describes expressions, and all that they depend on, as plain data. */
export function storeGraph(outputs: readonly Expression[]): StoredGraph {
  const expressions = reachable(outputs);
  const numbers = new Map(expressions.map(({ id }, i) => [id, i]));
  const numberOf = ({ id }: Expression) => numbers.get(id)!;
  return {
    nodes: expressions.map((e) => {
      const attributes = (nodeForms[e.op].write as (e: Expression) => object)(e);
      return {
        op: e.op,
        ...(e.inputs.length === 0 ? {} : { inputs: e.inputs.map(numberOf) }),
        ...(Object.keys(attributes).length === 0 ? {} : { attributes: attributes as Json }),
      };
    }),
    outputs: outputs.map(numberOf),
  };
}

/**
 * Makes the expressions of a stored graph. Every node goes through its builder, which checks shapes and types.
 *
 * @param data parsed from JSON; may be damaged
 * @param input returns the expression to use in place of an input, which must have its shape and type
 * @returns the outputs
 * @throws TypeError or RangeError for damaged data
 */
export function readGraph(data: unknown, input: (stored: Expression, name: string) => Expression): Expression[] {
  const { nodes, outputs } = (data ?? {}) as Partial<StoredGraph>;
  if (!Array.isArray(nodes) || !Array.isArray(outputs)) throw new TypeError('a graph has nodes and outputs');
  if (nodes.length > MOST_NODES) throw new RangeError(`a graph has ${nodes.length} nodes`);
  const made: Expression[] = [];
  const numbered = (list: unknown): Expression[] => {
    if (!Array.isArray(list)) throw new TypeError('numbers of nodes expected');
    return list.map((n: unknown) => {
      const known = Number.isInteger(n) ? made[n as number] : undefined;
      if (known === undefined) throw new RangeError(`node ${made.length} reads node ${inShort(n)}`);
      return known;
    });
  };
  for (const node of nodes) made.push(readNode(node, numbered, input));
  return numbered(outputs);
}

function readNode(
  node: unknown,
  numbered: (list: unknown) => Expression[],
  input: (stored: Expression, name: string) => Expression,
): Expression {
  const { op, inputs: numbers = [], attributes = {} } = (node ?? {}) as Partial<StoredNode>;
  if (typeof op !== 'string' || !Object.hasOwn(nodeForms, op))
    throw new TypeError(`there is no operator ${inShort(op)}`);
  const { inputs: count, takes, read } = nodeForms[op];
  const inputs = numbered(numbers);
  if (inputs.length < count[0] || inputs.length > count[1]) throw new RangeError(`${op} of ${inputs.length} inputs`);
  const other = inputs.find(
    ({ type }) => takes !== 'anything' && type !== 'float' && (takes === 'floats' || type === 'bool'),
  );
  if (other !== undefined) throw new TypeError(`${op} of ${other.type}: cast it first`);
  const e = read(inputs as unknown as Parameters<typeof read>[0], new Fields(op, attributes));
  if (sizeOf(e.shape) > MOST_ELEMENTS) throw new RangeError(`${op} has ${sizeOf(e.shape)} elements`);
  if (e.op !== 'input') return e;
  const { name } = e.attributes;
  const given = input(e, name);
  if (given.shape.join() === e.shape.join() && given.type === e.type) return given;
  throw new RangeError(`${name} has the shape ${given.shape.join('x')}, not ${e.shape.join('x')}`);
}

function inShort(value: unknown): string | undefined {
  return JSON.stringify(value)?.slice(0, 80);
}
