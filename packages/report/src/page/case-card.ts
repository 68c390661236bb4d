import { counted } from '@nnunet/errors/internal';
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

/** Number of remarks that a card shows; the dialog shows all. */
const SHOWN = 3;

/** Shows a case: remarks and pictures, and a button that opens it with its details and its volume. */
export function drawCard({ key, id, about, tag, remarks, pictures, details, volume }: CaseCard): Markup {
  const more = remarks.slice(SHOWN);
  return html`<article class="case" id="${key}" data-name="${id}">
<h3>${id}${tag === null ? null : html` <span class="tag">${tag}</span>`}</h3>
<p class="about">${about}</p>
${sentences(remarks.slice(0, SHOWN), 'remarks')}
${more.length === 0 ? null : html`<p class="note unfolds">… and ${counted(more.length, 'more remark')}</p>${sentences(more, 'remarks more')}`}
${pictures.length === 0 ? null : html`<div class="pictures">${pictures.map(figure)}</div>`}
<button type="button" class="open" data-case="${key}">${volume === null ? 'Details' : 'Details and volume'}<span class="hidden"> of ${id}</span></button>
<div class="details">${details}${volume === null ? null : coarseness(volume)}</div>
${volume === null ? null : volumeData(volume)}
</article>
`;
}

function coarseness({ steps }: VolumeEntry): Markup | null {
  if (steps.every((step) => step === 1)) return null;
  return html`<p class="note">The volume is coarser than the image: one voxel in ${steps.join(' × ')} (z × y × x).</p>`;
}

/** Data for the page's script, which a browser does not run. */
function volumeData(volume: VolumeEntry): Markup {
  const { image, reference, prediction } = volume;
  return html`<template class="volume" data-image="${image}" data-reference="${reference}" data-prediction="${prediction}"></template>`;
}
