import { crc32c, ProtobufWriter } from '@nnunet/tensor/internal';

/** A PNG file, to be shown as a picture. */
interface Picture {
  png: Uint8Array;
}

/** A value of a curve, a text (Markdown) or a picture, by name. */
export type EventValue = { tag: string } & ({ scalar: number } | { text: string } | Picture);

/** An entry of an event file. */
export interface LoggedEvent {
  /** Seconds since 1970. */
  wallTime: number;
  step: number;
  /**
   * What it tells: values; the version, at the start of a file; or that a program has started, so that what an earlier
   * one wrote from this step on no longer counts.
   */
  content: readonly EventValue[] | 'version' | 'start';
}

/** Field numbers of TensorBoard's messages (event.proto, summary.proto, tensor.proto). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const VALUE = { list: 1, tag: 1, scalar: 2, image: 4, tensor: 8, metadata: 9 } as const;
const SESSION_START = 1;
const STRINGS = 7;
const RGBA = 4;

/**
 * Encodes an event as a record of a TensorBoard file (TFRecord): its length, the checksum of the length, the event, the
 * checksum of the event.
 */
export function encodeEvent({ wallTime, step, content }: LoggedEvent): Uint8Array {
  const writer = new ProtobufWriter();
  writer.double(EVENT.wallTime, wallTime);
  writer.varint(EVENT.step, step);
  if (content === 'version') writer.string(EVENT.fileVersion, 'brain.Event:2');
  else if (content === 'start') writer.message(EVENT.sessionLog, (log) => log.varint(1, SESSION_START));
  else
    writer.message(EVENT.summary, (summary) => {
      for (const value of content) summary.message(VALUE.list, (w) => writeValue(w, value));
    });
  const event = writer.bytes();
  const record = new Uint8Array(8 + 4 + event.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(event, 12);
  view.setUint32(12 + event.length, maskedChecksum(event), true);
  return record;
}

function writeValue(writer: ProtobufWriter, value: EventValue): void {
  writer.string(VALUE.tag, value.tag);
  if ('scalar' in value) writer.float(VALUE.scalar, value.scalar);
  else if ('png' in value) writer.message(VALUE.image, (image) => writeImage(image, value.png));
  else {
    writer.message(VALUE.tensor, (tensor) => {
      tensor.varint(1, STRINGS);
      // A list of one string.
      tensor.message(2, (shape) => shape.message(2, (dimension) => dimension.varint(1, 1)));
      tensor.string(8, value.text);
    });
    writer.message(VALUE.metadata, (metadata) => metadata.message(1, (plugin) => plugin.string(1, 'text')));
  }
}

function writeImage(writer: ProtobufWriter, png: Uint8Array): void {
  // The header follows the signature: length and type of the chunk, then width and height.
  const header = new DataView(png.buffer, png.byteOffset, png.byteLength);
  writer.varint(1, header.getUint32(20));
  writer.varint(2, header.getUint32(16));
  writer.varint(3, RGBA);
  writer.raw(4, png);
}

/** TFRecord's checksum: rotated and shifted, so that checksums of data that contain checksums stay good. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
