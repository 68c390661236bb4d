/** The files of a case before cropping. */
export interface RawCase {
  id: string;
  /** One path per modality, in order. */
  images: readonly string[];
  labels: string | null;
}
