import type { Picture, VolumeEntry } from '../report-data.ts';
import { html, type Markup } from './html.ts';
import { figure } from './picture.ts';
import { sentences } from './section.ts';

export interface CaseCard {
  /** Unique in the page. */
  key: string;
  id: string;
  /** What is said below the name. */
  about: string;
  /** A word that stands out, such as "worst". */
  tag: string | null;
  remarks: readonly string[];
  pictures: readonly Picture[];
  /** Everything that was measured. */
  details: Markup;
  volume: VolumeEntry | null;
}

/** Shows a case: remarks and pictures, and a button that opens it with its details and its volume. */
export function drawCard({ key, id, about, tag, remarks, pictures, details, volume }: CaseCard): Markup {
  return html`<article class="case" id="${key}" data-name="${id}">
<h3>${id}${tag === null ? null : html` <span class="tag">${tag}</span>`}</h3>
<p class="about">${about}</p>
${sentences(remarks, 'remarks')}
${pictures.length === 0 ? null : html`<div class="pictures">${pictures.map(figure)}</div>`}
<button type="button" class="open" data-case="${key}">${volume === null ? 'Details' : 'Details and volume'}<span class="hidden"> of ${id}</span></button>
<div class="details">${details}</div>
${volume === null ? null : volumeData(key, volume)}
</article>
`;
}

/** Data for the page's script, which a browser does not run. */
function volumeData(key: string, volume: VolumeEntry): Markup {
  const fields = Object.entries(volume).map(([name, value]) => html` data-${name}="${String(value ?? '')}"`);
  return html`<template class="volume" data-for="${key}"${fields}></template>`;
}
