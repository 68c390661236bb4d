import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSummary, type Summary } from '@nnunet/metrics';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { parsePostprocessing } from '../postprocessing-json.ts';
import { NO_POSTPROCESSING } from '../rule.ts';
import { applyPostprocessingToFolder } from './apply-to-folder.ts';
import { CasePool } from './case-pool.ts';
import { determinePostprocessing } from './determine-postprocessing.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const golden = fileURLToPath(new URL('../../../../../shared/golden/evaluation/', import.meta.url));
const built = existsSync(new URL('../../dist/node/postprocess-worker.js', import.meta.url));
const own = 'foreground_then_class_ct_spacing';
const scenarios = existsSync(golden) ? readdirSync(golden).map((name) => join(golden, name)) : [join(fixtures, own)];
const folder = temporaryFolder();

async function expectSameLabels(actual: string, expected: string): Promise<void> {
  const names = readdirSync(expected).filter((name) => name.endsWith('.nii.gz'));
  expect(readdirSync(actual).filter((name) => name.endsWith('.nii.gz'))).toEqual(names);
  for (const name of names) {
    const a = await readLabels(join(actual, name));
    const b = await readLabels(join(expected, name));
    expect(a.spacing).toEqual(b.spacing);
    expect(a.origin).toEqual(b.origin);
    expect(a.direction).toEqual(b.direction);
    expect(Buffer.compare(Buffer.from(a.data), Buffer.from(b.data))).toBe(0);
  }
}

/** Compares the means, and each case by its file name. */
function expectSameScores(actual: Summary, file: string): void {
  const expected = parseSummary(readFileSync(file, 'utf8'));
  expectClose(actual.results.mean, expected.results.mean);
  const byName = new Map(actual.results.all.map((entry) => [entry.test.split('/').at(-1), entry]));
  for (const { test, reference: _, ...scores } of expected.results.all) {
    const { test: __, reference: ___, ...found } = byName.get(test.split('/').at(-1))!;
    expectClose(found as Summary['results']['mean'], scores as Summary['results']['mean']);
  }
}

function expectClose(actual: Summary['results']['mean'], expected: Summary['results']['mean']): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [label, metrics] of Object.entries(expected)) {
    for (const [metric, value] of Object.entries(metrics)) {
      const found = actual[label]![metric]!;
      if (Number.isNaN(value)) expect(found).toBeNaN();
      else expect(Math.abs(found - value)).toBeLessThan(1e-12);
    }
  }
}

describe.each(scenarios)('determinePostprocessing %#', (scenario) => {
  const name = scenario.split('/').at(-1)!;

  it.each([
    { advanced: false, final: 'final', file: 'postprocessing.json' },
    { advanced: true, final: 'final_advanced', file: 'postprocessing_advanced.json' },
  ])(`decides as nnU-Net does for ${name}, advanced $advanced`, async ({ advanced, final, file }) => {
    const base = join(folder, `${name}-${advanced}`);
    await cp(join(scenario, 'raw'), join(base, 'raw'), { recursive: true });
    const steps = new Set<string>();
    const { summary } = await determinePostprocessing({
      baseFolder: base,
      references: join(scenario, 'gt'),
      rawFolder: 'raw',
      finalFolder: final,
      fileName: file,
      advanced,
      workers: 1,
      onProgress: ({ step, total }) => steps.add(`${step} ${total}`),
    });
    const expected = JSON.parse(await readFile(join(scenario, file), 'utf8'));
    const actual = JSON.parse(await readFile(join(base, file), 'utf8'));
    for (const key of ['dc_per_class_raw', 'dc_per_class_pp_all', 'dc_per_class_pp_per_class']) {
      expect(Object.keys(actual[key])).toEqual(Object.keys(expected[key]));
      for (const label of Object.keys(expected[key])) {
        expect(Math.abs(actual[key][label] - expected[key][label])).toBeLessThan(1e-12);
      }
      delete actual[key];
      delete expected[key];
    }
    expect(actual).toEqual(expected);
    await expectSameLabels(join(base, final), join(scenario, final));
    expectSameScores(summary, join(scenario, final, 'summary.json'));
    expect(parseSummary(await readFile(join(base, final, 'summary.json'), 'utf8')).results).toEqual(summary.results);
    expect(steps).toEqual(
      new Set([`trying components ${expected.num_samples}`, `applying the decision ${expected.num_samples}`]),
    );
    expect(readdirSync(base).sort()).toEqual([final, file, 'raw'].sort());
  });

  it('scores the two steps as nnU-Net does', async () => {
    const rule = parsePostprocessing(await readFile(join(scenario, 'postprocessing.json'), 'utf8'));
    const labels = [1, 2];
    const all = { entries: [labels], minimumSizes: null };
    const accepted = rule.entries.some((entry) => typeof entry !== 'number');
    const names = readdirSync(join(scenario, 'gt'));
    const pool = new CasePool({ workers: 1 });
    for (const [before, after, file] of [
      [NO_POSTPROCESSING, all, 'summary_allClasses.json'],
      [accepted ? all : NO_POSTPROCESSING, { entries: labels, minimumSizes: null }, 'summary_perClass.json'],
    ] as const) {
      const outcomes = await pool.run(
        names.map((each) => ({
          input: join(scenario, 'raw', each),
          reference: join(scenario, 'gt', each),
          output: null,
          before,
          after,
          labels,
        })),
      );
      const { results } = parseSummary(await readFile(join(scenario, file), 'utf8'));
      const byName = new Map(names.map((each, i) => [each, outcomes[i]!.scores]));
      expect(results.all.length).toBe(names.length);
      for (const { test, reference: _, ...scores } of results.all) {
        expectClose(byName.get(test.split('/').at(-1)!)!, scores as Summary['results']['mean']);
      }
    }
  });

  it('applies a stored rule to other files', async () => {
    const out = join(folder, `${name}-unseen`);
    const rule = parsePostprocessing(await readFile(join(scenario, 'postprocessing.json'), 'utf8'));
    const inputFolder = join(scenario, 'unseen');
    await applyPostprocessingToFolder({ inputFolder, outputFolder: out, rule, workers: 1 });
    await expectSameLabels(out, join(scenario, 'unseen_postprocessed'));
  });
});

describe('in threads', () => {
  const scenario = join(fixtures, own);

  it.skipIf(!built)('gives the same as in one, and passes errors on', async () => {
    const base = join(folder, 'threads');
    await cp(join(scenario, 'raw'), join(base, 'raw'), { recursive: true });
    const options = { baseFolder: base, rawFolder: 'raw', finalFolder: 'final', workers: 2 };
    await determinePostprocessing({ ...options, references: join(scenario, 'gt') });
    await expectSameLabels(join(base, 'final'), join(scenario, 'final'));
    await rm(join(base, 'raw', 'summary.json'));
    const lost = determinePostprocessing({ ...options, references: join(scenario, 'gt') });
    await expect(lost).rejects.toMatchObject({ tag: 'missing-file', where: join(base, 'raw', 'summary.json') });
    const broken = applyPostprocessingToFolder({
      inputFolder: base,
      outputFolder: base,
      files: ['absent.nii.gz', 'gone.nii.gz'],
      rule: { entries: [1], minimumSizes: null },
      workers: 2,
    });
    const message = expect.stringMatching(/^2 of 2 files failed:\n- .*absent\.nii\.gz: [\s\S]*\n- .*gone\.nii\.gz: /);
    await expect(broken).rejects.toMatchObject({ tag: 'cases-failed', message });
  });

  it('does the others where a file is faulty, and leaves no old result of it', async () => {
    const inputFolder = join(folder, 'faulty');
    const outputFolder = join(folder, 'faulty out');
    await cp(join(scenario, 'raw'), inputFolder, { recursive: true });
    const options = { inputFolder, outputFolder, rule: { entries: [1], minimumSizes: null }, workers: 1 };
    const [first, ...others] = await applyPostprocessingToFolder(options);
    for (const name of others) await rm(join(outputFolder, name));
    await writeFile(join(inputFolder, first!), 'no image');
    const message = expect.stringMatching(new RegExp(`^1 of ${others.length + 1} files failed:\\n- .*${first}: `));
    await expect(applyPostprocessingToFolder(options)).rejects.toMatchObject({ tag: 'cases-failed', message });
    expect(readdirSync(outputFolder).sort()).toEqual(others);
    const bad = applyPostprocessingToFolder({ ...options, rule: { entries: [0], minimumSizes: null } });
    await expect(bad).rejects.toMatchObject({ tag: 'bad-rule' });
  });

  it.each([
    { shift: 0.3, of: 'warned of' },
    { shift: 0.6, of: 'refused' },
  ])('a reference that lies $shift voxels beside is $of', async ({ shift, of }) => {
    const baseFolder = join(folder, of);
    const references = join(baseFolder, 'gt');
    await cp(join(scenario, 'raw'), join(baseFolder, 'raw'), { recursive: true });
    await cp(join(scenario, 'gt'), references, { recursive: true });
    const [name] = readdirSync(references);
    const label = await readLabels(join(references, name!));
    const origin = label.origin.map((at, axis) => (axis === 0 ? at + shift * Math.min(...label.spacing) : at));
    await writeVolume(join(references, name!), { ...label, origin } as unknown as typeof label);
    const said: string[] = [];
    const work = (elsewhere?: 'warn') =>
      determinePostprocessing({
        baseFolder,
        references,
        rawFolder: 'raw',
        finalFolder: 'final',
        workers: 1,
        grid: { elsewhere },
        onNotice: ({ severity, text }) => said.push(`${severity}: ${text}`),
      });
    if (of === 'refused') {
      const message = expect.stringMatching(
        new RegExp(`failed:\\n- .*raw/${name}: is not at the same position as .*gt/${name}`),
      );
      await expect(work()).rejects.toMatchObject({ tag: 'cases-failed', message });
      expect(readdirSync(baseFolder).sort()).toEqual(['gt', 'raw']);
    }
    await work('warn');
    expect(said).toEqual([expect.stringMatching(new RegExp(`^warning: .*raw/${name} is .*${shift} voxels`))]);
  });

  it('stops when asked to', async () => {
    const stop = new AbortController();
    const work = applyPostprocessingToFolder({
      inputFolder: join(scenario, 'raw'),
      outputFolder: join(folder, 'stopped'),
      rule: { entries: [1], minimumSizes: null },
      workers: 1,
      signal: stop.signal,
      onProgress: ({ done }) => done === 2 && stop.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
    expect(readdirSync(join(folder, 'stopped')).length).toBe(2);
  });

  it('names predictions without a reference', async () => {
    const wrong = determinePostprocessing({
      baseFolder: scenario,
      rawFolder: 'raw',
      references: join(scenario, 'unseen'),
      workers: 1,
    });
    await expect(wrong).rejects.toMatchObject({ tag: 'missing-references' });
  });
});
