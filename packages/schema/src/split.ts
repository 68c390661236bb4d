/** Cases to train on and cases to validate on, both sorted. */
export interface Split {
  train: string[];
  val: string[];
}
