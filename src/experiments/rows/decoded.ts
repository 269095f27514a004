import { fileError } from './row-check.ts';

/** Bytes as text, piece by piece; a mark at the beginning that says that they are UTF-8 is left out. @throws TributaryError INPUT for others */
export async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let read = 0;
  const text = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw fileError(`The file is not UTF-8 at byte ${read}, or shortly behind it; save it as UTF-8`);
    }
  };
  for await (const chunk of bytes) {
    yield text(chunk);
    read += chunk.length;
  }
  yield text();
}
