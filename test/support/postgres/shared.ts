/** For tests: the one PostgreSQL server that all test files of `npm test` share. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { type OwnPostgres, ownPostgres } from './server.ts';

/** The port at which `npm test` tells its address. */
const variable = 'TRIBUTARY_TEST_POSTGRES';

interface Told {
  /** Of the database for whoever has none yet. */
  readonly url?: string;
  readonly failed?: string;
}

/** Of the server of `npm test`; a test file that is run by itself has its own. */
export function sharedPostgres(): Promise<string> {
  found ??= find();
  return found;
}

let found: Promise<string> | undefined;

async function find(): Promise<string> {
  const port = process.env[variable];
  if (port === undefined) return (await ownPostgres()).url();
  const { url, failed } = JSON.parse(await text(connect(Number(port), '127.0.0.1'))) as Told;
  if (url === undefined) throw new Error(failed);
  return url;
}

export interface Offer extends AsyncDisposable {
  /** For the processes of the test files. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Of a server for all test files, which is started when the first of them asks for it. */
export async function offerPostgres(): Promise<Offer> {
  let postgres: Promise<OwnPostgres> | undefined;
  const door = createServer(async (socket) => {
    // Whoever asked may be gone by the time it has started.
    socket.on('error', () => undefined);
    postgres ??= ownPostgres();
    const told: Told = await postgres.then(
      (server) => ({ url: server.url() }),
      (error: Error) => ({ failed: error.message }),
    );
    socket.end(JSON.stringify(told));
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    variables: { [variable]: String((door.address() as { port: number }).port) },
    async [Symbol.asyncDispose]() {
      door.close();
      const server = await postgres?.catch(() => undefined);
      await server?.[Symbol.asyncDispose]();
    },
  };
}
