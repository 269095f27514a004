import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Shares } from '../jobs/shares.ts';
import { anybody } from '../principal.ts';
import { StoredShares } from './stored-shares.ts';

describe('a share of what is stored', () => {
  it('is refused when it is used up, with what to do; and let in once less is stored', async () => {
    const bytes = new Map([['ada', 1000]]);
    let now = 0;
    const stored = new StoredShares(
      async (owner) => bytes.get(owner) ?? 0,
      new Shares({ storedBytes: 1000 }),
      () => now,
    );
    assert.equal(await stored.refusalOf({ owner: 'bob' }), undefined);
    const refusal = await stored.refusalOf({ owner: 'ada' });
    assert.equal(refusal?.code, 'OVER_CAPACITY');
    assert.match(refusal.message, /take 1000 bytes, and may take 1000; delete some by `deleteRun`/);
    assert.deepEqual(refusal.details, {});
    bytes.set('ada', 999);
    now = 999;
    assert.ok(await stored.refusalOf({ owner: 'ada' }), 'the sum holds for a second');
    now = 1000;
    assert.equal(await stored.refusalOf({ owner: 'ada' }), undefined);
    assert.equal(await stored.roomOf({ owner: 'ada' }), 1);
  });

  it("is the owner's, by the limit of the key that asks; without one nothing is summed", async () => {
    let sums = 0;
    const shares = new Shares();
    shares.know({ ...anybody, key: 'small', owner: 'ada', limits: { storedBytes: 10 } });
    const stored = new StoredShares(async () => {
      sums++;
      return 20;
    }, shares);
    assert.equal(await stored.refusalOf({ client: 'large', owner: 'ada' }), undefined);
    assert.equal(await stored.roomOf({ client: 'large', owner: 'ada' }), Number.POSITIVE_INFINITY);
    assert.equal(sums, 0);
    assert.ok(await stored.refusalOf({ client: 'small', owner: 'ada' }));
    assert.equal(sums, 1);
  });

  it('is read anew after a fault', async () => {
    let faulty = true;
    const stored = new StoredShares(
      async () => {
        if (faulty) throw new Error('the disk is gone');
        return 5;
      },
      new Shares({ storedBytes: 10 }),
    );
    await assert.rejects(stored.bytesOf({}), /disk/);
    faulty = false;
    assert.equal(await stored.bytesOf({}), 5);
  });
});
