import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clientOf, Shares } from '../jobs/shares.ts';
import { anybody, type Principal, type ShareLimits } from '../principal.ts';
import type { Caller } from './callers.ts';
import { RequestShares, TooManyRequests } from './request-shares.ts';
import { TokenBuckets } from './token-buckets.ts';

const withKey = (key: string | null, limits: ShareLimits = {}): Principal => ({ ...anybody, key, limits });
const callerOf = (principal: Principal, address: string, socket?: number): Caller => ({
  principal,
  client: clientOf(principal, address, socket),
});

describe('a share of requests', () => {
  it('is one of a key, whatever it is sent over; without a key one of an address', () => {
    const shares = new RequestShares(new Shares({ requests: 2 }), new TokenBuckets(() => 0));
    const refused = (caller: Caller) => {
      try {
        shares.take(caller);
        return false;
      } catch (error) {
        assert.ok(error instanceof TooManyRequests);
        assert.deepEqual(error.extensions, { code: 'TOO_MANY_REQUESTS', retryAfter: 30 });
        assert.deepEqual(error.headers, { 'Retry-After': '30' });
        return true;
      }
    };
    const key = withKey('k');
    assert.deepEqual(
      [callerOf(key, '10.0.0.1'), callerOf(key, '10.0.0.2', 1), callerOf(key, '10.0.0.3')].map(refused),
      [false, false, true],
    );
    const nobody = withKey(null);
    assert.deepEqual(
      [callerOf(nobody, '10.0.0.1'), callerOf(nobody, '10.0.0.1', 7), callerOf(nobody, '10.0.0.1', 8)].map(refused),
      [false, false, true],
    );
    assert.equal(refused(callerOf(nobody, '10.0.0.2')), false);
  });

  it("goes by a key's own limit before that of all, and by none where neither is", () => {
    const known = new Shares({ sockets: 1 });
    const shares = new RequestShares(known);
    const own = withKey('own', { sockets: 2, requests: undefined });
    known.know(own);
    for (let count = 0; count < 2; count++) {
      shares.requireSocket(callerOf(own, 'x'));
      shares.open(callerOf(own, 'x'));
    }
    assert.throws(() => shares.requireSocket(callerOf(own, 'x')), /This key has 2 WebSockets open already/);
    const other = callerOf(withKey('other'), 'x');
    shares.open(other);
    assert.throws(() => shares.requireSocket(other), /This key has 1 WebSockets open already/);
    for (let count = 0; count < 100; count++) shares.take(other);
    known.know(withKey('own'));
    assert.equal(known.of('own').sockets, 1);
  });

  it('is back at nothing whatever was opened and closed, in whichever order', () => {
    const key = fc.record({ key: fc.constantFrom('a', 'b', null), order: fc.nat() });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), (opened) => {
        const shares = new RequestShares(new Shares());
        const sockets = opened.map(({ key, order }, index) => {
          const caller = callerOf(withKey(key), 'address', index);
          return { caller, order, close: shares.open(caller) };
        });
        const countOf = (caller: Caller) => shares.socketsOf(caller);
        for (const { caller } of sockets)
          assert.equal(
            countOf(caller),
            sockets.filter((other) => other.caller.principal.key === caller.principal.key).length,
          );
        for (const { close } of sockets.toSorted((a, b) => a.order - b.order)) close();
        for (const { caller } of sockets) assert.equal(countOf(caller), 0);
      }),
    );
  });
});
