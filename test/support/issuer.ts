/** An OpenID Connect issuer: a server of its own with keys of its own, which makes tokens. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';

export interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds from now. */
  readonly expires?: number;
}

export class Issuer implements AsyncDisposable {
  /** How often its keys were asked for. */
  asked = 0;
  #keys: JWK[] = [];
  #private: CryptoKey | undefined;
  #public: CryptoKey | undefined;
  #kid = '';
  #made = 0;
  #port = 0;
  readonly #server = createServer((request, response) => {
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
        : { keys: this.#keys };
    if (request.url === '/keys') this.asked++;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(this.#port);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    if (this.#keys.length === 0) await this.rotate();
    return this;
  }

  /** Has another key from now on, and the ones before no longer. */
  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    this.#kid = `key-${++this.#made}`;
    this.#keys = [{ ...(await exportJWK(publicKey)), kid: this.#kid, alg: 'RS256', use: 'sig' }];
    [this.#private, this.#public] = [privateKey, publicKey];
  }

  token({ claims = {}, kid = this.#kid, audience = 'lab', issuer = this.url, expires = 60 }: TokenOptions = {}) {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ sub: 'ada', scope: 'openid tributary:run', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + expires)
      .sign(this.#private as CryptoKey);
  }

  /** As an attacker makes one who has the public key only. */
  async forged(): Promise<string> {
    const secret = new TextEncoder().encode(await exportSPKI(this.#public as CryptoKey));
    const claims = { sub: 'ada', iss: this.url, aud: 'lab', exp: Math.floor(Date.now() / 1000) + 60 };
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: this.#kid }).sign(secret);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }
}
