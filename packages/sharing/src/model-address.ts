import { usageError } from '@nnunet/errors';
import type { ModelSource } from './catalogued-model.ts';

/** A file in a repository of the Hugging Face Hub, or a hub with the same interface. */
export interface HubAddress {
  /** OWNER/NAME */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Path in the repository; undefined for its only zip archive. */
  file: string | undefined;
}

const PART = '[A-Za-z0-9][\\w.-]*';
const HUB_ADDRESS = new RegExp(`^hf:(?<repository>${PART}/${PART})(@(?<revision>[^/@]+))?(/(?<file>.+))?$`);

/** Returns whether an argument is an address rather than the path of a file. */
export function isAddress(text: string): boolean {
  return /^(hf:|https?:\/\/|file:\/\/)/i.test(text);
}

/** Parses `hf:OWNER/NAME[@REVISION][/FILE]`; null for other texts. */
export function parseHubAddress(text: string): HubAddress | null {
  const { repository, revision = 'main', file } = HUB_ADDRESS.exec(text)?.groups ?? {};
  if (repository === undefined || file?.split('/').some((part) => /^\.*$/.test(part))) return null;
  return { repository, revision, file };
}

/**
 * Checks a source, and takes the checksum from its address if that ends with `#sha256=SUM`.
 *
 * @throws NnUNetError 'usage' for an unsupported address, a checksum that is not one, or two that differ
 */
export function checkSource({ url: given, sha256: stated }: ModelSource): ModelSource {
  const [url = '', inAddress] = given.split(/#sha256=/i);
  for (const sum of [stated, inAddress]) {
    if (sum !== undefined && !/^[0-9a-f]{64}$/i.test(sum))
      throw usageError({
        what: `"${sum}" is not a SHA-256`,
        where: '`sha256`',
        remedy: 'It has 64 hexadecimal digits (sha256sum FILE).',
      });
  }
  if (stated !== undefined && inAddress !== undefined && stated.toLowerCase() !== inAddress.toLowerCase())
    throw usageError({
      what: 'the address and `sha256` state different checksums',
      where: given,
      remedy: 'Give the checksum once.',
    });
  const web = URL.canParse(url) && ['file:', 'http:', 'https:'].includes(new URL(url).protocol);
  if (!web && parseHubAddress(url) === null)
    throw usageError({
      what: `"${url}" is not a URL to download from`,
      remedy: /^hf:/i.test(url)
        ? 'Addresses on the Hugging Face Hub have the form hf:OWNER/NAME[@REVISION][/FILE].'
        : 'It must start with https, http or file, or be hf:OWNER/NAME.',
    });
  const sha256 = (stated ?? inAddress)?.toLowerCase();
  return sha256 === undefined ? { url } : { url, sha256 };
}
