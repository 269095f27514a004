/** Files of rows that are sent, for sweeps: `POST /rows`, stored as they come in. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { uploadGlobalId } from '../api/global-id.ts';
import { TributaryError } from '../errors.ts';
import { formatOf, knownFormats } from '../experiments/rows/format.ts';
import { readRows } from '../experiments/rows/read-rows.ts';
import type { FileRow } from '../experiments/rows/row-check.ts';
import type { Access } from '../runs/access.ts';
import type { UploadStore } from '../runs/upload-store.ts';
import { BodyFault, type BodyTimes, bodyOf } from './large-body.ts';
import { hasTypeOfForms } from './plain-requests.ts';
import { refuseFile } from './refuse-file.ts';

export const rowsPath = '/rows';

/** Characters of a file's name. */
const longestName = 200;

export interface UploadLimits {
  /** Bytes of a file, and characters of its values. */
  readonly size: number;
  readonly rows: number;
  readonly times: BodyTimes;
  /** Files that are taken at once. */
  readonly atOnce: number;
}

/** Takes what is sent to its path; all else is the listener's. @param admit throws why a request is refused; else says whose the rows are */
export function takeUploads(
  uploads: UploadStore,
  limits: UploadLimits,
  admit: (request: IncomingMessage) => { readonly access: Access },
  log: Logger,
  listener: RequestListener,
): RequestListener {
  const { atOnce } = limits;
  let taking = 0;
  const refuse = (request: IncomingMessage, response: ServerResponse, error: unknown) =>
    refuseFile(request, response, error, 'The rows could not be stored', log);
  const take = async (request: IncomingMessage, response: ServerResponse, name: string, owner: string) => {
    taking++;
    try {
      const stored = await store(request, name, uploads, limits, owner);
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(stored));
    } catch (error) {
      // Who has gone away has nobody to be answered.
      if (!request.socket.destroyed) refuse(request, response, error);
    } finally {
      taking--;
    }
  };
  return (request, response) => {
    const [path, query] = (request.url ?? '').split('?');
    if (path !== rowsPath) return listener(request, response);
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return refuse(request, response, new BodyFault(405, `Rows are sent by POST to ${rowsPath}`));
    }
    let access: Access;
    try {
      ({ access } = admit(request));
    } catch (error) {
      return refuse(request, response, error);
    }
    if (taking >= atOnce) {
      const message = `${atOnce} files are being sent already; send this one when that is done`;
      return refuse(request, response, new TributaryError('OVER_CAPACITY', message));
    }
    void take(request, response, new URLSearchParams(query).get('name') ?? '', access.owner);
  };
}

/** @throws BodyFault; TributaryError INPUT for what is wrong in the file, OVER_CAPACITY */
async function store(
  request: IncomingMessage,
  name: string,
  uploads: UploadStore,
  { size, rows: most, times }: UploadLimits,
  owner: string,
): Promise<object> {
  if (name.length > longestName)
    throw new BodyFault(400, `The name has ${name.length} characters; it has at most ${longestName}`);
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const format = formatOf(type, name);
  // Any page can have sent a form.
  if (!format || hasTypeOfForms(new Headers({ 'content-type': type })))
    throw new BodyFault(
      415,
      `Say what the file is by the header Content-Type, or by application/octet-stream and the ending of \`name\`: ${knownFormats}`,
    );
  if (encoding !== 'identity') throw new BodyFault(415, `Send the file unpacked, not as ${encoding}`);
  const body = bodyOf(request, size, 'MAX_UPLOAD_SIZE', times);
  const rows = readRows(format, body.chunks, { rows: most, characters: size });
  const { id, rowCount, columns, bytes } = await uploads.add(name, whileListening(rows, request), body.bytes, owner);
  return { id: uploadGlobalId(id), rows: rowCount, columns, bytes };
}

/** Nobody would learn the id of what is stored for a client that has gone away. */
async function* whileListening(
  rows: AsyncIterable<FileRow>,
  { socket }: IncomingMessage,
): AsyncGenerator<FileRow, void> {
  const requireClient = () => {
    if (socket.destroyed) throw new Error('The client has gone away');
  };
  for await (const row of rows) {
    requireClient();
    yield row;
  }
  requireClient();
}
