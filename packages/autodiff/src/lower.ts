import { sizeOf } from '@nnunet/tensor';
import { ExecutionOrder } from './execution-order.ts';
import type { Expression, ExpressionOf, ValueType } from './expression.ts';
import type { GraphPort, LoweringContext, LoweringFactory, LoweringResult } from './lowering.ts';
import type { ElementType } from './onnx/encode-graph.ts';
import { OnnxGraph } from './onnx/onnx-graph.ts';
import { plainRules } from './plain/plain-rules.ts';
import { reachable, readersOf } from './reachable.ts';

/**
 * Lowers expressions to an ONNX graph (opset 17). Nodes are written in the order in which the expressions were created;
 * the runtime largely keeps this order and frees a value after its last reader.
 * @param outputs expressions by output name
 * @param options `lowering`: writes operators in another form. Default: standard operators only. `floatType`: float64
 *   is for checking gradients, with the plain rules only
 */
export function lower(
  outputs: Readonly<Record<string, Expression>>,
  options: { lowering?: LoweringFactory | undefined; floatType?: 'float32' | 'float64' } = {},
): LoweringResult {
  const floatType = options.floatType ?? 'float32';
  const elementType = (type: ValueType): ElementType => (type === 'float' ? floatType : type);
  const graph = new OnnxGraph();
  const expressions = reachable(Object.values(outputs));
  const consumers = readersOf(expressions);
  const outputIds = new Set(Object.values(outputs).map((e) => e.id));
  const values = new Map<number, readonly string[]>();
  const inputs: GraphPort[] = [];
  const context: LoweringContext = {
    graph,
    floatType,
    order: new ExecutionOrder(graph),
    plain(e) {
      const known =
        values.get(e.id)?.[0] ?? (e.op === 'part' ? values.get(e.inputs[0]!.id)?.[e.attributes.index] : undefined);
      if (known !== undefined) return known;
      // Only constants that are read are stored: a lowering may read others in a form of its own.
      const written = e.op === 'constant' ? storeConstant(context, e) : lowering!.toPlain(e);
      values.set(e.id, [written]);
      return written;
    },
    float: (list, shape) => graph.constant(list, floatType, shape),
    consumers: (e) => consumers.get(e.id) ?? [],
    isOutput: (e) => outputIds.has(e.id),
  };
  const lowering = options.lowering?.(context);
  const plain: LoweringResult['plain'] = {};
  for (const e of expressions) {
    if (e.op === 'input') {
      const port = { name: e.attributes.name, shape: e.shape, type: elementType(e.type) };
      inputs.push(port);
      values.set(e.id, [graph.input(port.name, port.shape, port.type)]);
    }
    if (lowering?.emit(e) || e.op === 'input' || e.op === 'constant' || e.op === 'part') continue;
    if (lowering?.leaves?.(e)) plain[e.op] = (plain[e.op] ?? 0) + 1;
    const names = (plainRules[e.op] as (c: LoweringContext, e: Expression) => string | string[])(context, e);
    values.set(e.id, typeof names === 'string' ? [names] : names);
  }
  const ports = Object.entries(outputs).map(([name, e]) => {
    const port = { name, shape: e.shape, type: elementType(e.type) };
    graph.output(name, context.plain(e), port.shape, port.type);
    return port;
  });
  return { model: graph.encode(), inputs, outputs: ports, plain };
}

/** Stores small constants once and large ones under their name; numbers take the graph's float type. */
function storeConstant(
  { graph, floatType, float }: LoweringContext,
  { id, attributes }: ExpressionOf<'constant'>,
): string {
  const { name = `tensor_${id}` } = attributes;
  const { data, shape } = attributes.value;
  if (data instanceof BigInt64Array) return graph.initializer(name, { data, shape });
  if (sizeOf(shape) <= 16) return float(Array.from(data, Number), shape);
  const Type = floatType === 'float32' ? Float32Array : Float64Array;
  return graph.initializer(name, { data: data instanceof Type ? data : Type.from(data as Float32Array), shape });
}
