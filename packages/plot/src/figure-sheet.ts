import { element, svgDocument } from './svg.ts';

/** Colour of text, which figures take from their page. */
const INK = '#1b1f24';

/**
 * Puts figures of a page, such as those of {@link renderStrips}, one below another on white paper, for a file: their
 * colours no longer depend on a page.
 */
export function renderSheet(figures: readonly string[]): string {
  let [width, height] = [0, 0];
  const placed = figures.map((figure) => {
    const [, w, h] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(figure)!.map(Number) as [number, number, number];
    const at = element('g', { transform: `translate(0 ${height})` }, [
      figure.replace('<svg ', `<svg width="${w}" height="${h}" `),
    ]);
    width = Math.max(width, w);
    height += h;
    return at.replaceAll(/var\(--[\w-]+, (#\w+)\)/g, '$1').replaceAll('currentColor', INK);
  });
  return svgDocument(width, height, placed);
}
