import { commandNames } from './command-table.ts';

/** The program whose sub-commands are all the others. */
export const NNUNET = 'nnunet';

/** Sub-commands that are no programs of their own. */
export const ownSubcommands = ['help', 'version', 'completion'] as const;

/**
 * Name of a command as a sub-command of `nnunet`: nnUNet_plan_and_preprocess is plan-and-preprocess, and the command of
 * nnU-Net v2 is v2-plan-and-preprocess.
 */
export function subcommandOf(name: string): string {
  return name
    .replace(/^nnunet_/i, '')
    .replace(/^nnunetv2_/i, 'v2-')
    .replaceAll('_', '-')
    .toLowerCase();
}

/** Names of all sub-commands of `nnunet`. */
export const subcommandNames: readonly string[] = [...commandNames.map(subcommandOf), ...ownSubcommands];
