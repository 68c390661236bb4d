import { describe, expect, it } from 'vitest';
import { checkSource, isAddress, parseHubAddress } from './model-address.ts';

const sum = 'ab'.repeat(32);

describe('checkSource', () => {
  it('takes the checksum from the address or beside it', () => {
    const url = 'https://x/a.zip?download=1';
    expect(checkSource({ url })).toEqual({ url });
    const source = { url, sha256: sum };
    expect(checkSource({ url: `${url}#sha256=${sum.toUpperCase()}` })).toEqual(source);
    expect(checkSource({ url, sha256: sum.toUpperCase() })).toEqual(source);
    expect(checkSource({ url: `${url}#SHA256=${sum}`, sha256: sum })).toEqual(source);
    expect(checkSource({ url: `hf:me/model#sha256=${sum}` })).toEqual({ url: 'hf:me/model', sha256: sum });
    expect(() => checkSource({ url: `${url}#sha256=${sum}`, sha256: 'cd'.repeat(32) })).toThrow(/different checksums/);
    expect(() => checkSource({ url: `${url}#sha256=${sum.slice(1)}` })).toThrow(/is not a SHA-256/);
  });

  it.each([
    'ftp://x/y',
    'a.zip',
    'hf:',
    'hf:name',
    'hf:me/',
    'hf:me/../x',
    'hf:me/m@',
    'hf:me/m/../x',
    'hf:me/m//x',
    'hf://me/m',
  ])('refuses %s', (url) => {
    expect(() => checkSource({ url })).toThrow(url.startsWith('hf:') ? /hf:OWNER\/NAME\[@/ : /https, http or file/);
  });
});

it('parses addresses of the hub', () => {
  const parsed = (revision: string, file?: string) => ({ repository: 'me.1/m-2_x', revision, file });
  expect(parseHubAddress('hf:me.1/m-2_x')).toEqual(parsed('main'));
  expect(parseHubAddress('hf:me.1/m-2_x@v1.0')).toEqual(parsed('v1.0'));
  expect(parseHubAddress('hf:me.1/m-2_x/a.zip')).toEqual(parsed('main', 'a.zip'));
  expect(parseHubAddress('hf:me.1/m-2_x@refs%2Fpr%2F1/a/b@c.zip')).toEqual(parsed('refs%2Fpr%2F1', 'a/b@c.zip'));
});

it('tells addresses from paths', () => {
  for (const text of ['hf:me/m', 'https://x', 'HTTP://x', 'file:///a.zip']) expect(isAddress(text)).toBe(true);
  for (const text of ['a.zip', '/a/b.zip', 'C:\\a.zip', 'hf.zip', './https/a.zip']) expect(isAddress(text)).toBe(false);
});
