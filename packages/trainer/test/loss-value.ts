import { lower } from '@nnunet/autodiff';
import { constant } from '@nnunet/autodiff/operators';
import type { Loss } from '@nnunet/network';
import { GraphSession, nodeRuntime } from '@nnunet/network/node/internal';
import { sizeOf, type Tensor, type TypedArray } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';
import { lossArrays } from './v1-table.ts';

let arraysRead: ReturnType<typeof readNpzFile> | undefined;
/** Values of graphs by their bytes: most trainers share a loss. */
const values = new Map<string, Promise<number>>();

/** The value of a loss in float64 on the arrays of the golden values: labels, or three regions. */
export async function lossValue(loss: Loss, regions: boolean): Promise<number> {
  const name = regions ? 'regions' : '3d_all_classes';
  arraysRead ??= readNpzFile(lossArrays);
  const arrays = await arraysRead;
  const [logits, target] = ['logits', 'target'].map((key) => {
    const tensor = arrays.get(`${name}_${key}`)!;
    return regions ? withThirdChannel(tensor) : tensor;
  }) as [Tensor<TypedArray>, Tensor<TypedArray>];
  const [samples, classes, ...size] = logits.shape as [number, number, ...number[]];
  const sums = loss.sums(constant(logits), constant(target));
  const graph = lower({ loss: loss.value(sums, { samples, classes, voxels: sizeOf(size) }) }, { floatType: 'float64' });
  const key = Buffer.from(graph.model).toString('base64');
  if (!values.has(key)) values.set(key, run(graph));
  return values.get(key)!;
}

async function run(graph: ReturnType<typeof lower>): Promise<number> {
  const session = await GraphSession.create(nodeRuntime, graph, { threads: 1, optimise: false });
  const { loss } = await session.run({});
  await session.dispose();
  return (loss!.data as Float32Array)[0]!;
}

/** v1 has three regions, the arrays two: the first again as a third. */
function withThirdChannel({ data, shape }: Tensor<TypedArray>): Tensor<TypedArray> {
  const [samples, channels, ...size] = shape as [number, number, ...number[]];
  const voxels = sizeOf(size);
  const out = new Float64Array(samples * 3 * voxels);
  for (let s = 0; s < samples; s++) {
    for (let c = 0; c < 3; c++) {
      const from = (s * channels + (c % channels)) * voxels;
      out.set(data.subarray(from, from + voxels) as ArrayLike<number> as Float64Array, (s * 3 + c) * voxels);
    }
  }
  return { data: out, shape: [samples, 3, ...size] };
}
