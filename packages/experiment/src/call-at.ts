/** setTimeout's limit, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Calls a function at a time, however far ahead, or soon if it has passed. Returns a function that cancels this. */
export function callAt(time: Date, action: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = time.getTime() - Date.now();
    timer = left <= LONGEST_WAIT ? setTimeout(action, left) : setTimeout(wait, LONGEST_WAIT);
  };
  wait();
  return () => clearTimeout(timer);
}
