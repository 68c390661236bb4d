/** Attribute values; those that are undefined are left out, numbers are rounded to hundredths. */
export type Attributes = Record<string, string | number | undefined>;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand in an attribute or between tags. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** One element with its children, which are elements already written. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value!)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** A text element. */
export function label(text: string, attributes: Attributes): string {
  return element('text', attributes, [escapeXml(text)]);
}

/** At most two digits after the point, as pixels need. */
export function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Families in the order of preference: the one that comes with this package first. */
const FONT_FAMILY = "'PT Sans', 'Helvetica Neue', Arial, sans-serif";

/** A whole document on a white ground, measured in pixels. */
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
