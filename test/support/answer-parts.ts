/** For tests: answers in parts, as they come over HTTP. */

type Errors = readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];

export interface AnswerPart {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: Errors;
  readonly hasNext?: boolean;
  readonly incremental?: readonly {
    readonly path: readonly (string | number)[];
    readonly label?: string;
    readonly data?: Record<string, unknown> | null;
    readonly items?: readonly unknown[] | null;
    readonly errors?: Errors;
  }[];
}

/** Each part as it comes, of multipart/mixed or of server-sent events. */
export async function* partsOf(response: Response): AsyncGenerator<AnswerPart, void> {
  const part = response.headers.get('content-type')?.startsWith('multipart/mixed')
    ? /\r\n\r\n(.*)\r\n---/
    : /event: next\ndata: (.*)\n\n/;
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let found = part.exec(text); found; found = part.exec(text)) {
      text = text.slice(found.index + found[0].length);
      yield JSON.parse(found[1] as string) as AnswerPart;
    }
  }
}

/** The answer that its parts make, as a client without a cache puts it together. */
export function together(parts: readonly AnswerPart[]): unknown {
  const answer = structuredClone(parts[0]?.data) as unknown;
  for (const { path, data, items } of parts.flatMap(({ incremental }) => incremental ?? [])) {
    const [at, last] = items ? [path.slice(0, -1), path.at(-1) as number] : [path, 0];
    const place = at.reduce((value, key) => (value as Record<string | number, unknown>)[key], answer);
    if (items) for (const [index, item] of items.entries()) (place as unknown[])[last + index] = item;
    else merge(place as Record<string, unknown>, data ?? {});
  }
  return answer;
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key];
    if (typeof there === 'object' && there !== null && typeof value === 'object' && value !== null)
      merge(there as Record<string, unknown>, value as Record<string, unknown>);
    else into[key] = value;
  }
}
