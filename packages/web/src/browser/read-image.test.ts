import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isNnUNetError } from '@nnunet/errors';
import { imageFormats } from '@nnunet/formats/node';
import { zipArchive } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import type { GivenFile } from './given-files.ts';
import { imagesAmong } from './given-images.ts';
import { readGivenImage } from './read-image.ts';
import { unpackImages } from './unpack-images.ts';

const fixtures = fileURLToPath(new URL('../../../formats/fixtures', import.meta.url));
const formats = shippedFormats.with(...imageFormats);

const given = (path: string, bytes: Uint8Array): GivenFile => ({
  path,
  file: new File([bytes as Uint8Array<ArrayBuffer>], path.split('/').at(-1)!),
});

/** The file or folder of a fixture, and what lies beside it, as the user gives them. */
function filesOf(name: string): GivenFile[] {
  const path = join(fixtures, name);
  if (statSync(path).isDirectory())
    return readdirSync(path).map((file) => given(`${name}/${file}`, readFileSync(join(path, file))));
  const stem = name.replace(/\.[^.]*$/, '.');
  const names = readdirSync(fixtures).filter((other) => other.startsWith(stem) && /raw$/.test(other));
  return [name, ...names].map((file) => given(file, readFileSync(join(fixtures, file))));
}

const only = async (files: readonly GivenFile[]) => {
  const images = await imagesAmong(files);
  expect(images).toHaveLength(1);
  return images[0]!;
};

const names = [
  'mirrored_float32.mha',
  'mirrored_uint8.nrrd',
  'oblique_float32.nhdr',
  'oblique_float64.mha',
  'oblique_int16.mha',
  'oblique_int16.nrrd',
  'oblique_uint8.mhd',
  'large_int64.nrrd',
  'plane_int16.mha',
  'ras_ascii.nrrd',
  'dicom_ct',
  'dicom_slopes',
];

it.each(names)('reads %s as Node does, as an image and as labels', async (name) => {
  const image = await only(filesOf(name));
  const path = join(fixtures, name.startsWith('dicom') ? `${name}/` : name);
  const near = (numbers: readonly number[]) => numbers.map((value) => expect.closeTo(value, 14) as number);
  for (const [role, read] of [
    ['image', readVolume],
    ['labels', readLabels],
  ] as const) {
    const expected = await read(path, formats).catch((error: Error) => error);
    if (expected instanceof Error) {
      const message = (await fault(readGivenImage(image, role))).split(': ');
      expect([role, ...message.slice(1)]).toEqual(['labels', ...expected.message.split(': ').slice(1)]);
      continue;
    }
    const found = await readGivenImage(image, role);
    expect(found).toEqual({ ...expected, direction: near(expected.direction), spacing: near(expected.spacing) });
    expect(found.data.constructor).toBe(expected.data.constructor);
  }
});

const fault = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (isNnUNetError(error) ? error.message : `not ours: ${error}`),
  );

it.each(['four_axes.nrrd', 'rgb.mha', 'rgb.nrrd', 'dicom_frames', 'dicom_tilted', 'dicom_two_series'])(
  'refuses %s as Node does',
  async (name) => {
    const image = await only(filesOf(name));
    const path = join(fixtures, name.startsWith('dicom') ? `${name}/` : name);
    const expected = await fault(readVolume(path, formats));
    const plain = (text: string) => text.replaceAll(`${fixtures}/`, '').replace(/^(\w+)\/: /, '$1: ');
    expect(plain(await fault(readGivenImage(image, 'image')))).toBe(plain(expected));
  },
);

it('says what is wrong with damaged and hostile files', async () => {
  const bytes = readFileSync(join(fixtures, 'oblique_int16.nrrd'));
  const text = (text: string) => Buffer.from(text, 'latin1');
  const head = 'NRRD0004\ntype: short\ndimension: 3\nendian: little\n';
  const cases: Record<string, [Uint8Array, RegExp]> = {
    'cut.nrrd': [bytes.subarray(0, bytes.length - 20), /^cut\.nrrd: is damaged, cut off or not what its name says: /],
    'empty.mha': [new Uint8Array(), /^empty\.mha: is damaged, cut off or not a MetaImage: /],
    'text.nrrd': [text('This is no image.'), /^text\.nrrd: cannot be read/],
    'huge.nrrd': [
      text(`${head}sizes: 60000 60000 60000\nencoding: raw\n\nabc`),
      /^huge\.nrrd: .* voxels need \d+ bytes/,
    ],
    'bomb.nrrd': [
      Buffer.concat([text(`${head}sizes: 2000 2000 200\nencoding: gzip\n\n`), gzipSync(new Uint8Array(2 ** 21))]),
      /^bomb\.nrrd: its 200|^bomb\.nrrd: is damaged/,
    ],
    'larger.nrrd': [
      Buffer.concat([text(`${head}sizes: 2 2 2\nencoding: gzip\n\n`), gzipSync(new Uint8Array(50_000_000))]),
      /^larger\.nrrd: .*more than 16 bytes of voxels found/,
    ],
    'alone.mhd': [
      readFileSync(join(fixtures, 'oblique_uint8.mhd')),
      /^oblique_uint8\.raw: is missing: it holds the voxels\n.*alone\.mhd\.$/,
    ],
    'damaged.dcm': [new Uint8Array(300), /^DICOM series\/damaged\.dcm: has no readable DICOM header/],
  };
  for (const [name, [content, message]] of Object.entries(cases)) {
    const image = await only([given(name, content)]);
    expect(await fault(readGivenImage(image, 'image')), name).toMatch(message);
  }
});

it('refuses images beyond a limit before they are read', async () => {
  const packed = gzipSync(new Uint8Array(2 ** 22));
  const head = 'NRRD0004\ntype: double\ndimension: 3\nendian: little\nsizes: 600 512 512\nencoding: gzip\n\n';
  // As much as deflate could hold in so many bytes.
  const content = Buffer.concat([Buffer.from(head), packed, Buffer.alloc(2 ** 21)]);
  const image = await only([given('large.nrrd', content)]);
  expect(await fault(readGivenImage(image, 'image'))).toMatch(
    /^large\.nrrd: its 600 x 512 x 512 voxels need 1\.3 GB, but 1\.1 GB are allowed\n/,
  );
});

it('takes the images out of an archive, and leaves those of models to others', async () => {
  const entry = (name: string, content: Uint8Array) => ({ name, content });
  const slices = filesOf('dicom_ct').map(({ path }) => entry(`scan/${path}`, readFileSync(join(fixtures, path))));
  const archive = given('scan.zip', zipArchive([...slices, entry('scan/README', Buffer.from('text'))]));
  const files = (await unpackImages(archive))!;
  const image = await only(files);
  expect([image.kind, image.name, image.files.length]).toEqual(['dicom', 'dicom_ct', slices.length]);
  const flat = zipArchive([entry('a.mha', Uint8Array.of(1))]);
  expect((await unpackImages(given('x.zip', flat)))!.map(({ path }) => path)).toEqual(['x/a.mha']);
  const model = zipArchive([entry('m/fold_0/model_final_checkpoint.safetensors', Uint8Array.of(1))]);
  expect(await unpackImages(given('m.zip', model))).toBeNull();
  expect(await unpackImages(given('cut.zip', flat.subarray(0, 30)))).toBeNull();
});

it('refuses an archive of images beyond the limit before it is read', async () => {
  const zip = zipArchive([{ name: 'a.mha', content: Uint8Array.of(1) }]);
  // Its list is at the end, after a gigabyte.
  const [size, read] = [2 ** 30 + 1, [] as number[]];
  const [view, list] = [new DataView(zip.buffer, zip.byteOffset), zip.length - 6];
  view.setUint32(list, view.getUint32(list, true) + size - zip.length, true);
  const end = Buffer.concat([Buffer.alloc(2 ** 17), zip]);
  const slice = (from: number, to: number) => {
    read.push(to - from);
    return new Blob([end.subarray(from - size + end.length, to - size + end.length)]);
  };
  const file = { name: 'large.zip', size, slice } as unknown as File;
  expect(await fault(unpackImages({ path: 'large.zip', file }))).toMatch(
    /^large\.zip: has 1\.1 GB, but 1\.1 GB are allowed\n/,
  );
  expect(Math.max(...read)).toBeLessThan(2 ** 20);
});
