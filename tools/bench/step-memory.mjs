/**
 * Compares the memory that a training step is estimated to take with what its process takes, case by case.
 * node tools/bench/step-memory.mjs [--only TEXT] [--lowering plain|blocked]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { estimateStepMemory, outputShapes } from '../../packages/network/dist/index.js';
import { TrainingSession } from '../../packages/network/dist/node/index.js';
import { adam } from '../../packages/network/dist/optimizers.js';
import { hippocampus } from './work.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    lowering: { type: 'string' },
    run: { type: 'string' },
  },
});

const size = (shape) => shape.reduce((a, b) => a * b, 1);
const times = (count, value) => Array.from({ length: count }, () => value);

/** A U-Net of nnU-Net's usual features. */
function network(
  pools,
  {
    kernels = times(
      pools.length + 1,
      pools[0].map(() => 3),
    ),
    inputChannels = 1,
    classes = 3,
  } = {},
) {
  const dimension = pools[0].length;
  const greatest = dimension === 3 ? 320 : 480;
  const features = times(pools.length + 1, 0).map((_, i) => Math.min(32 * 2 ** i, greatest));
  return { ...hippocampus(dimension).description, inputChannels, classes, features, pools, kernels };
}

const anisotropic = network(
  [
    [1, 2, 2],
    [2, 2, 2],
    [1, 2, 2],
    [1, 2, 2],
  ],
  {
    kernels: [[1, 3, 3], ...times(4, [3, 3, 3])],
  },
);
const isotropic = (poolings, axes, options) => network(times(poolings, times(axes, 2)), options);
const cases = [
  ...[1, 2, 7, 9].map((batch) => ({ name: `3D, batch ${batch}`, ...hippocampus(3), batch })),
  { name: '3D, Adam', ...hippocampus(3), batch: 2, optimizer: 'adam' },
  { name: '3D, larger patch', description: isotropic(4, 3), patchSize: [64, 128, 96], batch: 2 },
  {
    name: '3D, two modalities',
    description: isotropic(4, 3, { inputChannels: 2, classes: 4 }),
    patchSize: [64, 64, 64],
    batch: 2,
  },
  { name: '3D, anisotropic', description: anisotropic, patchSize: [8, 128, 96], batch: 2 },
  { name: '3D, deep', description: isotropic(5, 3), patchSize: [64, 64, 64], batch: 2 },
  { name: '2D, batch 281', ...hippocampus(2), batch: 281 },
  { name: '2D, batch 40', ...hippocampus(2), batch: 40 },
  { name: '2D, deep, batch 2', description: isotropic(5, 2), patchSize: [128, 128], batch: 2 },
  { name: '2D, deep, batch 8', description: isotropic(5, 2), patchSize: [128, 128], batch: 8 },
  { name: '2D, many classes', description: isotropic(6, 2, { classes: 15 }), patchSize: [256, 256], batch: 4 },
];

/** Two steps and a validation batch, as in training; the process's greatest resident size in MiB. */
async function measure({ description, patchSize, batch, optimizer }, lowering) {
  const session = await TrainingSession.create({
    description,
    patchSize,
    batchSize: batch,
    lowering,
    ...(optimizer ? { optimizer: adam } : {}),
  });
  const data = Float32Array.from({ length: batch * description.inputChannels * size(patchSize) }, (_, i) =>
    Math.sin(i),
  );
  const targets = outputShapes(description, patchSize, batch).map(([n, , ...space]) =>
    Uint8Array.from({ length: n * size(space) }, (_, i) => i % description.classes),
  );
  const peak = () => process.resourceUsage().maxRSS / 1024;
  for (let i = 0; i < 2; i++) await session.step({ data, targets }, 0.01);
  const step = peak();
  await session.evaluate({ data, targets });
  return { step, validation: peak() };
}

if (values.run !== undefined) {
  console.log(
    JSON.stringify(
      await measure(
        cases.find(({ name }) => name === values.run),
        values.lowering,
      ),
    ),
  );
  process.exit(0);
}
const lowerings = values.lowering === undefined ? ['blocked', 'plain'] : [values.lowering];
for (const { name, description, patchSize, batch, optimizer } of cases) {
  if (!name.includes(values.only)) continue;
  for (const lowering of lowerings) {
    const { stdout } = spawnSync(
      process.execPath,
      [fileURLToPath(import.meta.url), '--run', name, '--lowering', lowering],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const { step, validation } = JSON.parse(stdout);
    const options = { lowering, ...(optimizer ? { optimizer: adam } : {}) };
    const estimate = estimateStepMemory(description, patchSize, batch, options).total / 2 ** 20;
    const [e, s, v] = [estimate, step, validation].map((mib) => mib.toFixed(0));
    console.log(
      `${name}, ${lowering}: steps ${s} MiB, with a validation batch ${v} MiB, estimated ${e} MiB (${(estimate / validation).toFixed(2)})`,
    );
  }
}
