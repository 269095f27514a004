/** Brings runs to a server, in pieces: others can send theirs in between, and what was stopped goes on from there. */
import { inputError, TributaryError } from '../../errors.ts';
import type { Importing, ImportReport } from '../../runs/takeaway/import.ts';
import { type Line, linesOf } from '../../runs/takeaway/lines.ts';

/** Bytes of a request, where no line is longer. */
const pieceBytes = 8_000_000;

/**
 * @param server its address
 * @throws TributaryError as `importRuns`; INPUT where the server does not answer
 */
export async function sendRuns(
  server: string,
  pieces: AsyncIterable<Uint8Array>,
  { signal, onProgress }: Importing = {},
): Promise<ImportReport> {
  if (!URL.canParse(server)) throw inputError('server', `${server} is no address; one is like http://localhost:4000`);
  const url = new URL('/runs.jsonl', server);
  let total: ImportReport = { imported: 0, there: 0, refused: [], refusedCount: 0 };
  let header = '';
  let [lines, bytes]: [Line[], number] = [[], 0];
  const send = async () => {
    const report = await sent(
      url,
      `${header}\n${lines.map(({ text = '', ended }) => (ended ? `${text}\n` : text)).join('')}`,
      signal,
    );
    // In a piece, the header is line 1.
    const refused = report.refused.map(({ line, message }) => ({ line: lines[line - 2]?.number ?? line, message }));
    total = {
      imported: total.imported + report.imported,
      there: total.there + report.there,
      refused: [...total.refused, ...refused].slice(0, 100),
      refusedCount: total.refusedCount + report.refusedCount,
    };
    [lines, bytes] = [[], 0];
    onProgress?.(total);
  };
  for await (const line of linesOf(pieces)) {
    if (header === '') {
      header = line.text ?? '';
      continue;
    }
    lines.push(line);
    bytes += line.text?.length ?? 0;
    if (bytes >= pieceBytes) await send();
  }
  if (lines.length > 0 || total.imported + total.there + total.refusedCount === 0) await send();
  return total;
}

async function sent(url: URL, body: string, signal: AbortSignal | undefined): Promise<ImportReport> {
  // In the environment: other users of the machine can read the arguments of commands.
  const { TRIBUTARY_KEY: key } = process.env;
  const headers = { 'content-type': 'application/jsonl', ...(key && { authorization: `Bearer ${key}` }) };
  const request = { method: 'POST', headers, body, ...(signal && { signal }) };
  const response = await fetch(url, request).catch((error: Error) => {
    signal?.throwIfAborted();
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw inputError('server', `The server at ${url.origin} does not answer: ${code ?? message}. Is it running there?`);
  });
  if (response.ok) return (await response.json()) as ImportReport;
  const { error } = (await response.json().catch(() => ({}))) as { error?: { code: 'INPUT'; message: string } };
  throw new TributaryError(
    error?.code ?? 'INPUT',
    error?.message ?? `The server answers ${response.status}: is it one of this version?`,
  );
}
