export type { SiteDescription, SiteLabel } from './site-description.ts';
export { type WriteSiteOptions, writeSite } from './write-site.ts';
