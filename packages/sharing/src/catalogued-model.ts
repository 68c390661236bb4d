/** A file to download. */
export interface ModelSource {
  /** http, https or file; or hf:OWNER/NAME[@REVISION][/FILE]. May end with #sha256=SUM. */
  url: string;
  /** Hexadecimal; checked if given. */
  sha256?: string;
}

/** A model that can be downloaded: one archive, or several that belong together. */
export interface CataloguedModel {
  description: string;
  sources: ModelSource[];
}
