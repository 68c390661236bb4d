import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PassingFailure } from './http-request.ts';
import { findOnHub } from './hugging-face.ts';
import { parseHubAddress } from './model-address.ts';

const sum = 'ab'.repeat(32);
let serve: (request: IncomingMessage, response: ServerResponse) => void;
const asked: [string | undefined, string | undefined][] = [];
const server = createServer((request, response) => {
  asked.push([request.url, request.headers.authorization]);
  serve(request, response);
});
let endpoint: string;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json = (value: unknown) => (_: IncomingMessage, response: ServerResponse) => response.end(JSON.stringify(value));
const siblings = [
  { rfilename: 'README.md' },
  { rfilename: 'a b/one.zip', lfs: { sha256: sum, size: 3 } },
  { rfilename: 'notes/two.txt' },
];
const find = (address: string, more: object = {}) => findOnHub(parseHubAddress(address)!, { endpoint, ...more });

describe('findOnHub', () => {
  it('finds the only archive in the commit of the revision, with its checksum', async () => {
    serve = json({ sha: 'c0ffee', siblings });
    const url = `${endpoint}/me/model/resolve/c0ffee/a%20b/one.zip`;
    expect(await find('hf:me/model')).toEqual({ url, sha256: sum });
    const authorization = 'Bearer secret';
    const found = await find('hf:me/model@refs%2Fpr%2F1', { token: 'secret', endpoint: `${endpoint}//` });
    expect(found).toEqual({ url, sha256: sum, headers: { authorization } });
    expect(asked.splice(0)).toEqual([
      ['/api/models/me/model/revision/main?blobs=true', undefined],
      ['/api/models/me/model/revision/refs%2Fpr%2F1?blobs=true', authorization],
    ]);
  });

  it('takes the file that is named, also without a checksum', async () => {
    serve = json({ sha: 'c0ffee', siblings });
    expect(await find('hf:me/model/notes/two.txt')).toEqual({
      url: `${endpoint}/me/model/resolve/c0ffee/notes/two.txt`,
    });
    await expect(find('hf:me/model/one.zip')).rejects.toMatchObject({
      tag: 'download-failed',
      what: 'this repository contains no one.zip',
      remedy: expect.stringContaining('a b/one.zip'),
    });
  });

  it('asks for a name where there are several archives, and says where there is none', async () => {
    serve = json({ sha: '1', siblings: [{ rfilename: 'a.zip' }, { rfilename: 'b.ZIP' }] });
    const several = { what: 'this repository contains several archives', where: `${endpoint}/me/m` };
    await expect(find('hf:me/m')).rejects.toMatchObject({
      ...several,
      remedy: 'Name one: hf:me/m/a.zip, hf:me/m/b.ZIP.',
    });
    serve = json({ sha: '1', siblings: [{ rfilename: 'a.zip.txt' }] });
    await expect(find('hf:me/m')).rejects.toMatchObject({ what: 'this repository contains no zip archive' });
  });

  it('leaves it to the hub to refuse a revision that is badly encoded', async () => {
    asked.length = 0;
    serve = (_, response) => response.writeHead(400).end();
    await expect(find('hf:me/m@50%')).rejects.toMatchObject({ tag: 'download-failed' });
    expect(asked).toEqual([['/api/models/me/m/revision/50%?blobs=true', undefined]]);
  });

  it.each([
    [
      401,
      undefined,
      'the server wants a login: it replied 401 Unauthorized',
      'set HF_TOKEN to a token of your account',
    ],
    [403, 'secret', 'the server refuses access: it replied 403 Forbidden', 'The account of HF_TOKEN may not read it'],
    [404, undefined, 'there is no such file: it replied 404 Not Found', 'Check the owner, the name and the revision'],
  ])('says what to do where it is refused: %s', async (status, token, what, remedy) => {
    serve = (_, response) => response.writeHead(status).end('{}');
    const refused = { tag: 'download-failed', what, remedy: expect.stringContaining(remedy) };
    await expect(find('hf:me/m', { token })).rejects.toMatchObject(refused);
  });

  it('tells a failure that may pass from others, and what is not a hub', async () => {
    serve = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    const failure = await find('hf:me/m').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PassingFailure);
    expect(failure).toMatchObject({ wait: 7000, failure: { tag: 'download-failed' } });
    for (const answer of [null, [], { sha: 'x' }, { sha: '../1', siblings }, { sha: '1', siblings: [{}] }, 'text']) {
      serve = json(answer);
      await expect(find('hf:me/m')).rejects.toMatchObject({
        what: 'the reply is not that of a Hugging Face Hub',
        remedy: 'Check HF_ENDPOINT.',
      });
    }
    serve = (_, response) => response.end('<html>');
    await expect(find('hf:me/m')).rejects.toThrow(/not that of a Hugging Face Hub/);
    serve = json({ sha: '1', siblings: [{ rfilename: 'a.zip', lfs: { sha256: 'x' } }] });
    await expect(find('hf:me/m')).rejects.toThrow(/not that of a Hugging Face Hub/);
  });
});
