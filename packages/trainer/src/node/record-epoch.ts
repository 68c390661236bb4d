import { dirname, join } from 'node:path';
import type { EpochReport } from '../finished-epoch.ts';
import type { LogFile } from './log-file.ts';
import { writeProgressPicture } from './progress-picture.ts';

/** Records a finished epoch in the log, and in `progress.png` beside it. Returns the path of the picture. */
export async function recordEpoch(
  { log: history, ...numbers }: EpochReport,
  log: LogFile,
  title: string,
): Promise<string> {
  await log.record(numbers);
  const picture = join(dirname(log.path), 'progress.png');
  await writeProgressPicture(picture, history, title).catch((error: unknown) =>
    log.line(`could not draw progress.png: ${error}`),
  );
  return picture;
}
