export type { ShownVolumes, Viewer } from './browser/viewer-interface.ts';
export { siteFolder } from './site-folder.ts';
