/** A JSON value whose numbers may also be NaN or infinite. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
