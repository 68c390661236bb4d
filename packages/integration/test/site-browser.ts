import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium, QUIET_CHROMIUM } from '@nnunet/testing';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { repository } from './commands.ts';
import { findFirefox } from './firefox.ts';
import { contentType, serveLocally } from './page-server.ts';

const executablePath = findChromium();
const built = existsSync(join(repository, 'packages/web/dist/browser/index.html'));

/** Whether there is a Chromium, and the page was built. */
export const canShowSites = executablePath !== undefined && built;
/** The executable of an installed Firefox, if the page was built. */
export const siteFirefox = built ? findFirefox() : undefined;

const SOFTWARE_WEBGL = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-gpu-watchdog',
];

/** Serves sites, and opens them in Chromium. */
export class SiteBrowser {
  readonly #browser: Browser;
  readonly #hosts: { close(): void }[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<SiteBrowser> {
    const args = [...QUIET_CHROMIUM, ...SOFTWARE_WEBGL];
    return new SiteBrowser(await chromium.launch({ executablePath, timeout: 60_000, args }));
  }

  async close(): Promise<void> {
    await this.#browser.close();
    for (const host of this.#hosts) host.close();
  }

  /** Serves a site as {@link hostSite} does, until the browser is closed. */
  async host(...about: Parameters<typeof hostSite>): Promise<HostedSite> {
    const site = await hostSite(...about);
    this.#hosts.push(site);
    return site;
  }

  /** Opens the page, and notes every request, and what is said on the console. */
  async open(address: string, options: BrowserContextOptions = {}) {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(110_000);
    const requests: string[] = [];
    const said: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address);
    await page.locator('#app').waitFor();
    return { context, page, requests, said };
  }
}

/** A site that is served, with what was sent of it. */
export interface HostedSite {
  url: string;
  sent: { bytes: number; paths: string[] };
  close(): void;
}

/**
 * Serves files as simple hosts do.
 *
 * @param more headers of all answers
 * @param slow what is answered after this
 */
export async function hostSite(
  folder: string,
  more: Readonly<Record<string, string>> = {},
  slow?: { path: string; until: Promise<void> },
): Promise<HostedSite> {
  const sent = { bytes: 0, paths: [] as string[] };
  const server = await serveLocally(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname);
    const file = join(folder, path === '/' ? 'index.html' : path);
    sent.paths.push(path);
    if (path === slow?.path) await slow.until;
    if (!existsSync(file)) return response.writeHead(404).end();
    const content = readFileSync(file);
    if (!path.endsWith('.zip')) sent.bytes += content.length;
    response.writeHead(200, { 'content-type': contentType(file), ...more }).end(content);
  });
  return { url: server.address.slice(0, -1), sent, close: server.close };
}

/** Files by name. */
type Files = Readonly<Record<string, Uint8Array>>;

/** Drops files onto the page, or onto an element of it. */
export async function drop(page: Page, files: Files, target = 'body'): Promise<void> {
  await page.evaluate(dropping(files, target));
}

/** Returns what drops files and folders of this machine onto an element, as a hand does. */
export async function pathDropper(page: Page) {
  const session = await page.context().newCDPSession(page);
  return async (target: string, paths: readonly string[]): Promise<void> => {
    const { x, y, width, height } = (await page.locator(target).boundingBox())!;
    const data = { items: [], files: [...paths], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + height / 2, data });
  };
}

/** A script that drops files. */
export function dropping(files: Files, target = 'body'): string {
  const contents = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  return `{
    const transfer = new DataTransfer();
    for (const [name, base64] of ${JSON.stringify(contents)})
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    const event = new DragEvent('drop', { dataTransfer: transfer, bubbles: true });
    document.querySelector(${JSON.stringify(target)}).dispatchEvent(event);
  }`;
}

/** Saves what a link offers. */
export async function save(page: Page, id: string, folder: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`#${id}`).click()]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

/** What makes the page hard to use for some, in words. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

/** Takes a picture of the page where SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
