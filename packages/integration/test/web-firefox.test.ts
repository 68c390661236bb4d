import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { imageFormats } from '@nnunet/formats/node';
import { loadModel } from '@nnunet/inference/node';
import { resolveRoots } from '@nnunet/schema';
import { installArchive } from '@nnunet/sharing';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { demoTask, repository } from './commands.ts';
import { Firefox } from './firefox.ts';
import { exampleImage as image, makeSite } from './made-site.ts';
import { isolation } from './page-server.ts';
import { dropping, type HostedSite, hostSite, siteFirefox } from './site-browser.ts';

const fixtures = join(repository, 'packages/formats/fixtures');
const formats = shippedFormats.with(...imageFormats);
const filesIn = (folder: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));

/** Waits in the page until a status says something, or something bad unless that is what is waited for. */
const UNTIL = `const until = async (id, pattern) => {
  for (;; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const status = document.getElementById(id);
    const bad = status.classList.contains('bad');
    if (pattern.test(status.textContent)) {
      status.classList.remove('bad');
      return status.textContent;
    }
    if (bad) throw new Error(status.textContent);
  }
};`;
const SEGMENT = `document.getElementById('start').click();
  await until('status', /^Done/);
  while (document.getElementById('result').hidden) await new Promise((resolve) => setTimeout(resolve, 100));`;

describe.skipIf(siteFirefox === undefined)('the page of a model in Firefox (skipped where there is none)', () => {
  const root = temporaryFolder();
  const [model, site] = [join(root, 'Task900_Made/nnUNetTrainerV2__plans'), join(root, 'site')];
  const hosts: HostedSite[] = [];
  let firefox: Firefox;

  beforeAll(async () => {
    await makeSite({ model, site, description: { mirrorAxes: [0] } });
    firefox = await Firefox.launch(siteFirefox!, root);
  });
  afterAll(() => {
    firefox?.close();
    for (const host of hosts) host.close();
  });

  /** Opens the page and waits until it is there: it may open again to be isolated. */
  async function open(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const host = await hostSite(site, headers);
    hosts.push(host);
    await firefox.open(host.url);
    const shown = () => firefox.run('return !document.getElementById("app").hidden').catch(() => false);
    await expect.poll(shown, { timeout: 60_000 }).toBe(true);
  }

  const inPage = (body: string) => firefox.run(`${UNTIL}\n${body}`);
  const predicted = async (folder: string, path = image) => {
    const own = await loadModel(folder, { compute: { lowering: 'plain', threads: 1 } });
    const { data } = (await own.predict(await readVolume(path, formats))).labels();
    await own.dispose();
    return data;
  };
  /** Saves what a link offers. */
  async function save(id: string): Promise<string> {
    const file = join(root, String(await inPage(`return document.getElementById('${id}').download;`)));
    // Firefox would give it another name.
    rmSync(file, { force: true });
    await inPage(`document.getElementById('${id}').click();`);
    // An empty file holds the place of one that is being saved.
    await expect.poll(() => existsSync(file) && statSync(file).size > 0, { timeout: 20_000 }).toBe(true);
    return file;
  }

  it('isolates itself, and segments the example image as Node does', async () => {
    await open();
    const isolated = await inPage(`document.getElementById('example').click();
      await until('status', /^Ready/);
      ${SEGMENT}
      return crossOriginIsolated;`);
    expect(isolated).toBe(true);
    expect((await readLabels(await save('save-labels'))).data).toEqual(await predicted(model));
  }, 120_000);

  it.each([
    ['oblique_int16.nrrd', 'oblique_int16', fixtures, ['oblique_int16.nrrd']],
    ['dicom_ct/', 'DICOM series', join(fixtures, 'dicom_ct'), readdirSync(join(fixtures, 'dicom_ct'))],
  ])(
    'segments %s as Node does, and lives on after damaged files',
    async (path, stem, folder, names) => {
      await open(isolation);
      const files = filesIn(folder, names);
      const [name, bytes] = Object.entries(files)[0]!;
      const refused = await inPage(`${dropping({ [name]: bytes.subarray(0, -20) })}
        return until('status', /cut off/);`);
      expect(refused).toContain(name);
      await inPage(`${dropping(files)}
        await until('status', /^Ready/);
        ${SEGMENT}`);
      const file = await save('save-labels');
      expect(file).toBe(join(root, `${stem}_labels.nii.gz`));
      expect((await readLabels(file)).data).toEqual(await predicted(model, join(fixtures, path)));
    },
    120_000,
  );

  it('adapts the model, and predicts with it as Node does', async () => {
    await open(isolation);
    const bytesOf = (path: string) => readFileSync(join(demoTask, path));
    const cases = {
      'hippocampus_004_0000.nii.gz': bytesOf('imagesTr/hippocampus_004.nii.gz'),
      'hippocampus_004.nii.gz': bytesOf('labelsTr/hippocampus_004.nii.gz'),
    };
    const refused = await inPage(`${dropping({ 'a.nii.gz': cases['hippocampus_004.nii.gz'] }, '#adapt')}
      return until('adapt-status', /without its image/);`);
    expect(refused).toMatch(/^a\.nii\.gz: /);
    const summary = await inPage(`${dropping(cases, '#adapt')}
      await until('adapt-status', /^Ready: 1 case \\(hippocampus_004\\)\\./);
      document.getElementById('steps').value = '50';
      document.getElementById('adapt-start').click();
      return until('adapt-status', /^Done after/);`);
    expect(summary).toMatch(/^Done after 50 steps on 1 case\. Dice of patches of these cases: \d\.\d\d after/);
    await inPage(`document.getElementById('example').click();
      await until('status', /^Ready\\. It/);
      ${SEGMENT}`);
    const labels = (await readLabels(await save('save-labels'))).data;
    const roots = resolveRoots({ root: join(root, 'node'), env: {} });
    const { folder, models } = await installArchive({ roots, zipFile: await save('save-model'), reporter: listener() });
    const adapted = await predicted(join(folder, models[0]!));
    const before = await predicted(model);
    const differing = (others: ArrayLike<number>) => labels.filter((label, i) => label !== others[i]).length;
    expect(differing(adapted)).toBe(0);
    expect(differing(before)).toBeGreaterThan(100);
  }, 240_000);
});
