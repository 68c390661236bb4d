import http from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DownloadModelsOptions } from '@nnunet/sharing';
import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Limit on the size of all cached archives together, in bytes. */
const CACHE_BYTES = 10e9;

/** Adds `--offline` and `--no_cache`. */
export function addDownloadOptions(parser: ArgumentParser): void {
  parser.add_argument('--offline', {
    action: 'store_true',
    help: 'download nothing, and use an archive that was downloaded before (also set by HF_HUB_OFFLINE=1)',
  });
  parser.add_argument('--no_cache', {
    action: 'store_true',
    help:
      'do not keep the archive for the next time (default: keep the latest 10 GB in $XDG_CACHE_HOME/nnunet/archives, ' +
      'usually ~/.cache/nnunet/archives)',
  });
}

/** Returns the options of downloads, from the arguments and the environment, and takes the proxy of the environment. */
export function downloadOptions(
  args: Arguments,
  { roots, reporter, signal }: CommandContext,
  env: Environment = process.env,
): DownloadModelsOptions {
  useProxy(env, (text) => reporter.warning(text));
  const folder = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nnunet', 'archives');
  return {
    roots,
    ...(args.no_cache ? {} : { cache: { folder, maxBytes: CACHE_BYTES } }),
    hub: { endpoint: env.HF_ENDPOINT || undefined, token: env.HF_TOKEN || undefined },
    offline: args.offline || /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? ''),
    reporter,
    signal,
  };
}

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Node uses the proxy of the environment only if it is told to; old versions cannot. */
function useProxy(env: Environment, warn: (text: string) => void): void {
  const named = PROXIES.find((name) => env[name]);
  if (named === undefined) return;
  const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?: (env: Environment) => void };
  if (setGlobalProxyFromEnv !== undefined) {
    setGlobalProxyFromEnv(env);
    return;
  }
  const able = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');
  if (able && env.NODE_USE_ENV_PROXY === '1') return;
  const remedy = able ? 'also set NODE_USE_ENV_PROXY=1' : `Node ${process.versions.node} cannot use it, Node 24 can`;
  warn(`${named} is set, but downloads do not use the proxy: ${remedy}`);
}
