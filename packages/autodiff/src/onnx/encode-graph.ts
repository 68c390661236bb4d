import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { ProtobufWriter } from '@nnunet/tensor/internal';

/** The supported ONNX element types. */
export type ElementType = 'float32' | 'int64' | 'int32' | 'uint8' | 'bool' | 'float64' | 'float16' | 'int8';

export const typeCode: Record<ElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] }
  | { graph: Subgraph };

export interface OnnxNode {
  type: string;
  inputs: readonly string[];
  outputs: string[];
  attributes: Record<string, AttributeValue>;
  domain: string;
}

export interface Port {
  name: string;
  type: ElementType;
  shape: readonly (number | string)[];
}

/** A branch, which reads values of the enclosing graph by name. */
export interface Subgraph {
  nodes: readonly OnnxNode[];
  outputs: readonly Port[];
}

export function writeNode(w: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) w.string(1, input);
  for (const output of node.outputs) w.string(2, output);
  w.string(3, node.outputs[0]!);
  w.string(4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) w.message(5, (a) => writeAttribute(a, name, value));
  if (node.domain !== '') w.string(7, node.domain);
}

function writeBranch(w: ProtobufWriter, { nodes, outputs }: Subgraph): void {
  for (const node of nodes) w.message(1, (n) => writeNode(n, node));
  w.string(2, 'branch');
  for (const port of outputs) w.message(12, (p) => writePort(p, port));
}

/** Encodes a plain number as an integer attribute, {float} and {floats} as floating-point ones. */
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
  } else if ('graph' in value) {
    w.message(6, (graph) => writeBranch(graph, value.graph));
    w.varint(20, 5);
  } else {
    w.packedVarints(8, value);
    w.varint(20, 7);
  }
}

export function writeTensor(w: ProtobufWriter, name: string, { data, shape }: Tensor<TypedArray>): void {
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

export function writePort(w: ProtobufWriter, { name, type, shape }: Port): void {
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
