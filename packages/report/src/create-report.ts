import { type CollectReportOptions, collectReport } from './collect-report.ts';
import { requirePage, writeReport } from './write-report.ts';

export interface CreateReportOptions extends CollectReportOptions {
  /** File to write, which ends in `.html`. */
  page: string;
}

/** Collects a report and writes it. Returns the paths of its files. @throws the errors of both */
export async function createReport(options: CreateReportOptions): Promise<string[]> {
  requirePage(options.page);
  return await writeReport(await collectReport(options), options.page);
}
