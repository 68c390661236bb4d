import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from './serve-models.ts';
import { serveSite } from './serve-site.ts';

const root = temporaryFolder();
const folder = join(root, 'site');
const stop = new AbortController();
let service: Service;

beforeAll(async () => {
  mkdirSync(join(folder, 'deep'), { recursive: true });
  const files = { 'index.html': '<p>', 'deep/a b.mjs': '1', 'x.wasm': '2', 'model.zip': 'zip', '.hidden': '3' };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(root, 'secret.txt'), 'secret');
  service = await serveSite({ folder, port: 0, signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await service.stopped;
});

/** Asks for a path as it is: fetch would shorten it. */
function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>((resolve, reject) => {
    const asked = request(service.url, { path, ...options }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode!, headers: response.headers, text });
    });
    asked.on('error', reject).end();
  });
}

it('hands out the files with their types, isolated from other origins', async () => {
  for (const [path, type, text] of [
    ['/', 'text/html; charset=utf-8', '<p>'],
    ['/?model=x', 'text/html; charset=utf-8', '<p>'],
    ['/deep/a%20b.mjs', 'text/javascript; charset=utf-8', '1'],
    ['/x.wasm', 'application/wasm', '2'],
    ['/model.zip', 'application/octet-stream', 'zip'],
  ] as const) {
    const answer = await ask(path);
    expect([path, answer.status, answer.headers['content-type'], answer.text]).toEqual([path, 200, type, text]);
    expect(answer.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
    });
  }
  expect(await ask('/x.wasm', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

it('answers that a file has not changed, and that it has', async () => {
  const { headers } = await ask('/x.wasm');
  const again = { headers: { 'if-none-match': String(headers.etag) } };
  expect(await ask('/x.wasm', again)).toMatchObject({ status: 304, text: '' });
  writeFileSync(join(folder, 'x.wasm'), 'changed');
  expect(await ask('/x.wasm', again)).toMatchObject({ status: 200, text: 'changed' });
});

it('hands out nothing else', async () => {
  const others = ['/none', '/deep', '/.hidden', '/../secret.txt', '/%2e%2e/secret.txt', '/deep/..%2f..%2fsecret.txt'];
  for (const path of [...others, '//secret.txt', '/%00', '/%', '/..%5csecret.txt'])
    expect((await ask(path)).status, path).toBe(404);
  expect((await ask('/x.wasm', { method: 'POST' })).status).toBe(405);
  expect((await ask('/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  expect(await ask('/', { headers: { host: 'evil.org' } })).toMatchObject({
    status: 403,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    text: 'this server answers its own machine only\nOpen the address that the server printed.\n',
  });
});

it('refuses a folder without a page, and a port that is taken', async () => {
  await expect(serveSite({ folder: root, port: 0 })).rejects.toThrow(/there is no page in this folder/);
  await expect(serveSite({ folder: join(root, 'none'), port: 0 })).rejects.toMatchObject({ tag: 'missing-folder' });
  const port = Number(new URL(service.url).port);
  await expect(serveSite({ folder, port })).rejects.toMatchObject({ tag: 'port-taken' });
});
