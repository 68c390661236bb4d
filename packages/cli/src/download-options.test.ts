import { homedir } from 'node:os';
import { ArgumentParser } from 'argparse';
import { expect, it } from 'vitest';
import type { CommandContext } from './command.ts';
import { addDownloadOptions, downloadOptions } from './download-options.ts';

const warnings: string[] = [];
const context = { reporter: { warning: (text: string) => warnings.push(text) } } as unknown as CommandContext;

function optionsOf(line: string[], env: Record<string, string> = {}) {
  const parser = new ArgumentParser();
  addDownloadOptions(parser);
  return downloadOptions(parser.parse_args(line), context, env);
}

it('takes the cache, the hub and offline work from arguments and environment', () => {
  expect(optionsOf([])).toMatchObject({
    cache: { folder: `${homedir()}/.cache/nnunet/archives`, maxBytes: 10e9 },
    hub: { endpoint: undefined, token: undefined },
    offline: false,
  });
  const env = { XDG_CACHE_HOME: '/c', HF_ENDPOINT: 'http://hub', HF_TOKEN: 't', HF_HUB_OFFLINE: '1' };
  expect(optionsOf([], env)).toMatchObject({
    cache: { folder: '/c/nnunet/archives' },
    hub: { endpoint: 'http://hub', token: 't' },
    offline: true,
  });
  expect(optionsOf(['--no_cache', '--offline']).offline).toBe(true);
  expect(optionsOf(['--no_cache'], { HF_HUB_OFFLINE: '0', HF_TOKEN: '' })).toMatchObject({
    hub: { token: undefined },
    offline: false,
  });
  expect(optionsOf(['--no_cache'])).not.toHaveProperty('cache');
  expect(warnings).toEqual([]);
});

it.runIf(Number(process.versions.node.split('.')[0]) < 22)('warns where Node cannot use a proxy', () => {
  optionsOf([], { https_proxy: 'http://p', NODE_USE_ENV_PROXY: '1' });
  const what = `https_proxy is set, but downloads do not use the proxy: Node ${process.versions.node} cannot use it, Node 24 can`;
  expect(warnings.splice(0)).toEqual([what]);
});
