import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { rootsBelow } from './archive.fixture.ts';
import { downloadAndInstall } from './download-models.ts';

const work = vi.hoisted(() => ({ downloadFile: vi.fn(), installArchive: vi.fn() }));
vi.mock('./download-file.ts', () => work);
vi.mock('./install-archive.ts', () => work);

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
