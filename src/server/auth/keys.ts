/** Who asks, by API keys. */
import { comprised, type Principal } from '../../principal.ts';
import { idIn, isKeyOf } from '../../runs/api-key.ts';
import type { ApiKeyRecord, KeyStore } from '../../runs/key-store.ts';
import type { Authenticator } from './authenticator.ts';
import { unauthenticated } from './refusal.ts';

/** Milliseconds for which a key is as it was read: one that is revoked works as long. */
const lifetime = 500;
/** Of keys that are remembered: ids that there are none of are not. */
const mostKnown = 10_000;

interface Known {
  readonly record: ApiKeyRecord;
  readonly until: number;
}

export class KeyAuthenticator implements Authenticator {
  readonly #keys: Pick<KeyStore, 'find'>;
  /** By id, those read last at the end. */
  readonly #known = new Map<string, Known>();
  readonly #reading = new Map<string, Promise<ApiKeyRecord | undefined>>();

  constructor(keys: Pick<KeyStore, 'find'>) {
    this.#keys = keys;
  }

  async authenticate(credential: string): Promise<Principal> {
    const id = idIn(credential);
    if (id === undefined)
      throw unauthenticated('This is no API key of this server: one is trb_, an id, _ and a secret');
    const record = await this.#find(id);
    // One answer to both: it tells nobody which ids there are.
    if (!record || !isKeyOf(credential, record.hash)) throw unauthenticated('The server does not know this API key');
    const ended = endOf(record);
    if (ended) throw unauthenticated(`The API key ${id} ${ended}`);
    return principalOf(record);
  }

  async holds({ key }: Principal): Promise<boolean> {
    const record = key === null ? undefined : await this.#find(key);
    return record !== undefined && endOf(record) === undefined;
  }

  async #find(id: string): Promise<ApiKeyRecord | undefined> {
    const known = this.#known.get(id);
    if (known && performance.now() < known.until) return known.record;
    let reading = this.#reading.get(id);
    if (!reading) {
      reading = this.#read(id).finally(() => this.#reading.delete(id));
      this.#reading.set(id, reading);
    }
    return reading;
  }

  async #read(id: string): Promise<ApiKeyRecord | undefined> {
    // Before it is read: what is changed meanwhile is seen in time.
    const until = performance.now() + lifetime;
    const record = await this.#keys.find(id);
    this.#known.delete(id);
    if (!record) return undefined;
    this.#known.set(id, { record, until });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return record;
  }
}

/** Why a key works no longer. */
function endOf({ revokedAt, expiresAt }: ApiKeyRecord): string | undefined {
  if (revokedAt) return 'was revoked';
  if (expiresAt && expiresAt.getTime() <= Date.now()) return `has expired on ${expiresAt.toISOString()}`;
  return undefined;
}

function principalOf({ id, owner, name, scopes, limits, expiresAt }: ApiKeyRecord): Principal {
  return { owner, key: id, name, scopes: comprised(scopes), expiresAt, limits };
}
