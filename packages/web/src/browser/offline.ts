/** In the session's storage: the page was opened again, so that it can be isolated. */
const OPENED_AGAIN = 'nnunet-opened-again';
/** The service worker may take this long to start; it never does where there is no room for its files. */
const PATIENCE_MS = 10_000;

/**
 * Starts the service worker, which keeps the site's files. On a first visit to a host that does not isolate pages from
 * other origins, the page is opened again, since only then the service worker can do it; this never returns then.
 */
export async function workOffline(): Promise<void> {
  // Missing without encryption, and where the user forbids it.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  try {
    const registration = await workers.register('service-worker.js');
    if (crossOriginIsolated) {
      sessionStorage.removeItem(OPENED_AGAIN);
    } else if (sessionStorage.getItem(OPENED_AGAIN) === null) {
      await Promise.race([workers.ready, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
      if (registration.active === null) return;
      sessionStorage.setItem(OPENED_AGAIN, 'yes');
      location.reload();
      await new Promise(() => undefined);
    }
  } catch {
    // The page works without it, as long as there is a network.
  }
}
