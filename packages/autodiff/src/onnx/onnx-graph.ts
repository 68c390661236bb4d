import type { Tensor, TypedArray } from '@nnunet/tensor';
import { ProtobufWriter } from '@nnunet/tensor/internal';
import {
  type AttributeValue,
  type ElementType,
  type OnnxNode,
  type Port,
  type Subgraph,
  typeCode,
  writeNode,
  writePort,
  writeTensor,
} from './encode-graph.ts';

export interface NodeOptions {
  /** '' (standard ONNX), 'com.microsoft' or 'com.microsoft.nchwc' (internal to ONNX Runtime's CPU provider). */
  domain?: string;
  /** Number of outputs. Default: 1. */
  outputs?: number;
  /** Prefix of the output names, to identify them in a profile. */
  label?: string;
}

/**
 * An ONNX graph under construction. Values are identified by name. Nodes keep the order of creation, in which ONNX
 * Runtime runs them.
 */
export class OnnxGraph {
  /** Nodes of the graph, or of the branch being written. */
  #nodes: OnnxNode[] = [];
  readonly #names = new Set<string>();
  readonly #domains = new Set<string>();
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #initializers = new Map<string, Tensor<TypedArray>>();
  readonly #constants = new Map<string, string>();
  #count = 0;

  /** @param opset version of the standard operators */
  constructor(readonly opset = 17) {}

  /** Declares an input of the graph and returns its name. A string in the shape is a dynamic dimension. */
  input(name: string, shape: readonly (number | string)[], type: ElementType = 'float32'): string {
    this.#inputs.push({ name: this.#declare(name), shape, type });
    return name;
  }

  /** Makes a value an output of the graph under the given name. */
  output(name: string, value: string, shape: readonly (number | string)[], type: ElementType = 'float32'): void {
    if (name !== value)
      this.#nodes.push({
        type: 'Identity',
        inputs: [value],
        outputs: [this.#declare(name)],
        attributes: {},
        domain: '',
      });
    this.#outputs.push({ name, shape, type });
  }

  /** Stores a tensor in the model (for constant weights). */
  initializer(name: string, tensor: Tensor<TypedArray>): string {
    if (this.#initializers.get(name)?.data === tensor.data) return name;
    this.#initializers.set(this.#declare(name), tensor);
    return name;
  }

  /** Two values with the same name would be confused. */
  #declare(name: string): string {
    if (this.#names.has(name)) throw new RangeError(`two values of the graph are named "${name}"`);
    this.#names.add(name);
    return name;
  }

  /** Adds a small constant; equal ones are stored once. Values for int64 must be integers. */
  constant(
    values: number | readonly number[],
    type: 'float32' | 'float64' | 'int64' | 'int32' | 'uint8' | 'int8' = 'float32',
    shape?: readonly number[],
  ): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = shape ?? (typeof values === 'number' ? [] : [list.length]);
    const key = `${type}|${dims}|${list}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const data =
      type === 'int64'
        ? BigInt64Array.from(list, (v) => BigInt(v))
        : type === 'int32'
          ? Int32Array.from(list)
          : type === 'uint8'
            ? Uint8Array.from(list)
            : type === 'int8'
              ? Int8Array.from(list)
              : type === 'float64'
                ? Float64Array.from(list)
                : Float32Array.from(list);
    const name = this.initializer(`constant_${this.#constants.size}`, { data, shape: dims });
    this.#constants.set(key, name);
    return name;
  }

  /** Adds a node and returns the name of its first output. '' stands for an omitted input. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    options: NodeOptions = {},
  ): string {
    return this.nodeWithOutputs(type, inputs, attributes, options)[0]!;
  }

  /** Casts a value to another element type. */
  cast(value: string, type: ElementType): string {
    return this.node('Cast', [value], { to: typeCode[type] });
  }

  /** Adds a node and returns the names of all its outputs. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    options: NodeOptions = {},
  ): string[] {
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, i) =>
      this.#declare(`${options.label ?? type}_${this.#count}${i ? `_${i}` : ''}`),
    );
    this.#count++;
    const { domain = '' } = options;
    if (domain !== '') this.#domains.add(domain);
    this.#nodes.push({ type, inputs, outputs, attributes, domain });
    return outputs;
  }

  /**
   * Computes values in one of two ways, chosen while the graph runs (ONNX's If).
   * @param condition a bool value with one element
   * @param ports types and shapes of the values
   * @param yes writes the nodes for a true condition and returns the values, in the order of `ports`; `no` for a false
   *   one
   */
  either(
    condition: string,
    ports: readonly { shape: readonly number[]; type?: ElementType }[],
    { yes, no }: { yes: () => readonly string[]; no: () => readonly string[] },
  ): string[] {
    const branch = (write: () => readonly string[]): Subgraph => {
      const outer = this.#nodes;
      this.#nodes = [];
      const names = write().map((name) => this.node('Identity', [name]));
      const outputs = ports.map(({ shape, type = 'float32' }, i) => ({ name: names[i]!, shape, type }));
      const nodes = neededNodes(this.#nodes, outputs);
      this.#nodes = outer;
      return { nodes, outputs };
    };
    const branches = { then_branch: { graph: branch(yes) }, else_branch: { graph: branch(no) } };
    return this.nodeWithOutputs('If', [condition], branches, { outputs: ports.length });
  }

  /** Encodes the model as the bytes of an .onnx file. */
  encode(producer = '@nnunet/autodiff'): Uint8Array {
    const model = new ProtobufWriter();
    model.varint(1, 8);
    model.string(2, producer);
    model.message(7, (graph) => {
      for (const node of neededNodes(this.#nodes, this.#outputs)) graph.message(1, (w) => writeNode(w, node));
      graph.string(2, 'graph');
      for (const [name, tensor] of this.#initializers) graph.message(5, (w) => writeTensor(w, name, tensor));
      for (const port of this.#inputs) graph.message(11, (w) => writePort(w, port));
      for (const port of this.#outputs) graph.message(12, (w) => writePort(w, port));
    });
    model.message(8, (w) => {
      w.string(1, '');
      w.varint(2, this.opset);
    });
    for (const domain of this.#domains) {
      model.message(8, (w) => {
        w.string(1, domain);
        w.varint(2, 1);
      });
    }
    return model.bytes();
  }
}

/**
 * The nodes that the outputs depend on, in order. The runtime would otherwise also run the rest, at the end, and keep
 * their inputs in memory.
 */
function neededNodes(nodes: readonly OnnxNode[], outputs: readonly Port[]): OnnxNode[] {
  const needed = new Set(outputs.map((port) => port.name));
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of readBy(node)) needed.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

/** Names that a node reads, including those read by its branches. */
function readBy({ inputs, attributes }: OnnxNode): string[] {
  const branches = Object.values(attributes).flatMap((value) =>
    typeof value === 'object' && 'graph' in value ? value.graph.nodes : [],
  );
  return [...inputs, ...branches.flatMap(readBy)];
}
