/**
 * The Content-Security-Policy of the page and its workers: code and data come from the page's own origin alone, nothing
 * is sent anywhere, and no other page can show it. Only the address of a model that the user confirmed may be read.
 *
 * @param model address of this model; null for none
 */
export function contentPolicy(model: URL | null): string {
  // A comma or semicolon would end the address.
  const allowed = model === null ? '' : ` ${model.origin}${model.pathname.replace(/[,;]/g, encodeURIComponent)}`;
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "worker-src 'self'",
    `connect-src 'self'${allowed}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/**
 * Returns the address of a model that the address of the page names, `?model=https://…`; null if it names none that can
 * be read.
 */
export function modelInAddress(page: string): URL | null {
  const given = new URL(page).searchParams.get('model');
  const address = given !== null && URL.canParse(given) ? new URL(given) : null;
  return address !== null && /^https?:$/.test(address.protocol) ? address : null;
}
