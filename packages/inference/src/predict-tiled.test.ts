import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReadTensor } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';
import ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { gaussianImportance } from './gaussian-importance.ts';
import { countEvaluations } from './place-tiles.ts';
import { predictTiled } from './predict-tiled.ts';
import type { Tile } from './tile.ts';
import type { PredictPatches } from './tiled-prediction-options.ts';

interface Case {
  name: string;
  network: string;
  input: string;
  patch_size: number[];
  step_size: number;
  mirror_axes: number[];
  use_gaussian: boolean;
  softmax_shape: number[];
  class_counts: number[];
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const golden = fileURLToPath(new URL('../../../../shared/golden/inference/', import.meta.url));
const cases: Case[] = JSON.parse(readFileSync(`${fixtures}predictions.json`, 'utf8'));
const where = (file: string) => (existsSync(fixtures + file) ? fixtures + file : golden + file);

describe('predictTiled', () => {
  for (const c of cases) {
    it.skipIf(!existsSync(where(`${c.name}.npz`)))(`equals v1: ${c.name}`, async () => {
      const expected = await readNpzFile(where(`${c.name}.npz`));
      const input = await readImage(c.input);
      const softmax = await predictTiled({
        ...input,
        patchSize: c.patch_size,
        classes: 3,
        stepSize: c.step_size,
        mirrorAxes: c.mirror_axes,
        gaussian: c.use_gaussian,
        predictPatches: await openNetwork(c, input.shape[0]),
        batchSize: 3,
      });
      expect(greatestDifference(softmax, expected.get('softmax')!.data as Float32Array)).toBeLessThan(5e-5);
      const { different, counts } = compareLabels(softmax, expected);
      expect(different).toBe(0);
      expect(counts.every((n, i) => Math.abs(n - c.class_counts[i]!) <= 2)).toBe(true);
    });
  }

  it('gives the same numbers whatever the batch size', async () => {
    const options = { data: ramp(2 * 7 * 9 * 8), shape: [2, 7, 9, 8] as const, patchSize: [4, 8, 4], classes: 2 };
    const runs = await Promise.all(
      [1, 5, 64].map((batchSize) =>
        predictTiled({ ...options, mirrorAxes: [0, 2], batchSize, predictPatches: positionDependent(2 * 4 * 8 * 4) }),
      ),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('is sure of the first class where tiles are left out, or of none where classes are independent', async () => {
    // Three tiles of 4 along z, of which the last is left out; all that is seen gets 0.25 and 0.75.
    const options = {
      data: new Float32Array(8 * 4 * 4),
      shape: [1, 8, 4, 4] as const,
      patchSize: [4, 4, 4],
      classes: 2,
      keepTile: ({ start }: Tile) => start[0] < 4,
      predictPatches: async (_: Float32Array, count: number) =>
        Float32Array.from({ length: count * 2 * 64 }, (_, i) => (i % 128 < 64 ? 0.25 : 0.75)),
    };
    for (const gaussian of [true, false])
      for (const independentClasses of [undefined, false, true]) {
        const found = await predictTiled({ ...options, gaussian, independentClasses });
        const expected = [0.25, 0.75].flatMap((seen, c) => [
          ...new Array(6 * 16).fill(seen),
          ...new Array(2 * 16).fill(c === 0 && !independentClasses ? 1 : 0),
        ]);
        expect(Math.max(...found.map((p, i) => Math.abs(p - expected[i]!)))).toBeLessThan(1e-6);
      }
  });

  it('gives eight patches at a time to the network if not told otherwise, and none that is empty', async () => {
    const counts: number[] = [];
    const options = { data: ramp(16 * 4 * 4), shape: [1, 16, 4, 4] as const, patchSize: [4, 4, 4], classes: 1 };
    const predictPatches: PredictPatches = async (patches, count) => {
      counts.push(count);
      expect(patches).toHaveLength(count * 64);
      return patches.slice();
    };
    // 7 tiles of 2 versions
    await predictTiled({ ...options, mirrorAxes: [2], predictPatches });
    await predictTiled({ ...options, mirrorAxes: [2], predictPatches, batchSize: 100 });
    expect(counts).toEqual([8, 6, 14]);
  });

  it('weights no voxel more than another where there is a single tile', async () => {
    const options = { data: ramp(64), shape: [1, 4, 4, 4] as const, patchSize: [4, 4, 4], classes: 1 };
    const found = await predictTiled({ ...options, predictPatches: async (patches) => patches.slice() });
    expect(found).toEqual(options.data);
  });

  it('reports every evaluation and stops when asked', async () => {
    const options = { data: ramp(6 * 6 * 6), shape: [1, 6, 6, 6] as const, patchSize: [4, 4, 4], classes: 1 };
    const done: number[] = [];
    const controller = new AbortController();
    const promise = predictTiled({
      ...options,
      mirrorAxes: [0],
      batchSize: 4,
      predictPatches: positionDependent(64),
      signal: controller.signal,
      onProgress: (progress) => {
        expect(progress.total).toBe(countEvaluations({ imageSize: [6, 6, 6], patchSize: [4, 4, 4], mirrorAxes: [0] }));
        done.push(progress.done);
        if (progress.done === 8) controller.abort();
      },
    });
    await expect(promise).rejects.toThrow(/abort/i);
    expect(done).toEqual([4, 8]);
  });
});

describe('gaussianImportance', () => {
  it('has its greatest value, 1, in the middle voxel and falls off symmetrically', () => {
    const map = gaussianImportance([4, 5]);
    expect(map[2 * 5 + 2]).toBe(1);
    expect(map[2 * 5 + 1]).toBe(map[2 * 5 + 3]);
    expect(map[2 * 5]).toBe(Math.fround(Math.exp(-32 * 0.16)));
    expect(Math.min(...map)).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(`${golden}gaussian.npz`))('equals v1 in every float32 value', async () => {
    for (const [name, { data, shape }] of await readNpzFile(`${golden}gaussian.npz`)) {
      expect(gaussianImportance(shape), name).toEqual(data);
    }
  });
});

async function readImage(file: string): Promise<{ data: Float32Array; shape: [number, number, number, number] }> {
  const [{ data, shape }] = [...(await readNpzFile(where(file))).values()] as [ReadTensor];
  return { data: data as Float32Array, shape: shape as [number, number, number, number] };
}

/** The fixed network of the reference values, logits turned to softmax. */
async function openNetwork(c: Case, channels: number): Promise<PredictPatches> {
  const session = await ort.InferenceSession.create(where(c.network), { intraOpNumThreads: 2 });
  return async (patches, count) => {
    const dims = [count, channels, ...c.patch_size];
    const input = patches.subarray(
      0,
      dims.reduce((a, b) => a * b),
    );
    const { logits } = await session.run({ input: new ort.Tensor('float32', input, dims) });
    return softmaxOver(logits!.data as Float32Array, count, 3);
  };
}

function softmaxOver(logits: Float32Array, count: number, classes: number): Float32Array {
  const voxels = logits.length / count / classes;
  const out = new Float32Array(logits.length);
  for (let n = 0; n < count; n++) {
    for (let v = 0; v < voxels; v++) {
      const at = (k: number) => (n * classes + k) * voxels + v;
      const values = Array.from({ length: classes }, (_, k) => logits[at(k)]!);
      const highest = Math.max(...values);
      const powers = values.map((value) => Math.exp(value - highest));
      const sum = powers.reduce((a, b) => a + b);
      powers.forEach((power, k) => {
        out[at(k)] = power / sum;
      });
    }
  }
  return out;
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  let greatest = 0;
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}

/** Voxels whose label differs though its two best classes are more than 1e-4 apart; and voxels per label. */
function compareLabels(softmax: Float32Array, expected: Map<string, ReadTensor>) {
  const segmentation = expected.get('segmentation')!.data as Uint8Array;
  const voxels = segmentation.length;
  const counts = [0, 0, 0];
  let different = 0;
  for (let v = 0; v < voxels; v++) {
    const values = [softmax[v]!, softmax[voxels + v]!, softmax[2 * voxels + v]!];
    const label = values.indexOf(Math.max(...values));
    counts[label]!++;
    const [best, second] = [...values].sort((a, b) => b - a) as [number, number, number];
    if (label !== segmentation[v] && best - second > 1e-4) different++;
  }
  return { different, counts };
}

function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i * 0.7) + (i % 13) / 7));
}

/** A made-up network: value plus position within the patch, so that flips and tiles matter. */
function positionDependent(perPatch: number): PredictPatches {
  return async (patches, count) =>
    Float32Array.from({ length: count * perPatch }, (_, i) => Math.fround(patches[i]! * 0.3 + (i % perPatch) * 0.01));
}
