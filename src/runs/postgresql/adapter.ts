/** PostgreSQL for Prisma, on connections that are made anew where they are lost. */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { storable } from './bulk.ts';
import { watch } from './silence.ts';

/** Milliseconds in which a connection has to be there. */
const connectPatience = 5000;
/** Milliseconds after which the database ends a transaction whose client says nothing: it holds locks that others wait for. */
const abandoned = 5000;
/** Milliseconds that a statement may take before the database ends it: far more than any needs. */
const statementTime = 60_000;

/** Connections to a database, of which each is made when it is needed. */
export function poolOf(url: string, connections: number): pg.Pool {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'tributary',
    connectionTimeoutMillis: connectPatience,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: statementTime,
    idle_in_transaction_session_timeout: abandoned,
    // Of what the database sends to a machine that is gone.
    options:
      '-c tcp_user_timeout=20000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
  });
  pool.on('connect', (client) => watch(client, url));
  // Those that are lost are made anew by whoever needs one; unheard, it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Every text that goes out is one that PostgreSQL can store: one that is looked for, and has NUL in it, is not found. */
class Client extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: a method of ten signatures, of which Prisma uses this one
  override query(config: any, ...rest: any[]): any {
    const values = config?.values as unknown[] | undefined;
    if (values) config.values = values.map(storableValue);
    return super.query(config, ...(rest as []));
  }
}

class Pool extends pg.Pool {
  constructor(config: pg.PoolConfig) {
    super({ ...config, Client } as pg.PoolConfig);
  }
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') ? storable(value) : value;
  return Array.isArray(value) ? value.map(storableValue) : value;
}

/** For Prisma's client, which closes the pool with itself. */
export function adapterOn(pool: pg.Pool): PrismaPg {
  return new PrismaPg(pool, { disposeExternalPool: true });
}
