/** JSON Lines: an object a line, its keys the columns. */
import { decoded } from './decoded.ts';
import { type FileRow, fileError, longestRecord, RowCheck, type RowLimits } from './row-check.ts';

/** @throws TributaryError INPUT, by the line */
export async function* jsonlRows(bytes: AsyncIterable<Uint8Array>, limits: RowLimits): AsyncGenerator<FileRow, void> {
  const check = new RowCheck(limits);
  for await (const { number, line } of linesOf(bytes)) {
    const place = `Line ${number}`;
    if (line.trim() !== '') yield check.row(place, Object.entries(objectIn(place, line)));
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ number: number; line: string }, void> {
  let number = 1;
  let begun = '';
  const requireShort = (line: string) => {
    if (line.length > longestRecord)
      throw fileError(`Line ${number}: it has more than ${longestRecord} characters, the most of a line`);
    return line;
  };
  for await (const text of decoded(bytes)) {
    const [first = '', ...others] = text.split('\n');
    begun = requireShort(begun + first);
    for (const other of others) {
      yield { number, line: begun };
      number++;
      begun = requireShort(other);
    }
  }
  yield { number, line: begun };
}

function objectIn(place: string, line: string): object {
  const value = parsed(place, line);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw fileError(`${place}: a line is an object, as in {"prompt": "The sky is", "answer": " blue"}`);
}

/** Numbers stay as they are written: 64 bits have more digits than a number of JavaScript. */
function parsed(place: string, line: string): unknown {
  try {
    return JSON.parse(line, (_key: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' ? (context?.source ?? value) : value,
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw fileError(`${place}: it is no JSON; ${error.message}`);
    // What is nested too deeply for the stack.
    if (error instanceof RangeError) throw fileError(`${place}: it is nested too deeply; values are texts and numbers`);
    throw error;
  }
}
