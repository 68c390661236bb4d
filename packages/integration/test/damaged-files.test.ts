import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Expression, lower } from '@nnunet/autodiff';
import { add, constant, interpolate, mean, multiply, sigmoid } from '@nnunet/autodiff/operators';
import { isNnUNetError } from '@nnunet/errors';
import { readModelFolder } from '@nnunet/inference/node/internal';
import {
  Architecture,
  buildInference,
  checkNetworkDescription,
  describeNetwork,
  initialiseWeights,
  type Layers,
  parameterShapes,
  shippedArchitectures,
} from '@nnunet/network';
import { checkWeights } from '@nnunet/network/internal';
import {
  openPreparedCase,
  readCaseProperties,
  readDatasetDescription,
  readFingerprint,
  readPlans,
  readSplits,
} from '@nnunet/store';
import { readIntensityProperties } from '@nnunet/store/internal';
import { encodeNpy, writeNpz } from '@nnunet/tensor';
import { openNpy, readNpyFile, readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoTask, repository } from './commands.ts';
import { damageBytes, damageJson } from './damage.ts';
import { writeTinyModel } from './tiny-model.ts';

// NNUNET_FUZZ=5000 makes a longer run.
const RUNS = Number(process.env.NNUNET_FUZZ ?? 150);
const folder = temporaryFolder();
const fixturesOf = (name: string) => join(repository, 'packages', name, 'fixtures');
const volume = join(repository, 'packages/volume/fixtures');
const seconds = 60 + RUNS / 10;

/** Reads damaged copies of a file: every error is one of the family, of readable length, and none takes long. */
async function damagedIsToldSoon(
  file: string,
  damage: (seed: number) => string | Uint8Array,
  read: (path: string) => Promise<unknown>,
): Promise<void> {
  const path = join(folder, basename(file));
  let refused = 0;
  let worst = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    writeFileSync(path, damage(seed));
    const from = performance.now();
    try {
      await read(path);
    } catch (error) {
      const told = isNnUNetError(error) && error.message.length > 10 && error.message.length < 3000;
      if (!told) throw new Error(`seed ${seed}: ${error}`, { cause: error });
      refused++;
    }
    worst = Math.max(worst, performance.now() - from);
  }
  expect(refused).toBeGreaterThan(RUNS / 20);
  expect(worst).toBeLessThan(4000);
}

/** Plans that pass are also used as the trainer uses them. */
async function readAndUsePlans(path: string): Promise<void> {
  const plans = await readPlans(path);
  for (const stage of Object.keys(plans.plans_per_stage)) describeNetwork(plans, Number(stage));
}

/** As far as a prediction goes before it computes. */
async function readAndCheckModel(path: string): Promise<void> {
  const { description, members } = await readModelFolder(path);
  for (const { weights } of members) checkWeights(description.network, weights);
}

describe('a damaged JSON file is read or refused with an error that says so', () => {
  const folders = {
    demo: demoTask,
    dataset: fixturesOf('dataset'),
    schema: fixturesOf('schema'),
    store: fixturesOf('store'),
  };
  it.each([
    ['schema', 'plans/nnUNetPlansv2.1_plans_3D.json', readAndUsePlans],
    ['schema', 'plans/nnUNetPlansv2.1_plans_2D.json', readAndUsePlans],
    ['schema', 'plans/dataset_properties.json', readFingerprint],
    ['dataset', 'splits/Task103_CT.json', readSplits],
    ['store', 'v1/aniso_10112.json', readCaseProperties],
    ['demo', 'dataset.json', readDatasetDescription],
  ] as const)('%s, %s', { timeout: seconds * 1000 }, async (where, name, read) => {
    const file = join(folders[where], name);
    const text = readFileSync(file, 'utf8');
    const bytes = new TextEncoder().encode(text);
    await damagedIsToldSoon(file, (seed) => (seed % 3 ? damageJson(text, seed) : damageBytes(bytes, seed)), read);
  });
});

/** Some of everything that a stored network may consist of. */
class Mixture extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const { features, classes } = this.settings;
    const wide = layers.block(x, { name: 'wide', outputs: features[0]! });
    const deep = layers.dropout(layers.block(wide, { name: 'deep', outputs: features[1]!, stride: 2 }), 0.2);
    const scale = layers.parameter('scale', [1, features[1]!, 1, 1], {
      values: features.flatMap(() => new Array(features[1]!).fill(1)).slice(0, features[1]!),
    });
    const gate = sigmoid(multiply(mean(deep, [2, 3], true), scale));
    const ramp = constant({
      data: Float32Array.from({ length: features[1]! }, (_, i) => i),
      shape: [1, features[1]!, 1, 1],
    });
    const up = interpolate(add(multiply(deep, gate), ramp), x.shape.slice(2), { mode: 'linear' });
    return [layers.convolution(up, { name: 'head', outputs: classes })];
  }
}

it('a damaged network of an own architecture', { timeout: seconds * 1000 }, async () => {
  const plans = tinyPlans([16, 16]);
  const variant = { architecture: 'Mixture', norm: 'batch', deepSupervision: false } as const;
  const network = describeNetwork(plans, 0, { variant, architectures: shippedArchitectures.with(Mixture) });
  const [text, shapes] = [JSON.stringify(network.graph), JSON.stringify(parameterShapes(network))];
  const weights = initialiseWeights(network, 1);
  let accepted = 0;
  for (let seed = 1; seed <= 2 * RUNS; seed++) {
    const graph = JSON.parse(damageJson(text, seed).replace(/NaN/g, 'null'));
    try {
      const damaged = checkNetworkDescription({ ...network, graph }, 'model');
      // Weights of other shapes are refused before anything is computed.
      if (JSON.stringify(parameterShapes(damaged)) !== shapes) continue;
      lower(buildInference({ description: damaged, weights, patchSize: [16, 16], batchSize: 1 }).outputs);
      accepted++;
    } catch (error) {
      if (!isNnUNetError(error)) throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
  }
  expect(accepted).toBeLessThan(RUNS);
});

it.each([
  ['plans.pkl', readAndUsePlans],
  ['dataset_properties.pkl', readFingerprint],
  ['intensityproperties.pkl', readIntensityProperties],
  ['splits_final.pkl', readSplits],
  ['aniso_10112.pkl', readCaseProperties],
] as const)('a damaged %s of v1', { timeout: seconds * 1000 }, async (name, read) => {
  const bytes = readFileSync(join(fixturesOf('store'), 'v1', name));
  await damagedIsToldSoon(name, (seed) => damageBytes(bytes, seed), read);
});

describe('a damaged array file', () => {
  const array = { data: Float32Array.from({ length: 2 * 5 * 6 * 7 }, (_, i) => i), shape: [2, 5, 6, 7] };
  const small = { data: Int32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };

  it('.npy, read whole and by position', { timeout: seconds * 1000 }, async () => {
    const bytes = encodeNpy(array);
    await damagedIsToldSoon(
      'array.npy',
      (seed) => damageBytes(bytes, seed, 128),
      async (path) => {
        await readNpyFile(path);
        const file = await openNpy(path);
        await file.close();
      },
    );
  });

  it('.npz', { timeout: seconds * 1000 }, async () => {
    const bytes = await writeNpz({ data: array, small });
    await damagedIsToldSoon(
      'arrays.npz',
      (seed) => damageBytes(bytes, seed),
      async (path) => {
        // Checksums protect the elements: what is read is right.
        for (const [name, read] of await readNpzFile(path)) {
          const whole = name === 'data' ? array : name === 'small' ? small : undefined;
          if (whole !== undefined) expect(read.data).toEqual(whole.data);
        }
      },
    );
  });

  it("v1's prepared case", { timeout: seconds * 1000 }, async () => {
    const bytes = await writeNpz({ data: array });
    writeFileSync(join(folder, 'prepared.pkl'), readFileSync(join(fixturesOf('store'), 'v1/prepared.pkl')));
    await damagedIsToldSoon(
      'prepared.npz',
      (seed) => damageBytes(bytes, seed),
      async () => {
        const prepared = await openPreparedCase(folder, 'prepared');
        await prepared.close();
      },
    );
  });
});

describe('a damaged model', () => {
  const model = join(folder, 'model');
  const checkpoint = join(model, 'fold_0/model_final_checkpoint.safetensors');
  let bytes: Buffer;
  beforeAll(() => {
    writeTinyModel(model);
    bytes = readFileSync(checkpoint);
  });

  it('is loaded or refused', { timeout: 2 * seconds * 1000 }, async () => {
    const head = 8 + Number(bytes.readBigUInt64LE(0));
    await damagedIsToldSoon(
      'unused',
      (seed) => {
        writeFileSync(checkpoint, damageBytes(bytes, 2 * seed, head));
        return '';
      },
      () => readAndCheckModel(model),
    );
  });

  it('with wrong JSON in its head too', { timeout: 2 * seconds * 1000 }, async () => {
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    await damagedIsToldSoon(
      'unused',
      (seed) => {
        const nnunet = seed % 2 ? damageJson(__metadata__.nnunet, seed) : __metadata__.nnunet;
        const whole = JSON.stringify({ __metadata__: { ...__metadata__, nnunet }, ...tensors });
        const head = new TextEncoder().encode(seed % 2 ? whole : damageJson(whole, seed));
        const size = Buffer.alloc(8);
        size.writeBigUInt64LE(BigInt(head.length));
        writeFileSync(checkpoint, Buffer.concat([size, head, bytes.subarray(8 + length)]));
        return '';
      },
      () => readAndCheckModel(model),
    );
  });
});

describe('a damaged NIfTI file is the right image or refused', () => {
  it('compressed', { timeout: 2 * seconds * 1000 }, async () => {
    const file = join(volume, 'hippocampus_165.nii.gz');
    const bytes = readFileSync(file);
    const { data } = await readVolume(file);
    await damagedIsToldSoon(
      file,
      (seed) => damageBytes(bytes, seed, 64),
      async (path) => {
        expect((await readVolume(path)).data).toEqual(data);
      },
    );
  });

  it.each([
    ['hippocampus_165', readVolume],
    ['hippocampus_165_label', readLabels],
  ])('%s, not compressed', { timeout: 2 * seconds * 1000 }, async (name, read) => {
    const bytes = gunzipSync(readFileSync(join(volume, `${name}.nii.gz`)));
    await damagedIsToldSoon(
      `${name}.nii`,
      (seed) => damageBytes(bytes, seed * 2, 352),
      async (path) => {
        const { data, shape, spacing } = await read(path);
        expect(data).toHaveLength(shape[0] * shape[1] * shape[2]);
        expect(data.length).toBeLessThanOrEqual(bytes.length);
        expect(spacing.every((mm) => mm > 0 && Number.isFinite(mm))).toBe(true);
      },
    );
  });
});
