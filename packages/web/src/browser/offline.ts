/** In the session's storage: the page was opened again, so that it can be isolated. */
const OPENED_AGAIN = 'nnunet-opened-again';
/** The service worker may take this long to start. */
const PATIENCE_MS = 10_000;

/**
 * Starts the service worker, which keeps the site's files. On a first visit to a host that does not isolate pages from
 * other origins, the page is opened again, since only then the service worker can do it; this never returns then.
 *
 * @returns `started`, which settles when what is loaded from then on is kept, or will not be
 */
export async function workOffline(): Promise<{ started: Promise<void> }> {
  // Missing without encryption, and where the user forbids it.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return { started: Promise.resolve() };
  try {
    const registration = await workers.register('service-worker.js');
    const started = takenOver(workers, registration);
    if (crossOriginIsolated) {
      sessionStorage.removeItem(OPENED_AGAIN);
    } else if (sessionStorage.getItem(OPENED_AGAIN) === null) {
      await started;
      if (registration.active === null) return { started };
      sessionStorage.setItem(OPENED_AGAIN, 'yes');
      location.reload();
      await new Promise(() => undefined);
    }
    return { started };
  } catch {
    // The page works without it, as long as there is a network.
    return { started: Promise.resolve() };
  }
}

/** Waits until the first service worker of a site takes over its page, or gives up for want of room or of time. */
function takenOver(workers: ServiceWorkerContainer, { active, installing }: ServiceWorkerRegistration): Promise<void> {
  if (active !== null) return Promise.resolve();
  return new Promise((resolve) => {
    workers.addEventListener('controllerchange', () => resolve(), { once: true });
    installing?.addEventListener('statechange', () => installing.state === 'redundant' && resolve());
    setTimeout(resolve, PATIENCE_MS);
  });
}
