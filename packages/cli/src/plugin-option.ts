import { delimiter } from 'node:path';
import type { ArgumentParser } from 'argparse';
import type { Arguments } from './command.ts';

/** Adds `--plugin FILE`, which may be given several times. */
export function addPluginOption(parser: ArgumentParser): void {
  parser.add_argument('--plugin', {
    action: 'append',
    metavar: 'FILE',
    help:
      'ES module (.mjs) with your own classes, which are then selected by name like the built-in ones; may be given several ' +
      'times. The environment variable nnUNet_plugins lists further modules, separated as in PATH',
  });
}

/** Paths of the modules to load: those in the environment variable, then those in the options, without duplicates. */
export function pluginsOf(args: Arguments, env: NodeJS.ProcessEnv = process.env): string[] {
  const named = (env.nnUNet_plugins ?? '').split(delimiter).filter((path) => path !== '');
  return [...new Set([...named, ...((args.plugin as string[] | null | undefined) ?? [])])];
}
