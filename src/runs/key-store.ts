/** API keys in the database, each as its hash. */
import type { Scope, ShareLimits } from '../principal.ts';
import { hashOfKey, newApiKey } from './api-key.ts';
import type { Prisma } from './generated/client.ts';
import type { Transactions } from './transactions.ts';

export interface ApiKeyRecord {
  /** The part of the key that is no secret. */
  readonly id: string;
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
  /** Whose runs it reaches: several keys may be of one owner. */
  readonly owner: string;
  /** For people. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly limits: ShareLimits;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What is said of a key when it is made. */
export type NewApiKey = Pick<ApiKeyRecord, 'name' | 'owner' | 'scopes' | 'limits' | 'expiresAt'>;

export class KeyStore {
  readonly #transactions: Transactions;
  readonly #now: () => Date;

  /** @param now the clock */
  constructor(transactions: Transactions, now: () => Date) {
    this.#transactions = transactions;
    this.#now = now;
  }

  /** @returns the key's text too, which nobody can be told later */
  async add({ scopes, limits, ...rest }: NewApiKey): Promise<{ text: string; record: ApiKeyRecord }> {
    const { id, text } = newApiKey();
    const data = {
      ...rest,
      id,
      hash: hashOfKey(text),
      scopes: JSON.stringify(scopes),
      limits: JSON.stringify(limits),
      createdAt: this.#now(),
    };
    const row = await this.#transactions.write((transaction) => transaction.apiKey.create({ data }));
    return { text, record: apiKeyRecord(row) };
  }

  async find(id: string): Promise<ApiKeyRecord | undefined> {
    const row = await this.#transactions.read((database) => database.apiKey.findUnique({ where: { id } }));
    return row ? apiKeyRecord(row) : undefined;
  }

  /** All of them, those that were revoked included; the oldest first. */
  async list(): Promise<ApiKeyRecord[]> {
    const orderBy = [{ createdAt: 'asc' as const }, { id: 'asc' as const }];
    const rows = await this.#transactions.read((database) => database.apiKey.findMany({ orderBy }));
    return rows.map(apiKeyRecord);
  }

  /** A key that was revoked before keeps that moment. @returns undefined where there is no such key */
  async revoke(id: string): Promise<ApiKeyRecord | undefined> {
    const row = await this.#transactions.write(async (transaction) => {
      await transaction.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: this.#now() } });
      return transaction.apiKey.findUnique({ where: { id } });
    });
    return row ? apiKeyRecord(row) : undefined;
  }
}

function apiKeyRecord({ scopes, limits, ...row }: Prisma.ApiKeyGetPayload<object>): ApiKeyRecord {
  return { ...row, scopes: JSON.parse(scopes) as Scope[], limits: JSON.parse(limits) as ShareLimits };
}
