import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const SITE = 'https://me.org/page/';
const FILES = { version: 'v2', first: ['index.html', 'page.js'], later: ['model.zip', 'example/a#1 é.nii'] };
const OWN = `nnunet ${SITE} v2`;

type Listener = (event: object) => void;
const listeners = new Map<string, Listener>();
/** Addresses that were asked for, with what was asked of the browser's own cache. */
const asked: string[] = [];
const kept = new Map<string, Map<string, Response>>();
let answers: (url: string) => Response;

beforeEach(async () => {
  vi.resetModules();
  for (const all of [listeners, kept]) all.clear();
  asked.length = 0;
  answers = (url) => new Response(`content of ${url}`, { headers: { 'x-host': 'simple' } });
  const get = async (request: string | Request, more?: RequestInit) => {
    const { url, cache } = new Request(request, more);
    asked.push(`${cache} ${url}`);
    return answers(url);
  };
  const open = async (name: string) => {
    const entries = kept.get(name) ?? new Map<string, Response>();
    kept.set(name, entries);
    return {
      match: async (url: string) => entries.get(url)?.clone(),
      put: async (url: string, response: Response) => {
        entries.set(url, new Response(await response.arrayBuffer(), response));
      },
      addAll: async (requests: Request[]) => {
        for (const request of requests) entries.set(request.url, await get(request));
      },
    };
  };
  vi.stubGlobal('registration', { scope: SITE });
  vi.stubGlobal('clients', { claim: async () => asked.push('claimed') });
  vi.stubGlobal('siteFiles', FILES);
  vi.stubGlobal('addEventListener', (type: string, listener: Listener) => listeners.set(type, listener));
  vi.stubGlobal('caches', {
    open,
    keys: async () => [...kept.keys()],
    delete: async (name: string) => kept.delete(name),
  });
  vi.stubGlobal('fetch', get);
  await import('./service-worker.ts');
});
afterEach(() => vi.unstubAllGlobals());

/** Dispatches an event; returns the answer, if there is one, and what is to be waited for. */
function dispatch(type: string, request?: Request) {
  const waiting: Promise<unknown>[] = [];
  let response: Promise<Response> | undefined;
  listeners.get(type)!({
    request,
    waitUntil: (work: Promise<unknown>) => void waiting.push(work),
    respondWith: (promise: Promise<Response>) => (response = promise),
  });
  const done = async () => {
    await response;
    await Promise.all(waiting);
  };
  return { response, done };
}

const request = (path: string, options?: RequestInit) => dispatch('fetch', new Request(new URL(path, SITE), options));

it('keeps what every visit needs as the host has it now, and forgets earlier versions of this site alone', async () => {
  for (const name of [`nnunet ${SITE} v1`, 'nnunet https://me.org/page/other/ v1', 'mine']) kept.set(name, new Map());
  await dispatch('install').done();
  expect(asked.splice(0)).toEqual([`no-cache ${SITE}index.html`, `no-cache ${SITE}page.js`]);
  await dispatch('activate').done();
  expect([...kept.keys()]).toEqual(['nnunet https://me.org/page/other/ v1', 'mine', OWN]);
  expect(asked.splice(0)).toEqual(['claimed']);
  for (const path of ['', 'index.html', '?model=https://a.org/b.zip']) {
    const answer = (await request(path).response)!;
    expect(await answer.text()).toBe(`content of ${SITE}index.html`);
    const headers = Object.fromEntries(answer.headers);
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-host': 'simple',
    });
    const model = path.startsWith('?') ? ' https://a.org/b.zip' : '';
    expect(headers['content-security-policy']).toContain(`connect-src 'self'${model};`);
    expect(headers['content-security-policy']).toMatch(/; frame-ancestors 'none'$/);
  }
  expect(asked).toEqual([]);
});

it('keeps the model when it is needed, as the host has it now, without holding it back', async () => {
  const arriving = new TransformStream<Uint8Array, Uint8Array>();
  answers = () => new Response(arriving.readable);
  const first = request('model.zip');
  const body = (await first.response)!.body!.getReader();
  const writer = arriving.writable.getWriter();
  void writer.write(Uint8Array.of(7));
  expect((await body.read()).value).toEqual(Uint8Array.of(7));
  void writer.close();
  expect((await body.read()).done).toBe(true);
  await first.done();
  const again = (await request('model.zip').response)!;
  expect(new Uint8Array(await again.arrayBuffer())).toEqual(Uint8Array.of(7));
  expect(asked).toEqual([`no-cache ${SITE}model.zip`]);
});

it('keeps no refusal of the host, and works without room', async () => {
  answers = () => new Response('none', { status: 404, statusText: 'Not found' });
  const refused = request('model.zip');
  await refused.done();
  expect(await refused.response).toMatchObject({ status: 404, statusText: 'Not found' });
  expect([...kept.get(OWN)!.keys()]).toEqual([]);
  answers = () => new Response('model');
  kept.get(OWN)!.set = () => {
    throw new DOMException('no room', 'QuotaExceededError');
  };
  const full = request('model.zip');
  await full.done();
  expect(await (await full.response)!.text()).toBe('model');
});

it('leaves alone what is not of the site, and knows a file by any name', async () => {
  for (const other of ['none.js', '../', 'https://a.org/page/page.js', 'page.js/']) {
    expect(request(other).response, other).toBeUndefined();
  }
  expect(request('page.js', { method: 'POST' }).response).toBeUndefined();
  const named = `${SITE}example/a%231%20%C3%A9.nii`;
  expect(await (await request(named).response)!.text()).toBe(`content of ${named}`);
});
