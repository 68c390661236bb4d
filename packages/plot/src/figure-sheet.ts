import { element, svgDocument } from './svg.ts';

/** Colour of text, which figures take from their page. */
const INK = '#1b1f24';

/** Height from which on figures go into a further column. */
const TALL = 4000;

/**
 * Puts figures of a page, such as those of {@link renderStrips}, one below another on white paper, for a file: their
 * colours no longer depend on a page. Tall figures stand side by side.
 */
export function renderSheet(figures: readonly string[]): string {
  let [left, top, width, height] = [0, 0, 0, 0];
  const placed = figures.map((figure) => {
    const [, w, h] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(figure)!.map(Number) as [number, number, number];
    if (top + h > TALL) [left, top] = [width, 0];
    const at = element('g', { transform: `translate(${left} ${top})` }, [
      figure.replace('<svg ', `<svg width="${w}" height="${h}" `),
    ]);
    top += h;
    width = Math.max(width, left + w);
    height = Math.max(height, top);
    return at.replaceAll(/var\(--[\w-]+, (#\w+)\)/g, '$1').replaceAll('currentColor', INK);
  });
  return svgDocument(width, height, placed);
}
