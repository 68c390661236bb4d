import { expect, it } from 'vitest';
import { imagesAmong } from './given-images.ts';
import { pairFiles } from './labelled-files.ts';

/** What files of these paths make, for a model of one channel unless others are given. */
async function paired(paths: readonly string[], channels: readonly string[] = ['CT']) {
  const files = paths.map((path) => ({ path, file: new File([], path.split('/').at(-1)!) }));
  const found = pairFiles(await imagesAmong(files), channels);
  if ('fault' in found) return found.fault;
  return found.cases.map(({ id, images, labels }) => `${id}: ${images.map(({ name }) => name)} | ${labels.name}`);
}

it('puts numbered images and their label maps together, in any order', async () => {
  expect(await paired(['b.nii.gz', 'a_0000.nii', 'b_0000.nii.gz', 'a.nii'])).toEqual([
    'a: a_0000.nii | a.nii',
    'b: b_0000.nii.gz | b.nii.gz',
  ]);
  expect(await paired(['a_0001.nii', 'a.nii', 'a_0000.nii'], ['T1', 'T2'])).toEqual([
    'a: a_0000.nii,a_0001.nii | a.nii',
  ]);
  expect(await paired(['BRATS_0001_0000.nii', 'BRATS_0001.nii'])).toEqual([
    'BRATS_0001: BRATS_0001_0000.nii | BRATS_0001.nii',
  ]);
});

it('knows label maps by the end of their names, as the page saves them', async () => {
  expect(await paired(['scan.nii.gz', 'scan_labels.nii.gz', 'x_0000.nii', 'x_0000_seg.nii'])).toEqual([
    'scan: scan.nii.gz | scan_labels.nii.gz',
    'x: x_0000.nii | x_0000_seg.nii',
  ]);
  for (const end of ['_label', '-labels', '.seg', ' segmentation', '_Mask', '_gt'])
    expect(await paired(['y.nii', `y${end}.nii`])).toEqual([`y: y.nii | y${end}.nii`]);
});

it('knows both by their folders, beside other files', async () => {
  expect(
    await paired([
      'T/imagesTr/a.nii',
      'T/labelsTr/a.nii',
      'T/imagesTr/b_0001.nii',
      'T/labelsTr/b_0001.nii',
      'T/dataset.json',
    ]),
  ).toEqual(['a: a.nii | a.nii', 'b_0001: b_0001.nii | b_0001.nii']);
  expect(await paired(['T/imagesTr/a_0000.nii', 'T/labelsTr/a.nii'])).toEqual(['a: a_0000.nii | a.nii']);
});

it('takes images of other formats, and DICOM series by the names of their folders', async () => {
  expect(await paired(['a_0000.nrrd', 'a.mha', 'b_0000/1.dcm', 'b_0000/2.dcm', 'b.nii.gz'])).toEqual([
    'a: a_0000.nrrd | a.mha',
    'b: b_0000 | b.nii.gz',
  ]);
});

it('says what is missing or too much', async () => {
  expect(await paired(['a.txt'])).toBe('None of these files is an image that can be read here.');
  expect(await paired(['a.nii'])).toBe(
    'a.nii: is a label map without its image. Give it, too, named a_0000 or the same name in a folder "images".',
  );
  expect(await paired(['a_0000.nii'])).toBe(
    'a: has no label map. Give it, named a or a_labels, or leave the image out.',
  );
  expect(await paired(['a_0000.nii', 'a.nii', 'a_seg.nii'])).toBe(
    'a: has several label maps: a.nii, a_seg.nii. Keep one of them.',
  );
  expect(await paired(['a_0000.nii', 'x/a_0000.nii', 'a.nii'])).toBe(
    'a: a_0000.nii and a_0000.nii are images of the same channel.',
  );
  expect(await paired(['a_0000.nii', 'a.nii'], ['T1', 'T2'])).toBe(
    'a: the model needs 2 images of each case (T1, T2), whose names end in _0000, _0001; found: a_0000.nii.',
  );
  expect(await paired(['a_0003.nii', 'a.nii'])).toContain('needs 1 image of each case (CT), whose names end in _0000;');
  expect(await paired(['a', 'b', 'c', 'd', 'e'].map((id) => `${id}_0000.nii`))).toMatch(
    /^a: .*\nb: .*\nc: .*\nAnd 2 other cases like these\.$/,
  );
});
