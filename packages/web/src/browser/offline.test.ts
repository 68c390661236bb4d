import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { workOffline } from './offline.ts';

/** A browser whose service worker is being installed. */
function firstVisit(isolated: boolean) {
  const installing = Object.assign(new EventTarget(), { state: 'installing' });
  const registration: { active: object | null; installing: object } = { active: null, installing };
  const register = vi.fn(async () => registration);
  const workers = Object.assign(new EventTarget(), { register });
  const stored = new Map<string, string>();
  const reload = vi.fn();
  vi.stubGlobal('navigator', { serviceWorker: workers });
  vi.stubGlobal('crossOriginIsolated', isolated);
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  return {
    ...{ register, reload, stored },
    takeOver() {
      registration.active = {};
      workers.dispatchEvent(new Event('controllerchange'));
    },
    giveUp() {
      installing.state = 'redundant';
      installing.dispatchEvent(new Event('statechange'));
    },
  };
}

/** Starts, and tells whether it has returned, and whether the service worker has started then. */
function begin() {
  const seen = { returned: false, started: false };
  void workOffline().then(({ started }) => {
    seen.returned = true;
    void started.then(() => {
      seen.started = true;
    });
  });
  return async (ms = 0) => {
    await vi.advanceTimersByTimeAsync(ms);
    return seen;
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('shows an isolated page at once, and says when its files are kept', async () => {
  const { takeOver, reload } = firstVisit(true);
  const seen = begin();
  expect(await seen(5000)).toEqual({ returned: true, started: false });
  takeOver();
  expect(await seen()).toEqual({ returned: true, started: true });
  expect(reload).not.toHaveBeenCalled();
});

it('opens a page that is not isolated again, once', async () => {
  const { takeOver, reload, register } = firstVisit(false);
  const seen = begin();
  expect(await seen(5000)).toEqual({ returned: false, started: false });
  takeOver();
  expect(await seen(20_000)).toEqual({ returned: false, started: false });
  expect(reload).toHaveBeenCalledOnce();
  expect(register).toHaveBeenCalledWith('service-worker.js');
  // The service worker does not isolate it either.
  expect(await begin()()).toEqual({ returned: true, started: true });
  expect(reload).toHaveBeenCalledOnce();
  // Where it does, a later page may be opened again.
  vi.stubGlobal('crossOriginIsolated', true);
  expect(await begin()()).toEqual({ returned: true, started: true });
  vi.stubGlobal('crossOriginIsolated', false);
  expect(await begin()()).toEqual({ returned: false, started: false });
  expect(reload).toHaveBeenCalledTimes(2);
});

it.each([false, true])('goes on where the service worker does not start (isolated: %s)', async (isolated) => {
  const slow = firstVisit(isolated);
  const seen = begin();
  expect(await seen(9_999)).toEqual({ returned: isolated, started: false });
  expect(await seen(1)).toEqual({ returned: true, started: true });
  const failing = firstVisit(isolated);
  const other = begin();
  expect(await other()).toEqual({ returned: isolated, started: false });
  failing.giveUp();
  expect(await other()).toEqual({ returned: true, started: true });
  const refusing = firstVisit(isolated);
  refusing.register.mockRejectedValue(new Error('not here'));
  expect(await begin()()).toEqual({ returned: true, started: true });
  vi.stubGlobal('navigator', {});
  expect(await begin()()).toEqual({ returned: true, started: true });
  for (const { reload } of [slow, failing, refusing]) expect(reload).not.toHaveBeenCalled();
});
