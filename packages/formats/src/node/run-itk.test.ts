import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { withPlainFile } from './run-itk.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'a.png'), 'content');
});

const use = (path: string) => withPlainFile(path, async (plain) => ({ plain, text: readFileSync(plain, 'utf8') }));

it('gives a plain file by its absolute path', async () => {
  const path = join(folder, 'a.png');
  expect(await use(relative(process.cwd(), path))).toEqual({ plain: path, text: 'content' });
});

it('gives a copy where the file is a link or its ending has capitals, and removes it', async () => {
  writeFileSync(join(folder, 'B.x.PNG'), 'capitals');
  symlinkSync(join(folder, 'a.png'), join(folder, 'link.png'));
  for (const [name, plainName, content] of [
    ['B.x.PNG', 'B.x.png', 'capitals'],
    ['link.png', 'link.png', 'content'],
  ] as const) {
    const { plain, text } = await use(join(folder, name));
    expect([basename(plain), text]).toEqual([plainName, content]);
    expect(plain).not.toContain(folder);
    expect(existsSync(join(plain, '..'))).toBe(false);
  }
});

it('names a file that is not there', async () => {
  for (const name of ['none.png', 'none.PNG']) {
    const error = { tag: 'missing-file', where: join(folder, name) };
    await expect(use(join(folder, name))).rejects.toMatchObject(error);
  }
});
