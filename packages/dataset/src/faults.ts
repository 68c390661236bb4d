import { NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { GridShift } from '@nnunet/volume';

/** A problem with a dataset. */
export interface DatasetFault {
  /** An error prevents planning, a warning is only reported, and a note describes something that is fine as it is. */
  severity: 'error' | 'warning' | 'note';
  /** The affected file or folder, relative to the task folder. */
  file: string;
  /** A brief description of the problem. */
  what: string;
  expected: string;
  found: string;
  /** What to do about it. */
  remedy: string;
  /** If two files are positioned differently: the maximum distance between corresponding voxels. */
  shift?: GridShift;
}

const HEADINGS = ['file', 'what', 'expected', 'found', 'remedy'] as const;
/** Line width: that of a terminal, minus the indentation of messages. */
const WIDTH = 76;
const INDENT = '            ';

/**
 * Formats faults for people, with lines no wider than a terminal: one block per fault; errors first, then warnings,
 * then notes. Files with the same fault share a block.
 */
export function formatFaults(faults: readonly DatasetFault[]): string {
  if (faults.length === 0) return 'No faults found.';
  const parts: string[] = [];
  for (const severity of ['error', 'warning', 'note'] as const) {
    const some = faults.filter((fault) => fault.severity === severity);
    if (some.length > 0) parts.push(counted(some.length, severity), ...blocks(some));
  }
  return parts.join('\n');
}

/** Groups faults that differ only in their files. */
export function groupFaults(faults: readonly DatasetFault[]): [DatasetFault, ...DatasetFault[]][] {
  const groups = new Map<string, [DatasetFault, ...DatasetFault[]]>();
  for (const fault of faults) {
    const { severity, what, expected, found, remedy } = fault;
    const key = [severity, what, expected, found, remedy].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fault]);
    else group.push(fault);
  }
  return [...groups.values()];
}

function blocks(faults: readonly DatasetFault[]): string[] {
  return groupFaults(faults).map((group) => {
    const [first] = group;
    const files = [...new Set(group.map(({ file }) => file))];
    const times = group.length > files.length ? ` (${group.length} times)` : '';
    const lines = wrap(first.what + times, WIDTH - 2).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`));
    const rows = { file: files.join(', '), expected: first.expected, found: first.found, remedy: first.remedy };
    for (const [name, text] of Object.entries(rows)) {
      const head = `  ${name}`.padEnd(INDENT.length);
      lines.push(...wrap(text, WIDTH - INDENT.length).map((line, i) => (i === 0 ? head : INDENT) + line));
    }
    return lines.join('\n');
  });
}

/** Wraps at spaces, after '/', or anywhere if a word is too long. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.replace(/\s+/g, ' ').trim();
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const slash = rest.lastIndexOf('/', width - 1) + 1;
    const cut = space > width / 3 ? space : slash > width / 3 ? slash : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  lines.push(rest);
  return lines;
}

/** Formats faults as JSON, for other programs. */
export function faultsToJson(faults: readonly DatasetFault[]): string {
  return `${JSON.stringify(faults, HEADINGS_IN_JSON, 1)}\n`;
}

const HEADINGS_IN_JSON = ['severity', ...HEADINGS, 'shift', 'mm', 'voxels'];

/**
 * Throws if any fault is an error.
 * @throws NnUNetError 'dataset-integrity' with all faults in its message
 */
export function assertIntact(faults: readonly DatasetFault[], where?: string): void {
  if (!faults.some((fault) => fault.severity === 'error')) return;
  throw new NnUNetError('dataset-integrity', {
    what: `the dataset has faults\n${formatFaults(faults)}`,
    where,
    remedy: 'Correct the files named above, then check again.',
  });
}
