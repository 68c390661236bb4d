import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageError } from '@nnunet/errors';
import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { csvTables } from './csv-tables.ts';
import { renderReport } from './page/render-report.ts';
import type { ReportData } from './report-data.ts';

/**
 * Writes a report's page, and its numbers beside it: `report.json` with everything but pictures and volumes, and the tables
 * `report_dataset.csv`, `…_trainings.csv`, `…_scores.csv`, `…_cases.csv` and `…_predictions.csv`, as far as they have
 * rows. Tables of an earlier report are replaced or removed.
 *
 * @param page path of the page, which ends in `.html`
 * @returns the paths of the files, the page first
 * @throws NnUNetError 'usage', 'not-built', 'disk-full', 'no-access', …
 */
export async function writeReport(data: ReportData, page: string): Promise<string[]> {
  requirePage(page);
  const drawn = renderReport(data);
  await mkdir(dirname(page), { recursive: true });
  const base = page.slice(0, -'.html'.length);
  const written = [page, `${base}.json`];
  await writeFileAtomic(`${base}.json`, formatJson(withoutPictures(data)));
  for (const [name, text] of Object.entries(csvTables(data))) {
    const file = `${base}_${name}.csv`;
    if (text === null) {
      await rm(file, { force: true });
      continue;
    }
    await writeFileAtomic(file, text);
    written.push(file);
  }
  // Last, so that a new page never stands beside the numbers of an earlier one.
  await writeFileAtomic(page, drawn);
  return written;
}

/** @throws NnUNetError 'usage' */
export function requirePage(page: string): void {
  if (/\.html$/.test(page)) return;
  throw usageError({ what: 'the name of a report must end in .html', where: page, remedy: 'Rename it.' });
}

function withoutPictures(data: ReportData): unknown {
  const bare = <T extends object>(entry: T): Omit<T, 'pictures' | 'volume'> => {
    const { pictures: _, volume: __, ...rest } = entry as T & { pictures?: unknown; volume?: unknown };
    return rest as Omit<T, 'pictures' | 'volume'>;
  };
  const { dataset, plans, cases, predictions } = data;
  return {
    ...data,
    dataset: dataset && { ...dataset, gallery: undefined },
    plans: plans && { ...plans, diagram: undefined },
    cases: cases.map(bare),
    predictions: predictions && { ...predictions, cases: predictions.cases.map(bare) },
  };
}
