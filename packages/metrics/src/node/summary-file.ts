import { createHash } from 'node:crypto';
import { NnUNetError } from '@nnunet/errors';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { aggregateScores, type ScoredCase, type Summary, type SummaryHeader } from '../summary.ts';
import { formatSummary, parseSummary, type SummaryFormat } from '../summary-json.ts';

/**
 * Summarises scored cases, adding the current time and an id: the first 12 hexadecimal digits of the MD5 of the rest.
 */
export function stampedSummary(cases: readonly ScoredCase[], header: SummaryHeader = {}): Summary {
  const summary = aggregateScores(cases, { timestamp: localTimestamp(new Date()), ...header });
  const { name, description, timestamp, task, author, results } = summary;
  const text = JSON.stringify({ name, description, timestamp, task, author, results });
  return { ...summary, id: header.id ?? createHash('md5').update(text).digest('hex').slice(0, 12) };
}

/** `YYYY-MM-DD hh:mm:ss.ffffff`, local time. */
function localTimestamp(date: Date): string {
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}000`;
}

/** Writes a summary.json in one step, through a temporary file. */
export async function writeSummary(path: string, summary: Summary, format: SummaryFormat = {}): Promise<void> {
  await writeFileAtomic(path, formatSummary(summary, format));
}

/** Reads a summary.json, including v1's. Throws 'missing-file' or 'bad-summary'. */
export async function readSummary(path: string): Promise<Summary> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (cause) {
    throw new NnUNetError('missing-file', {
      what: 'this evaluation summary cannot be read',
      where: path,
      remedy: 'Run the validation or nnUNet_evaluate_folder, which writes it.',
      cause,
    });
  }
  return parseSummary(text, path);
}
