import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import type { SiteDescription } from './site-description.ts';
import { writeSite } from './write-site.ts';

const built = existsSync(new URL('../dist/browser/index.html', import.meta.url));
const description: SiteDescription = {
  format: 'nnunet-site',
  version: 1,
  title: 'T',
  intendedUse: 'U',
  model: { file: 'model.zip', bytes: 3 },
  channels: ['MRI'],
  needsPreviousStage: false,
  labels: [],
  card: [],
  example: { files: ['example/a.nii'], origin: '' },
};

/** Writes a site whose model has this content. */
const write = (folder: string, model: string) =>
  writeSite({
    folder,
    async fill(site) {
      writeFileSync(join(site, 'model.zip'), model);
      mkdirSync(join(site, 'example'));
      writeFileSync(join(site, 'example/a.nii'), 'image');
      return description;
    },
  });

const filesOf = (folder: string) => {
  const [, json] = /^self\.siteFiles=(.*);\n/.exec(readFileSync(join(folder, 'service-worker.js'), 'utf8'))!;
  return JSON.parse(json!) as { version: string; first: string[]; later: string[] };
};

describe.skipIf(!built)('a site (needs the built page)', () => {
  it('lists its files for later visits, and is another version with another content', async () => {
    const folder = join(temporaryFolder(), 'made/site');
    await write(folder, 'one');
    const { version, first, later } = filesOf(folder);
    const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(first.length + later.length).toBe(all.length - 1);
    expect(first).toEqual(
      expect.arrayContaining(['index.html', 'page.js', 'predict-worker.js', 'site.json', 'style.css']),
    );
    expect(later).toEqual(expect.arrayContaining(['example/a.nii', 'model.zip']));
    expect(later.filter((file) => file.startsWith('onnxruntime-web/'))).toHaveLength(6);
    expect(JSON.parse(readFileSync(join(folder, 'site.json'), 'utf8'))).toEqual(description);
    await write(folder, 'one');
    expect(filesOf(folder).version).toBe(version);
    await write(folder, 'two');
    expect(filesOf(folder).version).not.toBe(version);
    expect(readdirSync(join(folder, '..'))).toEqual(['site']);
  });

  it('is left as it was if writing fails, and never takes the place of something else', async () => {
    const root = temporaryFolder();
    const [folder, other] = [join(root, 'site'), join(root, 'other')];
    await write(folder, 'one');
    const failing = writeSite({ folder, fill: () => Promise.reject(new Error('no room')) });
    await expect(failing).rejects.toThrow('no room');
    expect(readFileSync(join(folder, 'model.zip'), 'utf8')).toBe('one');
    mkdirSync(other);
    await write(other, 'one');
    mkdirSync(join(root, 'mine'));
    writeFileSync(join(root, 'mine/thesis.txt'), '');
    const refused = await write(join(root, 'mine'), 'one').catch((error: unknown) => error);
    expect(isNnUNetError(refused, 'usage')).toBe(true);
    // Such as the settings of a host, beside the page.
    writeFileSync(join(other, 'example/_headers'), '');
    await expect(write(other, 'two')).rejects.toThrow(
      /: contains files of something else, such as example\/_headers\n/,
    );
    expect(readFileSync(join(other, 'model.zip'), 'utf8')).toBe('one');
    expect(readdirSync(root).sort()).toEqual(['mine', 'other', 'site']);
    expect(readdirSync(join(root, 'mine'))).toEqual(['thesis.txt']);
  });
});
