import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import type { Scores } from '../evaluate-case.ts';
import { shippedMetrics } from '../metric-registry.ts';
import { evaluateFolder } from './evaluate-folder.ts';
import { evaluateRegions } from './evaluate-regions.ts';
import { readSummary } from './summary-file.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/none/', import.meta.url));
const reference = join(fixtures, 'gt');
const built = existsSync(new URL('../../dist/node/evaluate-worker.js', import.meta.url));
const folder = temporaryFolder();

async function predictions(name: string): Promise<string> {
  const path = join(folder, name);
  await cp(join(fixtures, 'raw'), path, { recursive: true, mode: 0 });
  await rm(join(path, 'summary.json'));
  return path;
}

async function tagOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((e: unknown) => e);
  return isNnUNetError(error) ? `${error.tag}: ${error.message}` : `no error of the family: ${error}`;
}

describe('evaluateFolder', () => {
  it("writes the scores of nnU-Net's own summary", async () => {
    const path = await predictions('serial');
    const seen: string[] = [];
    await writeFile(join(path, '._hidden.nii.gz'), '');
    const summary = await evaluateFolder({
      reference,
      predictions: path,
      labels: [0, 1, 2],
      workers: 1,
      header: { name: 'n', task: 't' },
      onProgress: ({ done, total, file }) => seen.push(`${done}/${total} ${file}`),
    });
    expect(summary).toMatchObject({ name: 'n', task: 't' });
    const expected = await readSummary(join(fixtures, 'raw', 'summary.json'));
    for (const [label, metrics] of Object.entries(expected.results.mean)) {
      if (label === 'mean') continue;
      for (const [metric, value] of Object.entries(metrics)) {
        expect(summary.results.mean[label]![metric]).toBeCloseTo(value, 12);
      }
    }
    const names = await readdir(reference);
    expect(seen).toEqual(names.sort().map((name, i) => `${i + 1}/${names.length} ${join(path, name)}`));
    expect(summary.id).toMatch(/^[0-9a-f]{12}$/);
    expect(summary.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000$/);
    const age = Date.now() - new Date(summary.timestamp.replace(' ', 'T').slice(0, -3)).getTime();
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60_000);
    expect(await readSummary(join(path, 'summary.json'))).toEqual(summary);
    expect((await readdir(path)).filter((name) => !name.endsWith('.nii.gz')).sort()).toEqual([
      'scores.csv',
      'summary.json',
    ]);
  });

  it.skipIf(!built)('gives the same with worker threads (skipped before the first build)', async () => {
    const options = { reference, predictions: await predictions('threads'), labels: [1, 2] };
    const serial = await evaluateFolder({ ...options, workers: 1 });
    const threads = await evaluateFolder({ ...options, workers: 2 });
    expect(threads.results).toEqual(serial.results);
    await cp(join(folder, 'threads'), join(folder, 'broken'), { recursive: true });
    const name = (await readdir(reference))[0]!;
    await writeFile(join(folder, 'broken', name), 'not an image');
    const broken = evaluateFolder({ ...options, predictions: join(folder, 'broken'), workers: 2 });
    expect(await tagOf(broken)).toContain(name);
  });

  it.skipIf(!built)(
    "computes metrics of the user's own, also in threads (skipped before the first build)",
    async () => {
      const plugin = join(folder, 'mine.mjs');
      await writeFile(
        plugin,
        `export const mine = { name: 'Mine', score: ({ label, counts: { tp, fn }, spacing }) => label === 2 ? NaN : (tp + fn) * spacing[0] };
       export const failing = { name: 'Failing', score: ({ label }) => { if (label === 2) throw new Error('broken'); return 1; } };`,
      );
      const options = { reference, predictions: await predictions('own'), labels: [1, 2] };
      const { mine, failing } = await import(pathToFileURL(plugin).href);
      const here = shippedMetrics.with(mine);
      const loaded = shippedMetrics.withModule(plugin, { mine, failing });
      await expect(evaluateFolder({ ...options, registry: loaded, workers: 2 })).rejects.toMatchObject({
        tag: 'cases-failed',
        message: expect.stringMatching(/\.nii\.gz: .*the metric Failing failed for label 2: broken/),
      });
      const serial = await evaluateFolder({ ...options, registry: here, workers: 2 });
      const { 1: first, 2: second } = serial.results.mean;
      expect(first!.Mine).toBeCloseTo(first!['Total Positives Reference']!, 9);
      expect(second!.Mine).toBeNaN();
      expect(first).not.toHaveProperty('Failing');
      await writeFile(plugin, (await readFile(plugin, 'utf8')).replace("throw new Error('broken')", ''));
      const threads = await evaluateFolder({ ...options, registry: loaded, workers: 2 });
      expect(threads.results.all.map(({ 1: scores }) => scores)).toEqual(
        serial.results.all.map(({ 1: scores }) => ({ ...(scores as Scores), Failing: 1 })),
      );
    },
  );

  it('names predictions and references that are missing', async () => {
    const path = await predictions('incomplete');
    const [first] = await readdir(reference);
    await rm(join(path, first!));
    expect(await tagOf(evaluateFolder({ reference, predictions: path, labels: [1] }))).toMatch(
      new RegExp(`^missing-predictions: .*${first}`),
    );
    expect(await tagOf(evaluateFolder({ reference: path, predictions: reference, labels: [1] }))).toMatch(
      new RegExp(`^missing-references: .*${first}`),
    );
    const empty = join(folder, 'empty');
    await mkdir(empty);
    expect(await tagOf(evaluateFolder({ reference: empty, predictions: empty, labels: [1] }))).toMatch(/^missing-ref/);
    expect(await tagOf(evaluateFolder({ reference: join(folder, 'no'), predictions: empty }))).toMatch(
      /^missing-folder/,
    );
  });

  it('scores the others where some files are faulty, and leaves no summary.json that looks whole', async () => {
    const path = await predictions('faulty');
    const names = await readdir(reference);
    const options = { reference, predictions: path, labels: [1, 2], workers: 1 };
    const whole = await evaluateFolder(options);
    const [resized, , , damaged] = names;
    await cp(join(fixtures, 'raw', names[1]!), join(path, resized!));
    await writeFile(join(path, damaged!), 'no image');
    const said = await tagOf(evaluateFolder(options));
    expect(said).toMatch(
      new RegExp(`^cases-failed: 2 of ${names.length} files failed:\\n- .*${resized}: has .* voxels`),
    );
    expect(said).toContain(`${damaged}: `);
    expect(await readdir(path)).not.toContain('summary.json');
    const text = await readFile(join(path, 'summary_incomplete.json'), 'utf8');
    expect(JSON.parse(text).failed.map(({ file }: { file: string }) => file)).toEqual([resized, damaged]);
    expect(text).toMatch(/"reason": ".*has .* voxels/);
    const { results } = await readSummary(join(path, 'summary_incomplete.json'));
    expect(results.all).toEqual(whole.results.all.filter((_, i) => i !== 0 && i !== 3));

    for (const name of [resized!, damaged!]) await cp(join(fixtures, 'raw', name), join(path, name));
    expect((await evaluateFolder(options)).results).toEqual(whole.results);
    expect((await readdir(path)).filter((name) => name.endsWith('.json'))).toEqual(['summary.json']);
  });

  it('stops when told to', async () => {
    const path = await predictions('stopped');
    const stop = new AbortController();
    const running = evaluateFolder({
      reference,
      predictions: path,
      labels: [1],
      workers: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect(await readdir(path)).not.toContain('summary.json');
  });
});

describe('evaluateRegions', () => {
  it('writes a table of the regions', async () => {
    const path = await predictions('regions');
    const first = (await readdir(path)).sort()[0]!;
    const cases = await evaluateRegions({ reference, predictions: path, regions: { one: [1], both: [1, 2] } });
    const expected = (await readSummary(join(fixtures, 'raw', 'summary.json'))).results.all;
    cases.forEach((entry, i) => {
      expect(entry.dice.one).toBeCloseTo((expected[i]!['1'] as Scores).Dice!, 12);
    });
    const lines = (await readFile(join(path, 'summary.csv'), 'utf8')).split('\n');
    expect(lines[0]).toBe('casename,one,both');
    expect(lines[1]).toBe(`${first.slice(0, -7)},${cases[0]!.dice.one!.toFixed(4)},${cases[0]!.dice.both!.toFixed(4)}`);
    expect(lines).toHaveLength(cases.length + 6);
  });

  it('names all faulty files, and leaves no table that looks whole', async () => {
    const path = await predictions('regions faulty');
    const names = (await readdir(path)).sort();
    const options = { reference, predictions: path, regions: { one: [1] } };
    await evaluateRegions(options);
    for (const name of [names[0]!, names[4]!]) await writeFile(join(path, name), 'no image');
    const said = await tagOf(evaluateRegions(options));
    expect(said).toMatch(
      new RegExp(`^cases-failed: 2 of 10 files failed:\\n- .*${names[0]}: [\\s\\S]*- .*${names[4]}: `),
    );
    expect(await readdir(path)).not.toContain('summary.csv');
  });

  it('stops when told to, and writes no table then', async () => {
    const path = await predictions('regions stopped');
    const stop = new AbortController();
    const seen: number[] = [];
    const running = evaluateRegions({
      reference,
      predictions: path,
      regions: { one: [1] },
      signal: stop.signal,
      onProgress: ({ done, total, file }) => {
        seen.push(done);
        expect([total, file.endsWith('.nii.gz')]).toEqual([10, true]);
        if (done === 2) stop.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
    expect(await readdir(path)).not.toContain('summary.csv');
  });
});
