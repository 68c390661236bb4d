import { describe, expect, it } from 'vitest';
import type { ReportData } from '../report-data.ts';
import { exampleReport } from './example-report.fixture.ts';
import { renderReport } from './render-report.ts';

const empty: ReportData = {
  rules: 'nnU-Net v1',
  task: 'Task001_Empty',
  missing: [],
  created: '2026-03-01T12:30:00.000Z',
  dataset: null,
  plans: null,
  trainings: [],
  scores: null,
  cases: [],
  predictions: null,
};

/** The data with a text appended to every name, sentence and key, as if each came from an enemy. */
function poisoned<T>(value: T, poison: string): T {
  if (typeof value === 'string') return (value.startsWith('data:') ? value : value + poison) as T;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, poison)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, poisoned(item, poison)]);
  return Object.fromEntries(entries) as T;
}

const tags = (page: string) => page.match(/<[a-zA-Z!/][^\s>]*/g)!;

describe('a report', () => {
  it('has a section for each part that there is, and a link to each', () => {
    const page = renderReport(exampleReport());
    const ids = [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['overview', 'dataset', 'plans', 'trainings', 'scores', 'cases', 'predictions']);
    for (const id of ids) expect(page).toContain(`<li><a href="#${id}">`);
    expect(renderReport(empty).match(/<section/g)).toHaveLength(1);
  });

  it('links only to what is in the page, and names nothing twice', () => {
    const page = renderReport(exampleReport());
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect(page).not.toMatch(/(?:href|src)="(?!#|data:)/);
  });

  it('takes names and sentences for text, whatever they contain', () => {
    for (const poison of [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      "' onclick='alert(1)",
      '</svg><b>',
    ]) {
      const page = renderReport(poisoned(exampleReport(), poison));
      expect(page).not.toContain(poison);
      const harmless = renderReport(poisoned(exampleReport(), 'x'.repeat(poison.length)));
      expect(tags(page)).toEqual(tags(harmless));
    }
  });

  it('shows scores with the digits of summary.json', () => {
    const data = exampleReport();
    data.scores!.candidates[0]!.mean = 0.123456;
    data.cases[0]!.dice = { 1: 0.98765, 2: null };
    const page = renderReport(data);
    expect(page).toContain('<td class="number">0.1235</td>');
    expect(page).toContain('<td class="number">0.9877</td><td class="number">–</td>');
  });

  it('contains the viewer once where a case has a volume, with its licences, and else not at all', () => {
    const data = exampleReport();
    const page = renderReport(data);
    expect(page.match(/data-script="/g)).toHaveLength(1);
    expect(page).toContain('Copyright (c) 2021, Niivue');
    for (const entry of [...data.cases, ...data.predictions!.cases]) entry.volume = null;
    const without = renderReport(data);
    expect(without).not.toContain('data-script');
    expect(without.length).toBeLessThan(page.length - 300_000);
  });

  it('names at its head the cases with remarks, in their order, and the folds that are not finished', () => {
    const page = renderReport(exampleReport());
    const list = /<ol class="first">(.*?)<\/ol>/s.exec(page)![1]!;
    expect(list.match(/<li>.*?<\/li>/gs)!.map((item) => item.replace(/<[^>]+>/g, ''))).toEqual([
      'hippocampus_000: Nothing was predicted of posterior.',
      'new_0: posterior is missing; every training case has it.',
      'Data set: Warning: hippocampus_007: the label map has 3 voxels of the value 9, which dataset.json does not name.',
      '3d_fullres, nnUNetTrainerV2: not finished: fold 4.',
    ]);
  });

  it('says at its head what is missing, if anything is', () => {
    const page = renderReport(exampleReport());
    expect(page).toContain(
      '<h3>What is missing</h3><ul class="plain"><li>2d: fold 4 is trained, but not validated.</li></ul>',
    );
    expect(renderReport(empty)).not.toContain('What is missing');
  });

  it('gives room to long words in a table, which then scrolls', () => {
    const data = exampleReport();
    data.trainings[0]!.folds[0]!.machine = 'a'.repeat(31);
    data.trainings[0]!.folds[1]!.machine = 'b'.repeat(30);
    const page = renderReport(data);
    expect(page).toContain(`<td class="words long">${'a'.repeat(31)}</td>`);
    expect(page).toContain(`<td class="words">${'b'.repeat(30)}</td>`);
  });

  it('shows three remarks of a case, and says how many more there are', () => {
    const data = exampleReport();
    data.cases = [{ ...data.cases[0]!, remarks: ['One.', 'Two.', 'Three.', 'Four.', 'Five.'] }];
    const text = renderReport(data).replace(/<[^>]+>/g, '');
    expect(text).toMatch(/One\.Two\.Three\.\s*… and 2 more remarksFour\.Five\./);
  });

  it('says whether the best candidate may have won by chance', () => {
    const page = renderReport(exampleReport());
    expect(page).toMatch(/than 2d by 0\.0396 .*? The difference is unlikely to be chance\./);
    expect(page).toMatch(/than 2d \+ 3d_fullres by 0\.0006 .*? The difference may be chance\./);
  });

  it('builds on no interval from fewer than ten cases', () => {
    const data = exampleReport();
    const [first, second] = data.scores!.differences;
    Object.assign(first!, { cases: 9 });
    Object.assign(second!, { low: 0.0001, cases: 10 });
    const page = renderReport(data);
    expect(page).toMatch(/than 2d by 0\.0396 .*? So few cases prove nothing\./);
    expect(page).toMatch(/than 2d \+ 3d_fullres by 0\.0006 .*? The difference is unlikely to be chance\./);
  });

  it('says each note on the scores once', () => {
    const data = exampleReport();
    data.scores!.notes = ['2d and 3d_fullres are equally good.'];
    expect(renderReport(data).match(/2d and 3d_fullres are equally good\./g)).toHaveLength(1);
  });

  it('tells once what differs from the defaults in all folds, and else in which', () => {
    const data = exampleReport();
    data.trainings = [data.trainings[0]!];
    data.trainings[0]!.folds[2]!.changed.push({ name: 'seed', value: '7', usual: '0' });
    const page = renderReport(data);
    const rows = [...page.matchAll(/<tr><th scope="row">(epochs|seed)<\/th>(.*?)<\/tr>/g)].map(([, , cells]) =>
      cells!
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/ +/),
    );
    expect(rows).toEqual([
      ['50', '1000', 'all'],
      ['7', '0', '2'],
    ]);
  });

  it('draws what may be SVG as an image, in which nothing runs', () => {
    const data = exampleReport();
    data.plans!.diagram = { source: '<svg onload="alert(1)"/>', title: 'U-Net', alternative: 'A U-Net' };
    const page = renderReport(data);
    expect(page).not.toContain('<svg onload');
    expect(page).toContain(`src="data:image/svg+xml;base64,${btoa('<svg onload="alert(1)"/>')}"`);
  });
});
