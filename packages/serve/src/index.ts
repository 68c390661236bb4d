export type { ModelInfo } from './node/model-work.ts';
export { type ServedModel, type ServeOptions, type Service, serveModels } from './node/serve-models.ts';
export { type ServeSiteOptions, serveSite } from './node/serve-site.ts';
