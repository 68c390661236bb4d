import type { PlansSection } from '../report-data.ts';
import { html, type Markup } from './html.ts';
import { figure } from './picture.ts';
import { sentences } from './section.ts';
import { table } from './table.ts';

/** Shows what was planned, and why. */
export function plansContent({ identifier, configurations, sentences: reasons, diagram }: PlansSection): Markup {
  const names = [...new Set(configurations.flatMap(({ facts }) => facts.map(([name]) => name)))];
  const rows = names.map((name) => [
    name,
    ...configurations.map(({ facts }) => facts.find(([other]) => other === name)?.[1] ?? ''),
  ]);
  return html`<p>The plans are <code>${identifier}</code>.</p>
${
  configurations.length === 0
    ? null
    : table({
        caption: 'Configurations',
        columns: ['Plan', ...configurations.map(({ name }) => name)],
        rows,
        words: configurations.map((_, i) => i + 1),
      })
}
${reasons.length === 0 ? null : html`<h3>Why</h3><ul class="plain">${reasons.map(({ text, details }) => html`<li>${text}${sentences(details)}</li>`)}</ul>`}
${diagram === null ? null : html`<div class="diagram">${figure(diagram)}</div>`}`;
}
