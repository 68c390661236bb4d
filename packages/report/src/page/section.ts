import { counted } from '@nnunet/errors/internal';
import { html, type Markup } from './html.ts';

export interface Section {
  id: string;
  title: string;
  content: Markup;
}

/** Draws a part of the page with its heading. */
export function drawSection({ id, title, content }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}

/** A list of sentences; nothing if there are none. */
export function sentences(list: readonly string[], className?: string): Markup | null {
  if (list.length === 0) return null;
  return html`<ul class="${className ?? 'plain'}">${list.map((text) => html`<li>${text}</li>`)}</ul>`;
}

/** Names with their values. */
export function facts(pairs: readonly (readonly [string, string | Markup])[]): Markup {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The first of several remarks, and how many there are besides: what fits a cell. */
export function firstRemark([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  return others.length === 0 ? first : `${first} And ${counted(others.length, 'more remark')}.`;
}
