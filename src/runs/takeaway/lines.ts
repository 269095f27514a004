/** The lines of a file that comes in pieces. */

/** Bytes of a line: more than any run has, and less than a text can be. */
const longestLine = 256_000_000;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined where there is none: `fault` says why. */
  readonly text: string | undefined;
  readonly fault?: string;
  /** Whether the file goes on behind it; the last line may have been cut off. */
  readonly ended: boolean;
}

/** Empty ones are left out, and counted. @param longest bytes */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  longest: number = longestLine,
): AsyncGenerator<Line, void> {
  let number = 1;
  let kept: Uint8Array[] = [];
  let length = 0;
  const keep = (piece: Uint8Array) => {
    length += piece.length;
    if (length <= longest) kept.push(piece);
    else kept = [];
  };
  const line = (ended: boolean): Line[] => {
    const read = length > longest ? tooLong(longest) : decoded(Buffer.concat(kept));
    [kept, length] = [[], 0];
    const found = { number: number++, ended, ...read };
    return found.text?.trim() === '' ? [] : [found];
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, start)) {
      keep(piece.subarray(start, end));
      yield* line(true);
      start = end + 1;
    }
    keep(piece.subarray(start));
  }
  if (length > 0) yield* line(false);
}

const newline = 0x0a;
const decoder = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Uint8Array): Pick<Line, 'text' | 'fault'> {
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { text: undefined, fault: 'it is no UTF-8' };
  }
}

function tooLong(longest: number): Pick<Line, 'text' | 'fault'> {
  return { text: undefined, fault: `it has more than ${longest} bytes` };
}
