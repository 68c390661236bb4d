import { type DatasetFault, formatFaults } from '@nnunet/dataset';
import type { Reporter } from './reporter.ts';

/** Reports faults that do not stop anything: as a warning, or as a message if there are only notes. */
export function tellFaults(faults: readonly DatasetFault[], reporter: Reporter): void {
  if (faults.length === 0) return;
  if (faults.some(({ severity }) => severity !== 'note')) reporter.warning(formatFaults(faults));
  else reporter.message(formatFaults(faults));
}

/** Reports a notice that does not stop anything: as a message if all is well, otherwise as a warning. */
export function tellNotice({ severity, text }: { severity: string; text: string }, reporter: Reporter): void {
  if (severity === 'note') reporter.message(text);
  else reporter.warning(text);
}
