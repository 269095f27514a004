/** Whoever asks a server with AUTH=oidc shows a token of its issuer. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { UnsecuredJWT } from 'jose';
import type { Principal } from '../../src/principal.ts';
import { AuthRefusal } from '../../src/server/auth/refusal.ts';
import { TokenAuthenticator } from '../../src/server/auth/tokens.ts';
import type { OidcSettings } from '../../src/settings/auth.ts';
import { Issuer } from '../support/issuer.ts';
import { startTestServer } from './harness.ts';

describe('a token', () => {
  let issuer: Issuer;
  let settings: OidcSettings;
  let tokens: TokenAuthenticator;
  before(async () => {
    issuer = await new Issuer().start();
    settings = { kind: 'oidc', issuer: issuer.url, audience: 'lab', scopesClaim: 'scope', jwksUrl: undefined };
    tokens = new TokenAuthenticator(settings, 0);
  });
  after(() => issuer[Symbol.asyncDispose]());

  const refuses = (token: string, reason: RegExp) =>
    assert.rejects(tokens.authenticate(token), (error: unknown) => {
      assert.ok(error instanceof AuthRefusal);
      assert.equal(error.code, 'UNAUTHENTICATED');
      assert.match(error.message, reason);
      assert.ok(!error.message.includes(token.slice(-20)), 'it repeats nothing of the token');
      return true;
    });

  it('says who asks, until when, and for what', async () => {
    const { owner, key, name, scopes, expiresAt } = await tokens.authenticate(await issuer.token());
    assert.deepEqual([owner, key, name], [`${issuer.url} ada`, `${issuer.url} ada`, 'ada']);
    assert.deepEqual([...scopes], ['READ', 'RUN']);
    const left = (expiresAt?.getTime() ?? 0) - Date.now();
    assert.ok(left > 55_000 && left < 70_000, `${left} ms`);
  });

  it('has the best name that it tells, and the scopes of the claim that the settings name', async () => {
    const named = async (claims: Readonly<Record<string, unknown>>) =>
      (await tokens.authenticate(await issuer.token({ claims }))).name;
    assert.equal(await named({ name: 'Ada', email: 'ada@lab.example' }), 'Ada');
    assert.equal(await named({ email: 'ada@lab.example' }), 'ada@lab.example');
    const scopesOf = async (claim: string, value: unknown) => {
      const reader = new TokenAuthenticator({ ...settings, scopesClaim: claim });
      return [...(await reader.authenticate(await issuer.token({ claims: { [claim]: value } }))).scopes];
    };
    assert.deepEqual(await scopesOf('roles', ['admin', 'tributary:manage']), ['READ', 'RUN', 'MANAGE']);
    assert.deepEqual(await scopesOf('scope', 'tributary:read'), ['READ']);
    for (const none of ['read', '', 7, { 'tributary:read': true }, ['TRIBUTARY:READ', null], 'constructor'])
      assert.deepEqual(await scopesOf('scope', none), []);
  });

  it('of a known key is taken while the issuer is away, whatever other tokens are sent', async () => {
    await using away = await new Issuer().start();
    const reader = new TokenAuthenticator({ ...settings, issuer: away.url }, 0);
    const token = await away.token();
    const unknown = await away.token({ kid: 'another' });
    await reader.authenticate(token);
    await away.stop();
    await assert.rejects(reader.authenticate(unknown), { code: 'ISSUER_UNAVAILABLE' });
    assert.equal((await reader.authenticate(token)).name, 'ada');
  });

  it('is refused where it is for another server, of another issuer, expired, or not yet valid', async () => {
    await refuses(await issuer.token({ audience: 'kitchen' }), /claim `aud`/);
    await refuses(await issuer.token({ issuer: 'https://evil.example' }), /claim `iss`/);
    await refuses(await issuer.token({ expires: -10 }), /has expired/);
    await refuses(await issuer.token({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } }), /claim `nbf`/);
    await refuses(await issuer.token({ claims: { sub: undefined } }), /claim `sub`/);
    assert.ok(await tokens.authenticate(await issuer.token({ expires: -2 })), 'clocks differ by some seconds');
  });

  it('is refused unsigned, signed by the public key as a secret, or by an unknown key', async () => {
    const claims = { sub: 'ada', iss: issuer.url, aud: 'lab', exp: Math.floor(Date.now() / 1000) + 60 };
    await refuses(new UnsecuredJWT(claims).encode(), /algorithm|no token/);
    await refuses(await issuer.forged(), /algorithm/);
    await refuses(await issuer.token({ kid: 'another' }), /a key that its issuer does not have/);
    const [head, body, signature = ''] = (await issuer.token()).split('.');
    await refuses([head, body, signature.split('').reverse().join('')].join('.'), /signature/);
    await refuses('x.y.z', /no token/);
  });

  it('is taken by a key that the issuer has since, and by one before no longer', async () => {
    const old = await issuer.token();
    await issuer.rotate();
    assert.ok(await tokens.authenticate(await issuer.token()));
    await refuses(old, /a key that its issuer does not have/);
  });

  it('does not have the issuer asked with every request, even for keys that there are none of', async () => {
    const patient = new TokenAuthenticator(settings);
    await patient.authenticate(await issuer.token());
    const { asked } = issuer;
    for (let count = 0; count < 5; count++) await patient.authenticate(await issuer.token());
    for (let count = 0; count < 5; count++)
      await assert.rejects(patient.authenticate(await issuer.token({ kid: `unknown-${count}` })));
    assert.equal(issuer.asked, asked);
  });

  it('holds until it expires', async () => {
    const principal = await tokens.authenticate(await issuer.token());
    assert.equal(await tokens.holds(principal), true);
    const over: Principal = { ...principal, expiresAt: new Date(Date.now() - 1) };
    assert.equal(await tokens.holds(over), false);
  });
});

describe('a server whose issuer does not answer', () => {
  it('starts, says why it refuses, and takes tokens once the issuer is there', async () => {
    await using issuer = await new Issuer().start();
    const { url } = issuer;
    const token = await issuer.token();
    await issuer.stop();
    const server = await startTestServer({ AUTH: 'oidc', OIDC_ISSUER: url, OIDC_AUDIENCE: 'lab' });
    try {
      const ask = () =>
        fetch(server.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: '{"query":"{ __typename }"}',
        });
      const refused = await ask();
      const { errors } = (await refused.json()) as { errors: { message: string; extensions: { code: string } }[] };
      assert.deepEqual([refused.status, errors[0]?.extensions.code], [503, 'ISSUER_UNAVAILABLE']);
      assert.match(errors[0]?.message ?? '', /ECONNREFUSED/);
      await issuer.start();
      let response = await ask();
      for (let tries = 0; response.status === 503 && tries < 100; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        response = await ask();
      }
      assert.equal(response.status, 200);
    } finally {
      await server.close();
    }
  });
});
