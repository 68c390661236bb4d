import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { initialiseWeights } from '@nnunet/network';
import { encodeSafetensors } from '@nnunet/tensor';
import { concatenate, crc32 } from '@nnunet/tensor/internal';
import { describe, expect, it } from 'vitest';
import { zipChunks } from '../../tensor/src/zip.ts';
import { METADATA_KEY, WEIGHT_PREFIX, type WeightMap } from './checkpoint-format.ts';
import { readModelFile } from './model-file.ts';
import { readModelFolder } from './node/load-model.ts';
import { readModelFolderV2 } from './node/model-folder-v2.ts';
import { description } from './node/noise-task.fixture.ts';

const LIMIT = 1e9;

function zipOf(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const parts = Object.entries(files).map(([name, content]) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return { name, method: 8, crc: crc32(bytes), size: bytes.length, compressed: [deflateRawSync(bytes)] };
  });
  return concatenate(zipChunks(parts));
}

function checkpoint(seed: number): Uint8Array {
  const weights = [...initialiseWeights(description.network, seed)].map(
    ([name, t]) => [WEIGHT_PREFIX + name, t] as const,
  );
  return encodeSafetensors(new Map(weights), { [METADATA_KEY]: JSON.stringify({ version: 1, model: description }) });
}

/** Some weight of each fold. */
const firstOf = (members: readonly ReadonlyMap<string, { data: Float32Array }>[]) =>
  members.map((weights) => [...weights.values()][0]!.data[0]);
const seeds = (...all: number[]) =>
  all.map((seed) => [...initialiseWeights(description.network, seed).values()][0]!.data[0]);

const model = '3d_fullres/Task004_X/T__P/';
const final = 'model_final_checkpoint.safetensors';

it('reads a checkpoint alone', async () => {
  const { rules, members } = await readModelFile(checkpoint(3), 'm.safetensors', LIMIT);
  expect(rules.description).toEqual(description);
  expect(firstOf(members)).toEqual(seeds(3));
});

it('reads the folds of an archive with their postprocessing; all cases together only where there are no folds', async () => {
  const all = { [`${model}all/${final}`]: checkpoint(9) };
  const rule = JSON.stringify({ for_which_classes: [1], min_valid_object_sizes: null });
  const folds = { [`${model}fold_1/${final}`]: checkpoint(2), [`${model}fold_0/${final}`]: checkpoint(1) };
  const others = {
    [`${model}fold_0/model_best.safetensors`]: 'x',
    // of v1, beside this program's own
    [`${model}fold_0/model_final_checkpoint.model`]: 'x',
    [`${model}model_card.json`]: '{}',
  };
  const both = await readModelFile(
    zipOf({ ...all, ...folds, ...others, [`${model}postprocessing.json`]: rule }),
    'm.zip',
    LIMIT,
  );
  expect(firstOf(both.members)).toEqual(seeds(1, 2));
  expect(both.rules.postprocessing?.entries).toEqual([1]);
  // at the top of the archive, too
  const alone = await readModelFile(zipOf({ [`all/${final}`]: checkpoint(9) }), 'm.zip', LIMIT);
  expect(firstOf(alone.members)).toEqual(seeds(9));
  expect(alone.rules.postprocessing).toBeNull();
});

describe('says what is wrong with an archive', () => {
  const fold = (folder: string) => ({ [`${folder}/fold_0/${final}`]: checkpoint(1) });
  const other = zipOf(fold('2d/T/A__B'));
  const damaged = other.slice();
  damaged[100]! ^= 0xff;
  const strange = JSON.stringify({ for_which_classes: [7], min_valid_object_sizes: null });

  it.each<[what: string, bytes: Uint8Array, limit: number, message: RegExp]>([
    ['no model', zipOf({ 'a.txt': 'x' }), LIMIT, /^m\.zip: contains no model whose training is finished\n/],
    [
      'two models',
      zipOf({ ...fold('2d/T/A__B'), ...fold('3d_fullres/T/A__B') }),
      LIMIT,
      /^m\.zip: contains 2 models: 2d\/T\/A__B, 3d_fullres\/T\/A__B\n/,
    ],
    ['cut off', other.subarray(0, 3000), LIMIT, /^m\.zip: is not a complete zip archive/],
    ['damaged', damaged, LIMIT, /^m\.zip: has a (damaged|wrong checksum for) 2d\/T\/A__B\/fold_0\/model_final/],
    ['too large', other, 20_000, /^m\.zip: inflates to more than the 20000 bytes allowed/],
    [
      'a stranger’s postprocessing',
      zipOf({ ...fold('m'), 'm/postprocessing.json': strange }),
      LIMIT,
      /^m\/postprocessing\.json: this postprocessing belongs to another model/,
    ],
    [
      'a description missing',
      zipOf({ 'm/fold_0/checkpoint_final.pth': 'x' }),
      LIMIT,
      /^m\/plans\.json: is not in the archive\n/,
    ],
  ])('%s', async (_, bytes, limit, message) => {
    await expect(readModelFile(bytes, 'm.zip', limit)).rejects.toThrow(message);
  });
});

const shared = fileURLToPath(new URL('../../../../shared/golden/models/', import.meta.url));

/** A checksum of each of a fold's weights, by name and shape. */
const sumOf = (weights: WeightMap) =>
  [...weights].map(([name, { data, shape }]) => `${name} ${shape} ${crc32(new Uint8Array(data.slice().buffer))}`);

/** The files below a folder, as an archive of models has them. */
function archiveOf(base: string, place: string): Uint8Array {
  const names = readdirSync(join(base, place), { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  return zipOf(Object.fromEntries(paths.map((path) => [path.slice(base.length + 1), readFileSync(path)])));
}

describe.skipIf(!existsSync(shared))('models of nnU-Net itself (need ../shared/golden)', () => {
  it('of v1 are those of their folder, with all folds', async () => {
    const place = '3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1';
    const base = join(shared, 'v1/nnUNet');
    const { rules, members } = await readModelFile(archiveOf(base, place), 'v1.zip', LIMIT);
    const expected = await readModelFolder(join(base, place));
    expect(rules.description).toEqual(expected.description);
    expect(members.map(sumOf)).toEqual(expected.members.map(({ weights }) => sumOf(weights)));
    expect(members).toHaveLength(3);
  });

  it('of v2 are those of their folder', async () => {
    const place = 'nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres';
    const base = join(shared, 'v2');
    const { rules, members } = await readModelFile(archiveOf(base, place), 'v2.zip', LIMIT);
    const { description: expected, members: folds } = await readModelFolderV2(join(base, place));
    expect(rules.description).toEqual(expected);
    for (const name of ['plans.json', 'dataset.json'])
      expect(rules.files[name]).toBe(readFileSync(join(base, place, name), 'utf8'));
    expect(members.map(sumOf)).toEqual(folds.map(({ weights }) => sumOf(weights)));
  });
});
