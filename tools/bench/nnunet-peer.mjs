/** This project's side of the benchmarks: answers the commands of torch_peer.py with the built packages. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PredictionSession, TrainingSession } from '../../packages/network/dist/node/index.js';

let step;

function read(folder, name) {
  const bytes = readFileSync(`${folder}/${name}.f32`);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function make({
  network,
  patchSize,
  batch,
  folder,
  parameters,
  targets,
  train,
  batchDice,
  patchesPerRun,
  lowering,
}) {
  const description = network;
  const weights = new Map(parameters.map(([name, shape]) => [name, { data: read(folder, name), shape }]));
  const data = read(folder, 'x');
  if (train) {
    const session = await TrainingSession.create({
      description,
      patchSize,
      batchSize: batch,
      batchDice,
      weights,
      lowering,
    });
    const labels = targets.map((_, i) => read(folder, `y${i}`));
    return async () => (await session.step({ data, targets: labels }, 0.01)).loss;
  }
  const session = await PredictionSession.create({
    description,
    weights,
    patchSize,
    batchSize: patchesPerRun,
    lowering,
  });
  return () => predictMirrored(session, data, patchSize, description.classes);
}

/** Softmax averaged over all mirrorings of one patch; the sum of its squares. */
async function predictMirrored(session, patch, patchSize, classes) {
  const count = 2 ** patchSize.length;
  const patches = new Float32Array(count * patch.length);
  for (let m = 0; m < count; m++) mirror(patch, patches.subarray(m * patch.length), patchSize, m);
  const softmax = await session.predict(patches, count);
  const voxels = patch.length;
  const mean = new Float32Array(classes * voxels);
  const back = new Float32Array(voxels);
  for (let m = 0; m < count; m++) {
    for (let c = 0; c < classes; c++) {
      const at = (m * classes + c) * voxels;
      mirror(softmax.subarray(at, at + voxels), back, patchSize, m);
      for (let i = 0, to = c * voxels; i < voxels; i++, to++) mean[to] += back[i] / count;
    }
  }
  let sum = 0;
  for (const p of mean) sum += p * p;
  return sum;
}

/** Bit i of `axes` mirrors axis i. */
function mirror(from, to, patchSize, axes) {
  const [depth, height, width] = patchSize.length === 3 ? patchSize : [1, ...patchSize];
  const bits = patchSize.length === 3 ? axes : axes << 1;
  let i = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const row = ((bits & 1 ? depth - 1 - z : z) * height + (bits & 2 ? height - 1 - y : y)) * width;
      if (bits & 4) for (let x = row + width - 1; x >= row; x--) to[i++] = from[x];
      else for (let x = row; x < row + width; x++) to[i++] = from[x];
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  let answer = {};
  if (message.command === 'make') step = await make(message);
  else {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    const value = await step();
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpuStart);
    answer = { seconds, cpu: (user + system) / 1e6, value, peak: process.resourceUsage().maxRSS / 1024 };
  }
  console.log(JSON.stringify(answer));
}
process.exit(0);
