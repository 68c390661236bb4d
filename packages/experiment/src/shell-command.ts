/** A command with its arguments, one by one. */
export interface JobCommand {
  /** For example 'nnUNet_train'. */
  program: string;
  arguments: readonly string[];
}

/** A command as it is typed in a shell. */
export function inShell({ program, arguments: words }: JobCommand): string {
  return [program, ...words].map(shellWord).join(' ');
}

/** A word as it is typed in a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
