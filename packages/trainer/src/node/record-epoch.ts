import { dirname, join } from 'node:path';
import type { Audience } from '../audience.ts';
import type { EpochReport } from '../finished-epoch.ts';
import type { LogFile } from './log-file.ts';
import { writeProgressPicture } from './progress-picture.ts';

/** Records a finished epoch in the log, and in `progress.png` beside it; then tells the listeners. */
export async function recordEpoch(
  report: EpochReport,
  { log, audience, title }: { log: LogFile; audience: Audience; title: string },
): Promise<void> {
  const { log: history, ...numbers } = report;
  await log.record(numbers);
  const picture = join(dirname(log.path), 'progress.png');
  await writeProgressPicture(picture, history, title).catch((error: unknown) =>
    log.line(`could not draw progress.png: ${error}`),
  );
  await audience.tell('epochEnded', { ...report, picture });
}
