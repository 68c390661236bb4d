import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialiseWeights, outputShapes, parameterShapes } from '../../packages/network/dist/index.js';
import { counterRandom } from '../../packages/tensor/dist/index.js';

const size = (shape) => shape.reduce((a, b) => a * b, 1);

/** The network that nnU-Net plans for the Hippocampus data, 3d_fullres or 2d. */
export function hippocampus(dimension) {
  const repeat = (count, value) => Array.from({ length: count }, () => Array(dimension).fill(value));
  return {
    patchSize: dimension === 3 ? [40, 56, 40] : [56, 40],
    description: {
      architecture: 'Generic_UNet',
      dimension,
      inputChannels: 1,
      classes: 3,
      features: [32, 64, 128, 256],
      pools: repeat(3, 2),
      kernels: repeat(4, 3),
      convolutionsPerStage: 2,
      convolutionBias: true,
      norm: 'instance',
      normEpsilon: 1e-5,
      negativeSlope: 0.01,
      deepSupervision: true,
    },
  };
}

/**
 * Writes start weights, a batch and its labels to a new folder, so that both sides compute the same numbers.
 * @param options `network`: `description` and `patchSize`; default: the network of the Hippocampus data
 * @returns the command that makes a side
 */
export function prepare({ dimension, batch, train, batchDice = false, network = hippocampus(dimension) }) {
  const { description, patchSize } = network;
  const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
  const put = (name, data) =>
    writeFileSync(join(folder, `${name}.f32`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  for (const [name, { data }] of initialiseWeights(description, 1)) put(name, data);
  put('x', counterRandom(1, 'bench', 'x').fillNormal(new Float32Array(batch * size(patchSize))));
  const targets = outputShapes(description, patchSize, batch).map(([n, , ...space]) => [n, 1, ...space]);
  targets.forEach((shape, i) => {
    const random = counterRandom(1, 'bench', `y${i}`);
    put(
      `y${i}`,
      Float32Array.from({ length: size(shape) }, () => random.integer(description.classes)),
    );
  });
  const parameters = parameterShapes(description).map(({ name, shape }) => [name, shape]);
  return { command: 'make', network: description, patchSize, batch, folder, parameters, targets, train, batchDice };
}
