import { contentPolicy, modelInAddress } from '../content-policy.ts';
import { addressOf } from '../site-description.ts';

/** The files of the site. `writeSite` puts them before this script. */
interface SiteFiles {
  /** Changes when a file does. */
  version: string;
  /** What every visit needs. */
  first: string[];
  /** What is kept when it was needed. */
  later: string[];
}

declare global {
  var siteFiles: SiteFiles;
}

/** The part of a service worker's interface that is used here. */
interface Scope {
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate' | 'fetch', listener: (event: ScopeEvent) => void): void;
}

interface ScopeEvent {
  request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

// Lets the page work without a network, and isolates it from other origins where its host does not, so that it may use
// threads.
const worker = globalThis as unknown as Scope;
const { scope } = worker.registration;
const { version, first, later } = globalThis.siteFiles;
const NAME = `nnunet ${scope} `;
const kept = new Set([...first, ...later].map((file) => addressOf(file, scope)));
/** Asks the host whether what the browser has is still the same: a version does not keep files of an earlier one. */
const FRESH = { cache: 'no-cache' } as const;

worker.addEventListener('install', (event) => event.waitUntil(keepFirst()));
worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  address.search = '';
  if (address.href === scope) address.pathname += 'index.html';
  if (request.method === 'GET' && kept.has(address.href)) event.respondWith(answer(address.href, event));
});

async function keepFirst(): Promise<void> {
  const cache = await caches.open(NAME + version);
  await cache.addAll(first.map((file) => new Request(addressOf(file, scope), FRESH)));
}

async function forgetOthers(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== NAME + version);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function answer(address: string, event: ScopeEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(NAME + version);
  const found = await cache.match(address);
  if (found !== undefined) return isolated(found, request);
  const response = await fetch(request, FRESH);
  // Without room for it, the page works as long as there is a network.
  if (response.status === 200) event.waitUntil(cache.put(address, response.clone()).catch(() => undefined));
  return isolated(response, request);
}

function isolated(response: Response, request: Request): Response {
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('content-security-policy', `${contentPolicy(modelInAddress(request.url))}; frame-ancestors 'none'`);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
