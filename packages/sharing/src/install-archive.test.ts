import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { counterRandom } from '@nnunet/tensor';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { everythingBelow, MODEL, rootsBelow, writeMadeArchive, writeRawArchive } from './archive.fixture.ts';
import { installArchive } from './install-archive.ts';

const folder = temporaryFolder();
afterAll(() => expect(openFiles(folder)).toEqual([]));
const reporter = listener();
const checkpoint = `${MODEL}/fold_0/model_final_checkpoint.model`;

/** A folder of another file system than that of the tests, where there is one. */
const OTHER_DISK = '/dev/shm';
const otherDisk = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(folder).dev;

function install(zipFile: string, under = folder, limits = {}) {
  return installArchive({ roots: rootsBelow(under), zipFile, limits, reporter });
}

describe('installArchive', () => {
  it('installs models, and replaces files of the same names', async () => {
    const zip = join(folder, 'good.zip');
    await writeMadeArchive(zip, [{ name: 'ensembles/Task900_Made/e/postprocessing.json', text: '{}' }]);
    const first = await install(zip);
    expect(first).toMatchObject({ models: [MODEL], replaced: 0 });
    expect(everythingBelow(join(folder, 'results/nnUNet')).filter((name) => /\.\w+$/.test(name))).toEqual(
      [
        `${MODEL}/fold_0/model_final_checkpoint.safetensors`,
        `${MODEL}/model_card.md`,
        `${MODEL}/plans.json`,
        `${MODEL}/postprocessing.json`,
        'ensembles/Task900_Made/e/postprocessing.json',
        // the folder's name ends like a file's
        MODEL,
      ].sort(),
    );
    const plans = join(folder, 'results/nnUNet', MODEL, 'plans.json');
    const content = readFileSync(plans, 'utf8');
    writeFileSync(plans, 'other');
    expect((await install(zip)).replaced).toBe(5);
    expect(readFileSync(plans, 'utf8')).toBe(content);
  });

  it('tells each file, unpacks it within the results, and lists folders of models alone', async () => {
    const zip = join(folder, 'told.zip');
    const root = join(folder, 'told');
    const flat = '2d/Task900_Made';
    await writeMadeArchive(zip, [
      { name: `${flat}/T__P/plans.json`, text: '{}' },
      { name: `${flat}/notes.txt`, text: 'notes' },
    ]);
    for (const there of [false, true]) {
      const staged: string[] = [];
      const told = listener();
      const progress = (step: (typeof told.progressed)[0]) => {
        staged.push(...everythingBelow(root).filter((name) => /\.installing-[^/]+$/.test(name)));
        told.progress(step);
      };
      const { models } = await installArchive({
        roots: rootsBelow(root),
        zipFile: zip,
        reporter: { ...told, progress },
      });
      expect(models).toEqual([`${flat}/T__P`, MODEL]);
      const names = ['model_final_checkpoint.safetensors', 'plans.json', 'postprocessing.json', 'model_card.md'];
      expect(told.progressed).toEqual(
        [...names, 'plans.json', 'notes.txt'].map((note, i) => ({ what: 'unpacking', done: i + 1, total: 6, note })),
      );
      const place = there ? `results/nnUNet/${MODEL}/fold_0/.installing-` : 'results/nnUNet/.installing-';
      expect(staged[0]).toMatch(new RegExp(`^${place}`));
    }
  });

  it('stops when asked to, and leaves nothing', async () => {
    const zip = join(folder, 'stopped.zip');
    await writeMadeArchive(zip);
    const root = join(folder, 'stopped');
    const abort = new AbortController();
    const told = { ...listener(), progress: () => abort.abort() };
    const options = { roots: rootsBelow(root), zipFile: zip, reporter: told, signal: abort.signal };
    await expect(installArchive(options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(everythingBelow(root)).toEqual(['results', 'results/nnUNet']);
  });

  it('names a file that is in the way of a folder', async () => {
    const zip = join(folder, 'in-the-way.zip');
    await writeMadeArchive(zip);
    const root = join(folder, 'in-the-way');
    mkdirSync(join(root, 'results/nnUNet'), { recursive: true });
    writeFileSync(join(root, 'results/nnUNet/3d_fullres'), '');
    await expect(install(zip, root)).rejects.toThrow(/is inside .*results\/nnUNet\/3d_fullres, which is a file/);
    expect(everythingBelow(root)).toEqual(['results', 'results/nnUNet', 'results/nnUNet/3d_fullres']);
  });

  it('refuses names with backslashes, and what is encrypted', async () => {
    const zip = join(folder, 'encrypted.zip');
    const root = join(folder, 'refused');
    writeRawArchive(zip, [{ name: checkpoint }, { name: `${MODEL}\\plans.json` }]);
    await expect(install(zip, root)).rejects.toMatchObject({ tag: 'bad-archive' });
    writeRawArchive(zip, [{ name: checkpoint, text: 'weights' }]);
    const bytes = readFileSync(zip);
    // The method of packing: bzip2.
    bytes[bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 10] = 12;
    writeFileSync(zip, bytes);
    await expect(install(zip, root)).rejects.toThrow(/encrypted or with an unknown compression/);
    expect(existsSync(root)).toBe(false);
  });

  it('installs models of nnU-Net v2 beside the folder of the others, and nothing if one is incomplete', async () => {
    const zip = join(folder, 'v2.zip');
    const root = join(folder, 'of-v2');
    const model = 'Dataset900_Made/nnUNetTrainer__nnUNetPlans__3d_fullres';
    const members = [
      { name: `${model}/fold_0/checkpoint_final.pth`, text: 'weights' },
      { name: `${model}/dataset.json`, text: '{}' },
      { name: 'Dataset900_Made/ensembles/e/postprocessing.json', text: '{}' },
      { name: `${model}/plans.json`, text: '{}' },
    ];
    writeRawArchive(zip, members.slice(0, 3));
    await expect(install(zip, root)).rejects.toMatchObject({ tag: 'bad-archive' });
    expect(existsSync(root)).toBe(false);
    writeRawArchive(zip, members);
    const results = join(root, 'results');
    reporter.warnings.length = 0;
    expect(await install(zip, root)).toEqual({ models: [model], folder: results, replaced: 0 });
    expect(reporter.warnings).toEqual([
      expect.stringMatching(
        /^this model is installed, but cannot be used for prediction here: .*checkpoint_final\.pth: /,
      ),
    ]);
    expect(readFileSync(join(results, model, 'fold_0/checkpoint_final.pth'), 'utf8')).toBe('weights');
    expect((await install(zip, root)).replaced).toBe(4);
  });

  it('takes archives of v1, with folders and the clutter of some programs', async () => {
    const zip = join(folder, 'v1.zip');
    writeRawArchive(zip, [
      { name: '3d_fullres/', mode: 0o040755 },
      { name: '3d_fullres/Task900_Made/', mode: 0 },
      { name: checkpoint, text: 'weights', mode: 0 },
      { name: `${checkpoint}.pkl`, text: 'pickle' },
      { name: `${MODEL}/plans.pkl`, text: 'pickle' },
      { name: '__MACOSX/3d_fullres/._x', text: 'x' },
      { name: `${MODEL}/.DS_Store`, text: 'x' },
    ]);
    const root = join(folder, 'of-v1');
    expect((await install(zip, root)).models).toEqual([MODEL]);
    expect(readFileSync(join(root, 'results/nnUNet', checkpoint), 'utf8')).toBe('weights');
    expect(everythingBelow(root).join()).not.toMatch(/MACOSX|DS_Store|installing/);
  });

  it.skipIf(!otherDisk)('installs into a folder of another disk that a link leads to', async () => {
    const disk = mkdtempSync(join(OTHER_DISK, 'nnunet-'));
    const root = join(folder, 'linked');
    mkdirSync(join(root, 'results/nnUNet'), { recursive: true });
    symlinkSync(disk, join(root, 'results/nnUNet', MODEL.split('/')[0]!));
    try {
      const zip = join(folder, 'linked.zip');
      await writeMadeArchive(zip, [{ name: 'ensembles/Task900_Made/e/postprocessing.json', text: '{}' }]);
      for (const replaced of [0, 5]) expect(await install(zip, root)).toMatchObject({ models: [MODEL], replaced });
      expect(existsSync(join(disk, MODEL.split('/').slice(1).join('/'), 'plans.json'))).toBe(true);
      for (const below of [root, disk]) expect(everythingBelow(below).join()).not.toMatch(/installing/);
    } finally {
      rmSync(disk, { recursive: true });
    }
  });

  it.each([
    ['../outside'],
    ['3d_fullres/../../outside'],
    ['/tmp/outside'],
    ['C:/outside'],
    ['3d_fullres\\..\\outside'],
    ['3d_fullres/a\0b'],
    ['3d_fullres//a'],
    ['3d_fullres/./a'],
    ['3d_fullres/.../a'],
    ['3d_fullres/a. /b'],
    ['3d_fullres/con|x'],
    [`3d_fullres/${'x'.repeat(300)}`],
    ['somewhere/else'],
    ['plans.json'],
    [checkpoint.toUpperCase().replace('3D_FULLRES', '3d_fullres')],
    [`${checkpoint}/below`],
  ])('refuses the name %j', async (name) => {
    const zip = join(folder, 'name.zip');
    writeRawArchive(zip, [
      { name: checkpoint, text: 'weights' },
      { name, text: 'x' },
    ]);
    const root = join(folder, 'refused');
    await expect(install(zip, root)).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-archive'));
    expect(existsSync(root)).toBe(false);
  });

  it('refuses links and other special files, twice the same, and archives without a model', async () => {
    const zip = join(folder, 'special.zip');
    const root = join(folder, 'refused');
    for (const mode of [0o120777, 0o020644, 0o060644, 0o010644, 0o140644, 0o040755]) {
      writeRawArchive(zip, [
        { name: checkpoint, text: 'weights' },
        { name: `${MODEL}/link`, text: '/etc', mode },
      ]);
      await expect(install(zip, root)).rejects.toThrow(/link or another special file/);
    }
    writeRawArchive(zip, [{ name: checkpoint }, { name: checkpoint }]);
    await expect(install(zip, root)).rejects.toThrow(/twice/);
    writeRawArchive(zip, [{ name: `${MODEL}/plans.json`, text: '{}' }]);
    await expect(install(zip, root)).rejects.toThrow(/no checkpoint/);
    writeRawArchive(zip, []);
    await expect(install(zip, root)).rejects.toThrow(/no checkpoint/);
    expect(existsSync(root)).toBe(false);
  });

  it('refuses bombs before it unpacks anything', async () => {
    const zip = join(folder, 'bomb.zip');
    const root = join(folder, 'refused');
    await writeMadeArchive(zip);
    await expect(install(zip, root, { maxBytes: 1000 })).rejects.toThrow(/more than 1 kB/);
    await expect(install(zip, root, { maxMembers: 3 })).rejects.toThrow(/4 files/);
    const bytes = readFileSync(zip);
    // the first member's size in the directory
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24;
    bytes.writeUInt32LE(2 ** 30, at);
    writeFileSync(zip, bytes);
    await expect(install(zip, root)).rejects.toThrow(/expands from/);
    bytes.writeUInt32LE(5000, at);
    writeFileSync(zip, bytes);
    await expect(install(zip, root)).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-archive'));
    expect(existsSync(join(root, 'results/nnUNet', MODEL))).toBe(false);
    // members that share their bytes
    writeRawArchive(zip, [{ name: checkpoint, text: 'x'.repeat(10_000) }, { name: `${MODEL}/b` }]);
    const shared = readFileSync(zip);
    const second = shared.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    for (const field of [20, 24]) shared.writeUInt32LE(10_000, second + field);
    writeFileSync(zip, shared);
    await expect(install(zip, root)).rejects.toThrow(/larger than the archive/);
  });

  it('refuses an archive that grows a thousandfold, and takes weights that shrink by half', async () => {
    const zip = join(folder, 'grows.zip');
    const root = join(folder, 'growing');
    const name = `${MODEL}/fold_1/model_best.safetensors`;
    await writeMadeArchive(zip, [{ name, text: '\0'.repeat(2_000_000) }]);
    expect(readFileSync(zip).length).toBeLessThan(5000);
    await expect(install(zip, root)).rejects.toThrow(/would expand from \d+ bytes to more than 100 times as many/);
    expect(existsSync(root)).toBe(false);
    // Half of it random digits, the other half zeros, such as momenta before the first step.
    const random = counterRandom(1, 'weights');
    const digits = Array.from({ length: 100_000 }, () => random.integer(10)).join('');
    await writeMadeArchive(zip, [{ name, text: digits + '\0'.repeat(100_000) }]);
    expect((await install(zip, join(folder, 'half'))).models).toEqual([MODEL]);
  });

  it('leaves everything as it was where a member is damaged or a folder is in the way', async () => {
    const zip = join(folder, 'damaged.zip');
    const root = join(folder, 'untouched');
    const target = join(root, 'results/nnUNet', MODEL);
    mkdirSync(join(target, 'plans.json'), { recursive: true });
    await writeMadeArchive(zip);
    await expect(install(zip, root)).rejects.toThrow(/plans\.json: is a folder/);
    const bytes = readFileSync(zip);
    bytes[bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 3, 4])) + 100]! ^= 0xff;
    writeFileSync(zip, bytes);
    const other = join(folder, 'damaged');
    await expect(install(zip, other)).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-archive'));
    expect(everythingBelow(other)).toEqual(['results', 'results/nnUNet']);
    expect(everythingBelow(target)).toEqual(['plans.json']);
  });

  it('names what cannot be read', async () => {
    await expect(install(join(folder, 'none.zip'))).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-file'));
    await expect(install(folder)).rejects.toThrow(/is a folder, not an archive/);
    writeFileSync(join(folder, 'text.zip'), 'no archive at all');
    await expect(install(join(folder, 'text.zip'))).rejects.toThrow(
      /^[^:]*\/text\.zip: is not a zip archive, or is damaged \(/,
    );
    const roots = { rawBase: null, preprocessed: null, results: null };
    const zipFile = join(folder, 'good.zip');
    await expect(installArchive({ roots, zipFile, reporter })).rejects.toThrow(/RESULTS_FOLDER/);
  });
});

// NNUNET_FUZZ=5000 for a long run.
const runs = Number(process.env.NNUNET_FUZZ ?? 300);

it(`ends in a typed error or a good installation with ${runs} mutated archives, and touches nothing else`, async () => {
  const root = temporaryFolder();
  const outside = join(root, 'outside');
  mkdirSync(outside);
  mkdirSync(join(root, 'in'));
  symlinkSync(outside, join(root, 'link'));
  const zip = join(root, 'seed.zip');
  await writeMadeArchive(zip, [{ name: '2d/Task900_Made/T__P/all/model_best.model', text: 'z'.repeat(3000) }]);
  const seed = readFileSync(zip);
  const outcomes = { installed: 0, refused: 0 };
  for (let run = 0; run < runs; run++) {
    writeFileSync(join(root, 'in/mutated.zip'), mutate(seed, run));
    try {
      await install(join(root, 'in/mutated.zip'), join(root, 'in'));
      outcomes.installed++;
    } catch (error) {
      if (!isNnUNetError(error)) throw new Error(`mutation ${run}: ${error}`, { cause: error });
      outcomes.refused++;
    }
  }
  expect(everythingBelow(root).filter((name) => !name.startsWith('in/'))).toEqual([
    'in',
    'link',
    'outside',
    'seed.zip',
  ]);
  const inside = everythingBelow(join(root, 'in')).filter((name) => !/^(mutated\.zip|results(\/nnUNet)?)$/.test(name));
  for (const name of inside)
    expect(name).toMatch(/^results\/nnUNet\/(2d|3d_lowres|3d_fullres|3d_cascade_fullres|ensembles)(\/|$)/);
  expect(outcomes.refused).toBeGreaterThan(runs / 4);
});

/** Bytes changed, cut out, doubled or cut off, names replaced by dangerous ones, modes turned into links. */
function mutate(seed: Buffer, run: number): Buffer {
  const random = counterRandom(run, 'mutation');
  const below = (n: number) => random.integer(n);
  let bytes = Buffer.from(seed);
  for (let change = 0, count = 1 + below(3); change < count; change++) {
    const at = below(bytes.length);
    const kind = below(7);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at]! ^= 1 << below(8);
    else if (kind === 2) bytes = bytes.subarray(0, at);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(40)))]);
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - below(60)))]);
    else if (kind === 5)
      replaceAll(
        bytes,
        '3d_fullres/Task900',
        ['../../outside/x1234', '/tmp/outside/12345', '3d_fullres/../../xx', '..\\..\\outside\\1234'][below(4)]!,
      );
    else {
      const member = nth(bytes, Buffer.from([0x50, 0x4b, 1, 2]), below(6));
      if (member >= 0 && member + 46 <= bytes.length) {
        const [field, value] = [
          [38, (0o120777 << 16) >>> 0],
          [24, 2 ** 31],
          [20, 2 ** 31],
          [42, below(2 ** 16)],
          [10, below(100)],
        ][below(5)]!;
        bytes.writeUInt32LE(value!, member + field!);
      }
    }
    if (bytes.length === 0) break;
  }
  return bytes;
}

function replaceAll(bytes: Buffer, text: string, by: string): void {
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1))
    bytes.write(by.slice(0, text.length), at);
}

function nth(bytes: Buffer, pattern: Buffer, n: number): number {
  let at = bytes.indexOf(pattern);
  for (let i = 0; i < n && at >= 0; i++) at = bytes.indexOf(pattern, at + 1);
  return at;
}
