/** Attribute values; undefined ones are omitted, numbers are rounded to hundredths. */
export type Attributes = Record<string, string | number | undefined>;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for attributes and element content. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** Creates an element; its children are already serialised. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value!)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** Creates a text element. */
export function label(text: string, attributes: Attributes): string {
  return element('text', attributes, [escapeXml(text)]);
}

/** Groups drawn parts with a title that is shown when the pointer is above them. */
export function withTitle(title: string, ...parts: string[]): string {
  return element('g', {}, [element('title', {}, [escapeXml(title)]), ...parts]);
}

/** Formats a number with at most two decimals, enough for pixels. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** What a figure of a page says to those who do not see it, and how large it is. */
export interface FigureOptions {
  title: string;
  /** What the figure shows, in sentences. */
  description: string;
  width: number;
  height: number;
}

/**
 * Creates a figure to be inlined in a page: no background, a title and a description for screen readers. What it draws
 * in `currentColor` follows the page's colour of text, so that it can be read in light and dark.
 */
export function svgFigure({ title, description, width, height }: FigureOptions, children: readonly string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      role: 'img',
      'font-family': FONT_FAMILY,
      'font-size': 14,
    },
    [element('title', {}, [escapeXml(title)]), element('desc', {}, [escapeXml(description)]), ...children],
  );
}

/** Font families in order of preference, starting with the included one. */
const FONT_FAMILY = "'PT Sans', 'Helvetica Neue', Arial, sans-serif";

/** Creates a document with a white background; sizes are in pixels. */
export function svgDocument(width: number, height: number, children: readonly string[]): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${round(width)} ${round(height)}`,
      'font-family': FONT_FAMILY,
      'font-size': 14,
    },
    [element('rect', { width, height, fill: '#ffffff' }), ...children],
  );
}
