import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSummary } from '@nnunet/metrics/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBestConfiguration } from './find-best-configuration.ts';

const golden = fileURLToPath(new URL('../../../../../shared/golden/find_best/Task103_CT/', import.meta.url));
const suffix = 'nnUNetTrainerV2__nnUNetPlansv2.1';
const ensemble = `ensemble_2d__${suffix}--3d_fullres__${suffix}`;
const results = temporaryFolder();

const modelOf = (configuration: string): string => join(results, 'nnUNet', configuration, 'Task103_CT', suffix);

describe.skipIf(!existsSync(golden))('findBestConfiguration (needs ../shared/golden)', () => {
  beforeAll(async () => {
    for (const configuration of ['2d', '3d_fullres']) {
      // as v1 leaves it: properties as pickles alone
      await cp(join(golden, 'input', configuration), modelOf(configuration), {
        recursive: true,
        filter: (path) => !/ct_\d+\.json$/.test(path),
      });
      await cp(join(golden, 'gt_segmentations'), join(modelOf(configuration), 'gt_niftis'), { recursive: true });
    }
  });

  it('does all that nnU-Net does', async () => {
    const steps = new Set<string>();
    const { best, commands, unscored, skipped } = await findBestConfiguration({
      resultsFolder: results,
      task: 103,
      models: ['2d', '3d_fullres'],
      workers: 1,
      onProgress: ({ candidate, step }) => steps.add(`${candidate} ${step}`),
    });
    expect(best.map(({ name }) => name)).toEqual([ensemble]);
    expect([unscored, skipped]).toEqual([[], []]);
    const out = join(results, 'nnUNet', 'ensembles', 'Task103_CT');
    const expected = join(golden, 'expected');
    const text = await readFile(join(out, 'prediction_commands.txt'), 'utf8');
    expect(text.replaceAll(results, 'RESULTS_FOLDER')).toBe(
      await readFile(join(expected, 'prediction_commands.txt'), 'utf8'),
    );
    expect(text).toBe(`${commands.join('\n')}\n`);
    expect(await readFile(join(out, 'summary.csv'), 'utf8')).toBe(
      await readFile(join(expected, 'summary.csv'), 'utf8'),
    );
    for (const [actual, name] of [
      [modelOf('2d'), '2d'],
      [modelOf('3d_fullres'), '3d_fullres'],
      [join(out, ensemble), ensemble],
    ] as const) {
      await compareFolders(actual, join(expected, name));
    }
    const summaries = join(results, 'nnUNet', 'summary_jsons');
    expect(readdirSync(summaries)).toEqual([`Task103_CT__${ensemble}.json`]);
    const { experiment_name } = JSON.parse(await readFile(join(summaries, `Task103_CT__${ensemble}.json`), 'utf8'));
    expect(experiment_name).toBe(ensemble);
    expect(steps).toContain(`${ensemble} merging`);
    expect(steps).toContain('2d scoring');
  });

  it('keeps what it made', async () => {
    const made = join(results, 'nnUNet', 'ensembles', 'Task103_CT', ensemble, 'ensembled_raw', 'ct_10303.nii.gz');
    const before = (await stat(made)).mtimeMs;
    const steps: string[] = [];
    const { best } = await findBestConfiguration({
      resultsFolder: results,
      task: 'Task103_CT',
      models: ['2d', '3d_fullres'],
      workers: 1,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(best.map(({ name }) => name)).toEqual([ensemble]);
    expect(steps).toEqual([]);
    expect((await stat(made)).mtimeMs).toBe(before);
  });
});

/** Labels exactly; scores, decision and names of the summaries. */
async function compareFolders(actual: string, expected: string): Promise<void> {
  const decision = JSON.parse(await readFile(join(actual, 'postprocessing.json'), 'utf8'));
  const other = JSON.parse(await readFile(join(expected, 'postprocessing.json'), 'utf8'));
  for (const key of ['dc_per_class_raw', 'dc_per_class_pp_all', 'dc_per_class_pp_per_class']) {
    for (const label of Object.keys(other[key])) {
      expect(Math.abs(decision[key][label] - other[key][label])).toBeLessThan(1e-12);
    }
    decision[key] = other[key] = null;
  }
  expect(decision).toEqual(other);
  for (const folder of readdirSync(expected).filter((name) => !name.endsWith('.json'))) {
    const names = readdirSync(join(expected, folder)).filter((name) => name.endsWith('.nii.gz'));
    for (const name of names) {
      const a = await readLabels(join(actual, folder, name));
      const b = await readLabels(join(expected, folder, name));
      expect(Buffer.compare(Buffer.from(a.data), Buffer.from(b.data))).toBe(0);
    }
    const [a, b] = await Promise.all([actual, expected].map((path) => readSummary(join(path, folder, 'summary.json'))));
    expect([a!.name, a!.task]).toEqual([b!.name, b!.task]);
    // v1 names its author, whoever runs it
    expect([a!.author, b!.author]).toEqual(['nnU-Net', 'Fabian']);
    expect(a!.results.all.map(({ test }) => test.split('/').at(-1))).toEqual(b!.results.all.map(({ test }) => test));
    expect(Object.keys(a!.results.mean)).toEqual(Object.keys(b!.results.mean));
    for (const [label, metrics] of Object.entries(b!.results.mean)) {
      for (const [metric, value] of Object.entries(metrics)) {
        expect(Math.abs(a!.results.mean[label]![metric]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
      }
    }
  }
}
