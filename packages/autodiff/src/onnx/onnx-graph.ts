import type { Tensor, TypedArray } from '@nnunet/tensor';
import { ProtobufWriter } from './protobuf.ts';

/** ONNX element types in use. */
export type ElementType = 'float32' | 'int64' | 'int32' | 'uint8' | 'bool' | 'float64' | 'float16' | 'int8';

const typeCode: Record<ElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

export type AttributeValue = number | string | readonly number[] | { float: number } | { floats: readonly number[] };

export interface NodeOptions {
  /** '' (ONNX itself), 'com.microsoft' or 'com.microsoft.nchwc' (internal to ONNX Runtime's CPU provider). */
  domain?: string;
  /** Number of outputs; 1 if not given. */
  outputs?: number;
  /** Start of the names of the outputs, to be found again in a profile. */
  label?: string;
}

interface OnnxNode {
  type: string;
  inputs: readonly string[];
  outputs: string[];
  attributes: Record<string, AttributeValue>;
  domain: string;
}

interface Port {
  name: string;
  type: ElementType;
  shape: readonly (number | string)[];
}

/**
 * An ONNX graph under construction. Values are names; nodes are kept in the order of their making, which is the order in
 * which ONNX Runtime runs them.
 */
export class OnnxGraph {
  private readonly nodes: OnnxNode[] = [];
  private readonly inputs: Port[] = [];
  private readonly outputs: Port[] = [];
  private readonly initializers = new Map<string, Tensor<TypedArray>>();
  private readonly constants = new Map<string, string>();
  private count = 0;

  /** @param opset version of the standard operators */
  constructor(readonly opset = 17) {}

  /** Declares an input of the graph and returns its name. A string in the shape is a free dimension. */
  input(name: string, shape: readonly (number | string)[], type: ElementType = 'float32'): string {
    this.inputs.push({ name, shape, type });
    return name;
  }

  /** Makes a value an output of the graph, under the given name. */
  output(name: string, value: string, shape: readonly (number | string)[], type: ElementType = 'float32'): void {
    if (name !== value)
      this.nodes.push({ type: 'Identity', inputs: [value], outputs: [name], attributes: {}, domain: '' });
    this.outputs.push({ name, shape, type });
  }

  /** Stores a tensor in the model (weights that do not change). */
  initializer(name: string, tensor: Tensor<TypedArray>): string {
    this.initializers.set(name, tensor);
    return name;
  }

  /** A small constant: equal ones are stored once. Whole numbers for int64. */
  constant(
    values: number | readonly number[],
    type: 'float32' | 'float64' | 'int64' | 'int32' | 'uint8' = 'float32',
    shape?: readonly number[],
  ): string {
    const list = typeof values === 'number' ? [values] : values;
    const dims = shape ?? (typeof values === 'number' ? [] : [list.length]);
    const key = `${type}|${dims}|${list}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const data =
      type === 'int64'
        ? BigInt64Array.from(list, (v) => BigInt(v))
        : type === 'int32'
          ? Int32Array.from(list)
          : type === 'uint8'
            ? Uint8Array.from(list)
            : type === 'float64'
              ? Float64Array.from(list)
              : Float32Array.from(list);
    const name = this.initializer(`constant_${this.constants.size}`, { data, shape: dims });
    this.constants.set(key, name);
    return name;
  }

  /** Adds a node and returns the name of its first output. '' stands for an input that is left out. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    options: NodeOptions = {},
  ): string {
    return this.nodeWithOutputs(type, inputs, attributes, options)[0]!;
  }

  /** Adds a node and returns the names of all its outputs. */
  nodeWithOutputs(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    options: NodeOptions = {},
  ): string[] {
    const outputs = Array.from(
      { length: options.outputs ?? 1 },
      (_, i) => `${options.label ?? type}_${this.count}${i ? `_${i}` : ''}`,
    );
    this.count++;
    this.nodes.push({ type, inputs, outputs, attributes, domain: options.domain ?? '' });
    return outputs;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** The nodes that outputs depend on, in order. The runtime would run the others too, at the end, and keep their inputs. */
  private neededNodes(): OnnxNode[] {
    const needed = new Set(this.outputs.map((port) => port.name));
    const kept: OnnxNode[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i]!;
      if (!node.outputs.some((name) => needed.has(name))) continue;
      for (const name of node.inputs) needed.add(name);
      kept.push(node);
    }
    return kept.reverse();
  }

  /** The model as the bytes of an .onnx file. */
  encode(producer = '@nnunet/autodiff'): Uint8Array {
    const model = new ProtobufWriter();
    model.varint(1, 8);
    model.string(2, producer);
    model.message(7, (graph) => {
      for (const node of this.neededNodes()) graph.message(1, (w) => writeNode(w, node));
      graph.string(2, 'graph');
      for (const [name, tensor] of this.initializers) graph.message(5, (w) => writeTensor(w, name, tensor));
      for (const port of this.inputs) graph.message(11, (w) => writePort(w, port));
      for (const port of this.outputs) graph.message(12, (w) => writePort(w, port));
    });
    const domains = new Set(this.nodes.map((n) => n.domain).filter((d) => d !== ''));
    model.message(8, (w) => {
      w.string(1, '');
      w.varint(2, this.opset);
    });
    for (const domain of domains) {
      model.message(8, (w) => {
        w.string(1, domain);
        w.varint(2, 1);
      });
    }
    return model.bytes();
  }
}

function writeNode(w: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) w.string(1, input);
  for (const output of node.outputs) w.string(2, output);
  w.string(3, node.outputs[0]!);
  w.string(4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) w.message(5, (a) => writeAttribute(a, name, value));
  if (node.domain !== '') w.string(7, node.domain);
}

/** A plain number is an integer attribute; {float} and {floats} are floating-point ones. */
function writeAttribute(w: ProtobufWriter, name: string, value: AttributeValue): void {
  w.string(1, name);
  if (typeof value === 'number') {
    w.varint(3, value);
    w.varint(20, 2);
  } else if (typeof value === 'string') {
    w.string(4, value);
    w.varint(20, 3);
  } else if ('float' in value) {
    w.float(2, value.float);
    w.varint(20, 1);
  } else if ('floats' in value) {
    for (const v of value.floats) w.float(7, v);
    w.varint(20, 6);
  } else {
    w.packedVarints(8, value);
    w.varint(20, 7);
  }
}

function writeTensor(w: ProtobufWriter, name: string, { data, shape }: Tensor<TypedArray>): void {
  if (shape.length > 0) w.packedVarints(1, shape);
  w.varint(2, typeCode[elementTypeOf(data)]);
  w.string(8, name);
  w.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function elementTypeOf(data: TypedArray): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  throw new TypeError('this element type cannot be stored in an ONNX model');
}

function writePort(w: ProtobufWriter, { name, type, shape }: Port): void {
  w.string(1, name);
  w.message(2, (t) =>
    t.message(1, (tensor) => {
      tensor.varint(1, typeCode[type]);
      tensor.message(2, (s) => {
        for (const dim of shape) {
          s.message(1, (d) => {
            if (typeof dim === 'number') d.varint(1, dim);
            else d.string(2, dim);
          });
        }
      });
    }),
  );
}
