/** Runs as files: read in any form, and brought in the one that holds all of them. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { textsOfRuns } from '../api/runs/token-texts.ts';
import { inputError, TributaryError } from '../errors.ts';
import type { Catalogue } from '../inference/catalogue.ts';
import { type Access, reached } from '../runs/access.ts';
import type { RunFilter } from '../runs/run-filter.ts';
import type { RunStore } from '../runs/store.ts';
import { filterFrom } from '../runs/takeaway/filter-parameters.ts';
import type { Format } from '../runs/takeaway/formats/format.ts';
import { jsonl } from '../runs/takeaway/formats/jsonl.ts';
import { formats } from '../runs/takeaway/formats/registry.ts';
import { importRuns } from '../runs/takeaway/import.ts';
import { BodyFault, type BodyTimes, bodyOf } from './large-body.ts';
import { hasTypeOfForms } from './plain-requests.ts';
import { refuseFile } from './refuse-file.ts';

/** Bytes that are ready to be sent at a time; nothing more is read until they are on their way. */
const mostReady = 64 * 1024;

/** Where runs are brought to, with bodies of any length. */
export const importPath = pathOf(jsonl);

export interface RunFiles {
  readonly store: RunStore;
  readonly catalogue: Catalogue;
  readonly times: BodyTimes;
  /** Throws why a request is refused; else says who sends it, and what may be stored by it. */
  readonly admit: (request: IncomingMessage) => Admitted;
}

/** Whose runs are read and brought; bytes that whoever asks may still store, and why not one more where there is none. */
export interface Admitted {
  readonly access: Access;
  left(): Promise<number>;
  refusal(): Promise<TributaryError | undefined>;
}

/** Answers whoever asks for a file of runs of theirs, or brings one; all else is the listener's. */
export function serveRunFiles(
  { store, catalogue, times, admit }: RunFiles,
  listener: RequestListener,
  log: Logger,
): RequestListener {
  /** One at a time: the lines of several would be in memory together. */
  let importing = false;
  const send = async (request: IncomingMessage, response: ServerResponse, format: Format, access: Access) => {
    const filter = reachedBy(access, filterIn(request));
    response.writeHead(200, {
      'content-type': format.mediaType,
      'content-disposition': attachment(filter, format),
    });
    if (request.method === 'HEAD') return void response.end();
    const left = new AbortController();
    response.once('close', () => left.abort());
    const file = format.write(store, filter, { textsOf: textsOfRuns(catalogue), signal: left.signal });
    const pieces = Readable.from(file, { objectMode: false, highWaterMark: mostReady });
    await pipeline(pieces, response).catch((error: unknown) => {
      // Whoever leaves before the end is no fault; all else breaks the file off, so that it is not taken for whole.
      if (!left.signal.aborted) log.error({ err: error }, 'runs could not be sent');
      response.destroy();
    });
  };
  const take = async (request: IncomingMessage, response: ServerResponse, room: Admitted) => {
    // Any page can have sent a form.
    if (hasTypeOfForms(new Headers({ 'content-type': request.headers['content-type'] ?? '' })))
      throw new BodyFault(415, `Send the file with the header Content-Type: ${jsonl.mediaType}`);
    if (importing)
      throw new TributaryError('OVER_CAPACITY', 'Other runs are being brought; send these when that is done');
    importing = true;
    try {
      const refusal = await room.refusal();
      if (refusal) throw refusal;
      const body = bodyOf(request, await room.left(), 'MAX_STORED_BYTES', times);
      const { owner } = room.access;
      const report = await importRuns(store, body.chunks, { owner });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(report));
    } finally {
      importing = false;
    }
  };
  const answer = async (request: IncomingMessage, response: ServerResponse, format: Format) => {
    const { method } = request;
    const reads = method === 'GET' || method === 'HEAD';
    if (!reads && !(method === 'POST' && format === jsonl)) {
      response.setHeader('allow', format === jsonl ? 'GET, HEAD, POST' : 'GET, HEAD');
      throw new BodyFault(405, `Files of runs are read by GET, and brought by POST to ${importPath}`);
    }
    const room = admit(request);
    return reads ? send(request, response, format, room.access) : take(request, response, room);
  };
  return (request, response) => {
    const format = formats.find((one) => pathOf(one) === pathIn(request));
    if (!format) return listener(request, response);
    answer(request, response, format).catch((error: unknown) => {
      // Who has gone away has nobody to be answered.
      if (request.destroyed && !request.complete) return;
      refuseFile(request, response, error, 'The runs could not be read or brought', log);
    });
  };
}

function pathOf({ ending }: Format): string {
  return `/runs.${ending}`;
}

function pathIn({ url = '' }: IncomingMessage): string {
  return url.split('?')[0] ?? '';
}

/** @throws TributaryError INPUT */
function filterIn({ url = '' }: IncomingMessage): RunFilter {
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  return filterFrom(new Map(Array.from(parameters.keys(), (name) => [name, parameters.getAll(name)])));
}

/** @throws TributaryError INPUT for runs of an owner who is somebody else */
function reachedBy(access: Access, filter: RunFilter): RunFilter {
  if (!access.all && (filter.owner ?? access.owner) !== access.owner)
    throw inputError('owner', "Runs of another owner are given to nobody but those who manage what is anybody's");
  return reached(filter, access);
}

/** `tributary-names.csv` of the experiment "names", else `tributary-runs.csv`. */
function attachment({ experiment }: RunFilter, { ending }: Format): string {
  const cleaned = (experiment ?? '').replace(/[^\p{L}\p{N}._]+/gu, '-').replace(/^-|-$/g, '');
  const name = `tributary-${cleaned || 'runs'}.${ending}`;
  const plain = name.replace(/[^\x20-\x7e]/g, '_');
  const whole = plain === name ? '' : `; filename*=UTF-8''${encodeURIComponent(name)}`;
  return `attachment; filename="${plain}"${whole}`;
}
