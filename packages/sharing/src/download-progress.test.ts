import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { rootsBelow } from './archive.fixture.ts';
import { downloadAndInstall } from './download-models.ts';

const work = vi.hoisted(() => ({ downloadFile: vi.fn(), installArchive: vi.fn() }));
vi.mock('./download-file.ts', () => work);
vi.mock('./install-archive.ts', () => work);

beforeEach(() => {
  for (const one of Object.values(work)) one.mockReset();
});

it('tells the time left by what came since it started', async () => {
  const reporter = listener();
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  work.downloadFile.mockImplementation(async ({ onProgress }) => {
    // An earlier call had received 50 MB.
    onProgress(50e6, 90e6);
    clock.mockReturnValue(6000);
    onProgress(60e6, 90e6);
  });
  work.installArchive.mockResolvedValue({});
  await downloadAndInstall([{ url: 'https://x/a.zip' }], { roots: rootsBelow(temporaryFolder()), reporter });
  clock.mockRestore();
  // 10 MB in 5 s, and 30 MB are left.
  expect(reporter.progressed.map(({ secondsLeft }) => secondsLeft)).toEqual([undefined, 15]);
});

it('tells the megabytes of each archive, and installs it', async () => {
  const folder = temporaryFolder();
  const reporter = listener();
  const roots = rootsBelow(folder);
  const downloads = join(folder, 'results/nnUNet/.downloads');
  const locked: string[][] = [];
  work.downloadFile.mockImplementation(async ({ onProgress, onMessage }) => {
    locked.push(readdirSync(downloads));
    onProgress(2_400_000, 9_600_000);
    onProgress(2_600_000, undefined);
    onMessage('a line');
  });
  work.installArchive.mockImplementation(async ({ zipFile }) => zipFile);
  const url = 'https://x/a.zip';
  const name = `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.zip`;
  const zipFile = join(downloads, name);
  const sum = 'ab'.repeat(32);
  expect(await downloadAndInstall([{ url, sha256: sum }, { url }], { roots, reporter })).toEqual([zipFile, zipFile]);
  const what = { what: 'downloading (MB)', note: url };
  const told = [
    { ...what, done: 2, total: 10 },
    { ...what, done: 3, total: 4 },
  ];
  expect(reporter.progressed).toEqual([...told, ...told]);
  expect(reporter.messages).toEqual(['a line', 'a line']);
  expect(work.downloadFile.mock.calls.map(([{ target, sha256, maxBytes }]) => [target, sha256, maxBytes])).toEqual([
    [zipFile, sum, 64 * 2 ** 30],
    [zipFile, undefined, 64 * 2 ** 30],
  ]);
  expect(work.installArchive.mock.calls[0]![0]).toMatchObject({ roots, zipFile, reporter });
  expect(locked[0]).toEqual([expect.stringContaining(`${name}.lock`)]);
  expect(existsSync(downloads)).toBe(false);
});
