import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashFile, readMadeFrom, writeMadeFrom } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { cropDataset } from './crop-dataset.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ cropTask: vi.fn() }));
vi.mock('@nnunet/preprocess/node', async (original) => ({ ...(await original<object>()), ...work }));

const sum = (digit: string) => digit.repeat(64);
let root: string;
let cropped: string;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  root = temporaryFolder();
  // Its folder above is not there either.
  cropped = join(root, 'nnUNet_cropped_data/Task007_A');
  writeFileSync(join(root, 'dataset.json'), '{}');
  reporter = listener();
  work.cropTask.mockReset().mockImplementation(async ({ outFolder, onBegin, onProgress }) => {
    await onBegin();
    expect(await readMadeFrom(outFolder)).toMatchObject({ unfinished: 2 });
    onProgress({ id: 'b', done: 1, total: 2 });
    mkdirSync(join(outFolder, 'gt_segmentations'), { recursive: true });
    for (const name of ['la.nii.gz', 'old.nii.gz']) writeFileSync(join(outFolder, 'gt_segmentations', name), '');
    return { hashes: { 'imagesTr/a': sum('a') }, notices: [] };
  });
});

const cases = ['a', 'b'].map((id) => ({ id, images: [`${id}_0000.nii.gz`], labels: `/raw/labelsTr/l${id}.nii.gz` }));
const crop = () =>
  cropDataset({ rawFolder: root, cases, croppedFolder: cropped, labels: [0, 1], workers: 3, reporter });

it('crops the cases, and records what they were made from', async () => {
  await crop();
  expect(work.cropTask.mock.calls[0]![0]).toMatchObject({
    cases,
    outFolder: cropped,
    declaredLabels: [0, 1],
    workers: 3,
    recorded: null,
  });
  const record = { 'dataset.json': await hashFile(join(root, 'dataset.json')), 'imagesTr/a': sum('a') };
  expect(await readMadeFrom(cropped)).toEqual({ sources: record });
  expect(readdirSync(join(cropped, 'gt_segmentations'))).toEqual(['la.nii.gz']);
  expect(reporter.progressed).toEqual([{ what: 'cropping', done: 1, total: 2, note: 'b' }]);
  expect(reporter.messages).toEqual([]);
  await crop();
  expect(work.cropTask.mock.calls[1]![0]).toMatchObject({ recorded: record });
});

it('removes what a killed process has left, and cases that are gone', async () => {
  mkdirSync(cropped, { recursive: true });
  await writeMadeFrom(cropped, { sources: {} });
  const [left, other] = ['.a.npz.0123456789ab.tmp', 'gone.txt'];
  for (const name of ['a.npz', 'a.json', 'gone.npz', 'gone.json', 'old.npz', 'old.pkl', left, other])
    writeFileSync(join(cropped, name), '');
  await crop();
  expect(readdirSync(cropped).sort()).toEqual(
    ['a.json', 'a.npz', 'gone.txt', 'gt_segmentations', 'made-from.json'].sort(),
  );
  expect(reporter.messages).toEqual([]);
});

it('says that a folder has no record, and the first ten notices', async () => {
  mkdirSync(cropped, { recursive: true });
  writeFileSync(join(cropped, 'a.npz'), '');
  const notices = Array.from({ length: 12 }, (_, i) => `notice ${i}`);
  const usual = work.cropTask.getMockImplementation()!;
  work.cropTask.mockImplementation(async (options) => ({ ...(await usual(options)), notices }));
  await crop();
  expect(reporter.messages[0]).toBe(
    `${cropped} has no record of what it was made from; cases without a record are used as they are`,
  );
  expect(reporter.warnings).toEqual([`${notices.slice(0, 10).join('\n')}\nand 2 more`]);
  notices.length = 1;
  await crop();
  expect(reporter.warnings[1]).toBe('notice 0');
  expect(existsSync(join(cropped, 'a.npz'))).toBe(true);
});
