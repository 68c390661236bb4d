import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { GivenFile } from './given-files.ts';
import { imagesAmong } from './given-images.ts';
import { seriesApart } from './series-apart.ts';

const fixtures = fileURLToPath(new URL('../../../formats/fixtures', import.meta.url));
const given = (path: string, bytes: Uint8Array): GivenFile => ({
  path,
  file: new File([bytes as Uint8Array<ArrayBuffer>], path.split('/').at(-1)!),
});
const filesOf = (folder: string, place = folder) =>
  readdirSync(join(fixtures, folder)).map((name) =>
    given(`${place}/${name}`, readFileSync(join(fixtures, folder, name))),
  );
const apart = async (files: readonly GivenFile[]) =>
  (await seriesApart(await imagesAmong(files))).map(({ name, stem, title, files }) => ({
    name,
    stem,
    title,
    files: files.map(({ file }) => file.name),
  }));

it('divides a folder of several series, and calls each by its description', async () => {
  expect(await apart(filesOf('dicom_two_series'))).toEqual([
    { name: 'Arterial', stem: 'Arterial', title: 'Arterial: 2 files of 7 x 6 pixels', files: ['1.dcm', '2.dcm'] },
    { name: 'Venous', stem: 'Venous', title: 'Venous: 3 files of 7 x 6 pixels', files: ['3.dcm', '4.dcm', '5.dcm'] },
  ]);
});

it('leaves the name of a folder with one series, and images of other formats', async () => {
  const [first, ...more] = filesOf('dicom_slopes');
  const other = given('a.nii.gz', Uint8Array.of(1));
  expect(await apart([other, first!, ...more])).toEqual([
    { name: 'a.nii.gz', stem: 'a', title: undefined, files: ['a.nii.gz'] },
    {
      name: 'dicom_slopes',
      stem: 'dicom_slopes',
      title: expect.stringMatching(/^PET: 3 files of /),
      files: ['1.dcm', '2.dcm', '3.dcm'],
    },
  ]);
});

it('leaves out files without pixels, and an image with a file of which nothing can be read as it is', async () => {
  const files = filesOf('dicom_two_series', 'scan');
  const bytes = readFileSync(join(fixtures, 'dicom_two_series/1.dcm'));
  // Rows (0028,0010) under another tag: as in a report.
  const report = Buffer.from(bytes);
  const at = report.indexOf(Buffer.from([0x28, 0x00, 0x10, 0x00]));
  expect(at).toBeGreaterThan(0);
  report[at + 2] = 0x09;
  const [venous, ...rest] = (await apart([...files.slice(2), given('scan/report.dcm', report)])).map(
    ({ files }) => files,
  );
  expect([venous, rest]).toEqual([['3.dcm', '4.dcm', '5.dcm'], []]);
  const whole = await apart([...files, given('scan/cut.dcm', bytes.subarray(0, 150))]);
  expect(whole.map(({ name, files }) => [name, files.length])).toEqual([['scan', 6]]);
});

it('finds the series behind a long header', async () => {
  const bytes = readFileSync(join(fixtures, 'dicom_two_series/1.dcm'));
  // A private element of 100 kB before the series (0020,000d).
  const at = bytes.indexOf(Buffer.from([0x20, 0x00, 0x0d, 0x00]));
  expect(at).toBeGreaterThan(0);
  const head = Buffer.from([0x19, 0x00, 0x10, 0x10, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(100_000, 8);
  const long = Buffer.concat([bytes.subarray(0, at), head, Buffer.alloc(100_000), bytes.subarray(at)]);
  expect(await apart([given('a/1.dcm', long), ...filesOf('dicom_two_series', 'a').slice(1)])).toMatchObject([
    { name: 'Arterial', files: ['1.dcm', '2.dcm'] },
    { name: 'Venous' },
  ]);
});
