import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { buildSchema, parse } from 'graphql';
import { follow } from './following.ts';
import type { SharedResults } from './shared-results.ts';

describe('following events', () => {
  it('leaves them where a result cannot be made, for nobody asks for the next one', async () => {
    const leave = mock.fn(async () => ({ done: true, value: undefined }));
    const events = {
      next: async () => ({ done: false, value: {} }),
      return: leave,
      [Symbol.asyncIterator]: () => events,
    };
    const args = {
      schema: buildSchema('type Query { a: Int } type Subscription { events: Int }'),
      document: parse('subscription { events }'),
      rootValue: { events: () => events },
      contextValue: {},
    };
    const fault = new Error('a fault');
    const results = { of: () => () => Promise.reject(fault) } as unknown as SharedResults;
    const followed = await follow(args, results, () => undefined);
    assert.ok(Symbol.asyncIterator in followed);
    await assert.rejects(followed.next(), fault);
    assert.equal(leave.mock.callCount(), 1);
  });
});
