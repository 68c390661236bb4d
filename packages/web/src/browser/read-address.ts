/**
 * Reads a model from another server, which must allow it. Only the page may, not its worker, and only with the address
 * in the policy of the page.
 *
 * @param onProgress receives the bytes that have arrived, and those that are expected or 0
 * @throws Error in words; the signal's reason when aborted
 */
export async function readAddress(
  address: URL,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<File> {
  const name = address.pathname.split('/').at(-1) || address.host;
  try {
    const response = await fetch(address, { signal, referrerPolicy: 'no-referrer', credentials: 'omit' });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    let done = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        done += piece.length;
        onProgress(done, total);
        controller.enqueue(piece);
      },
    });
    return new File([await new Response(response.body.pipeThrough(counted)).blob()], name);
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${address.href}: cannot be read (${why}).\nThe server must let other pages read the file, without sending them on to another address. Or download the file yourself, and choose it here.`,
    );
  }
}
