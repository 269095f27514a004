/** PostgreSQL for Prisma, on connections that recover. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { storable } from './bulk.ts';

/** Milliseconds in which a connection has to be there. */
const connectPatience = 5000;

/** Connections to a database, of which each is made when it is needed. */
export function poolOf(url: string, connections: number): pg.Pool {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'tributary',
    connectionTimeoutMillis: connectPatience,
    keepAlive: true,
  });
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

/**
 * For migrations: the adapter would take a script apart at each semicolon, those in functions too. As one message PostgreSQL
 * carries it out as one transaction.
 */
export function migrating(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    async connect() {
      const connection = await factory.connect();
      connection.executeScript = async (script) => {
        await pool.query(script);
      };
      return connection;
    },
  };
}
