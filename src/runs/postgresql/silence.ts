/** Connections whose other end is gone, of which nothing says so. */
import type { Socket } from 'node:net';
import pg from 'pg';

/** Milliseconds without a word after which it is asked whether a statement is still being carried out. */
const silence = 3000;

/** What of pg's client tells whether it waits for an answer. */
type Watched = pg.Client & {
  readonly readyForQuery: boolean;
  readonly processID: number;
  readonly connection: { readonly stream: Socket };
};

/** Ends a connection that waits for what nobody does any more: where the network was cut neither side is told. */
export function watch(connected: pg.PoolClient, url: string): void {
  const client = connected as unknown as Watched;
  const { stream } = client.connection;
  let read = stream.bytesRead;
  let asking = false;
  const timer = setInterval(async () => {
    const silent = !client.readyForQuery && stream.bytesRead === read;
    read = stream.bytesRead;
    if (!silent || asking) return;
    asking = true;
    if (!(await isAtWork(client.processID, url)) && stream.bytesRead === read && !client.readyForQuery)
      stream.destroy(new Error('Connection terminated: the database does not answer'));
    asking = false;
  }, silence).unref();
  stream.once('close', () => clearInterval(timer));
}

/** Whether a session of the database carries out a statement; false also where the database cannot be reached. */
async function isAtWork(session: number, url: string): Promise<boolean> {
  const connection = new pg.Client({ connectionString: url, connectionTimeoutMillis: silence, query_timeout: silence });
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    const { rowCount } = await connection.query(`SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`, [
      session,
    ]);
    return rowCount !== 0;
  } catch {
    return false;
  } finally {
    void connection.end().catch(() => undefined);
  }
}
