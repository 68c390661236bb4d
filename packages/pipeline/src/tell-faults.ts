import { type DatasetFault, formatFaults } from '@nnunet/dataset';
import type { Reporter } from './reporter.ts';

/** Tells of the faults that stop nothing: a warning, or a message where nothing but notes are left. */
export function tellFaults(faults: readonly DatasetFault[], reporter: Reporter): void {
  if (faults.length === 0) return;
  if (faults.some(({ severity }) => severity !== 'note')) reporter.warning(formatFaults(faults));
  else reporter.message(formatFaults(faults));
}

/** Tells of something that stops nothing: a message where all is as it should be, else a warning. */
export function tellNotice({ severity, text }: { severity: string; text: string }, reporter: Reporter): void {
  if (severity === 'note') reporter.message(text);
  else reporter.warning(text);
}
