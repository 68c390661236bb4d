import { listed, nearestNames } from '@nnunet/errors/internal';
import type { ModelSource } from './catalogued-model.ts';
import { downloadFailed, requireSuccess, sendRequest } from './http-request.ts';
import type { HubAddress } from './model-address.ts';

/** How the Hugging Face Hub, or a hub with the same interface, is reached. */
export interface HubAccess {
  /** Default: https://huggingface.co. */
  endpoint?: string;
  /** Access token; sent to the endpoint alone. */
  token?: string;
}

const ENDPOINT = 'https://huggingface.co';

/** A source whose address is a URL. */
export interface WebSource extends ModelSource {
  /** Headers to send with each request. */
  headers?: Record<string, string>;
}

/** What a hub says about a repository. */
interface HubModel {
  /** The commit that the revision stands for. */
  sha: string;
  siblings: { rfilename: string; lfs?: { sha256?: string } }[];
}

/**
 * Finds a file on a hub: its URL in the commit that the revision stands for now, and its checksum if the hub stores one
 * (it does for archives, which are large).
 *
 * @throws NnUNetError 'download-failed'
 */
export async function findOnHub(
  { repository, revision, file }: HubAddress,
  { endpoint = ENDPOINT, token }: HubAccess,
  signal?: AbortSignal,
): Promise<WebSource> {
  const root = endpoint.replace(/\/+$/, '');
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  // What is already encoded stays as it is.
  const encoded = encodeURIComponent(revision).replaceAll('%25', '%');
  const url = `${root}/api/models/${repository}/revision/${encoded}?blobs=true`;
  const response = await sendRequest(url, { headers, signal });
  await requireSuccess(response, url, {
    401: access(root, repository, token),
    403: access(root, repository, token),
    404: `Check the owner, the name and the revision: ${root}/${repository}.`,
  });
  const model = checkModel(await response.json().catch(() => null), url);
  const archives = model.siblings.map(({ rfilename }) => rfilename).filter((name) => /\.zip$/i.test(name));
  const path = file ?? (archives.length === 1 ? archives[0]! : null);
  if (path === null)
    throw downloadFailed(
      `${root}/${repository}`,
      archives.length === 0 ? 'this repository contains no zip archive' : 'this repository contains several archives',
      archives.length === 0
        ? 'Download the model folder, and predict with nnUNet_predict `modelFolder`.'
        : `Name one: ${listed(archives.map((name) => `hf:${repository}/${name}`))}.`,
    );
  const found = model.siblings.find(({ rfilename }) => rfilename === path);
  if (found === undefined)
    throw downloadFailed(`${root}/${repository}`, `this repository contains no ${path}`, nearestNames(path, archives));
  const sha256 = found.lfs?.sha256;
  const address = `${root}/${repository}/resolve/${model.sha}/${path.split('/').map(encodeURIComponent).join('/')}`;
  return { url: address, ...(sha256 !== undefined && { sha256 }), ...(headers && { headers }) };
}

function checkModel(value: unknown, where: string): HubModel {
  const { sha, siblings } = (value ?? {}) as Partial<HubModel>;
  const right =
    typeof sha === 'string' &&
    /^[0-9a-f]+$/.test(sha) &&
    Array.isArray(siblings) &&
    siblings.every(
      ({ rfilename, lfs }) =>
        typeof rfilename === 'string' && (lfs?.sha256 === undefined || /^[0-9a-f]{64}$/.test(lfs.sha256)),
    );
  if (right) return { sha, siblings };
  throw downloadFailed(where, 'the reply is not that of a Hugging Face Hub', 'Check HF_ENDPOINT.');
}

function access(root: string, repository: string, token: string | undefined): string {
  return token === undefined
    ? `It does not exist, or is private or needs consent to its terms: visit ${root}/${repository}, and set HF_TOKEN to a token of your account.`
    : `The account of HF_TOKEN may not read it, or has not consented to its terms: visit ${root}/${repository}.`;
}
