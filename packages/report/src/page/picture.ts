import type { Picture } from '../report-data.ts';
import { html, Markup } from './html.ts';

/** Media types that a browser draws without running anything in them. */
const IMAGE = /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/;

/**
 * Shows a picture with its caption. Inline SVG also becomes an image, so that nothing in it can run or load anything.
 */
export function figure({ source, title, alternative }: Picture): Markup {
  const url = IMAGE.test(source)
    ? source
    : `data:image/svg+xml;base64,${Buffer.from(source, 'utf8').toString('base64')}`;
  return html`<figure><img src="${url}" alt="${alternative}" loading="lazy"><figcaption>${title}</figcaption></figure>`;
}

/** Puts a chart drawn by @nnunet/plot, which escapes every text, into the page. */
export function chart(svg: string): Markup {
  return html`<div class="chart">${new Markup(svg)}</div>`;
}
