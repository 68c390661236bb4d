import { delimiter } from 'node:path';
import type { ArgumentParser } from 'argparse';
import type { Arguments } from './command.ts';

/** `--plugin FILE`, which may be given several times. */
export function addPluginOption(parser: ArgumentParser): void {
  parser.add_argument('--plugin', {
    action: 'append',
    metavar: 'FILE',
    help:
      'ES module (.mjs) with classes of your own, found by their names like the built-in ones; may be given several times, ' +
      'and the environment variable nnUNet_plugins names further ones, separated as in PATH',
  });
}

/** Paths of the modules to load: those of the environment variable, then those of the options, each once. */
export function pluginsOf(args: Arguments, env: NodeJS.ProcessEnv = process.env): string[] {
  const named = (env.nnUNet_plugins ?? '').split(delimiter).filter((path) => path !== '');
  return [...new Set([...named, ...((args.plugin as string[] | null | undefined) ?? [])])];
}
