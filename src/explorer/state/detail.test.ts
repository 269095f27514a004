import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NeuronsDocument } from '../../client/generated/graphql.ts';
import { Details } from './detail.ts';
import type { Problem } from './problem.ts';

const input = { model: 'sample', prompt: { text: 'When' } };
const answer = { __typename: 'LogitAttribution', layers: [] };

/** @param answers one after the other; an Error is thrown */
function detailsOf(answers: readonly unknown[], refused: (answer: object) => Problem | undefined = () => undefined) {
  const until = Promise.withResolvers<Problem | undefined>();
  const asked: unknown[] = [];
  const request = async (_: unknown, variables: unknown) => {
    const next = answers[asked.push(variables) - 1];
    if (next instanceof Error) throw next;
    return { logitAttribution: next };
  };
  const source = { request } as unknown as ConstructorParameters<typeof Details>[0];
  return { details: new Details(source, until.promise, refused), asked, until };
}

describe('What a view asks for', () => {
  it('is asked once, however often it is looked at, when what it waits for is there', async () => {
    const { details, asked, until } = detailsOf([answer]);
    const detail = details.of(NeuronsDocument, { input, first: 20 });
    assert.equal(details.of(NeuronsDocument, { input, first: 20 }), detail);
    await turn();
    assert.deepEqual([detail.value.status, asked], ['waiting', []]);
    until.resolve(undefined);
    await turn();
    assert.deepEqual(detail.value, { status: 'ready', answer });
    assert.deepEqual(asked, [{ input, first: 20 }]);
  });

  it('is not asked where what it waits for has no answer', async () => {
    const { details, asked, until } = detailsOf([answer]);
    const detail = details.of(NeuronsDocument, { input, first: 20 });
    const problem = { code: 'PROMPT', message: 'It is empty.' };
    until.resolve(problem);
    await turn();
    assert.deepEqual(detail.value, { status: 'failed', problem });
    assert.deepEqual(asked, []);
  });

  it('can be asked again where it failed: refused, gone, or while the server was away', async () => {
    const refused = { __typename: 'OverCapacityError', code: 'OVER_CAPACITY', message: 'The queue is full.' };
    const { details, until } = detailsOf([refused, null, new TypeError('fetch failed'), answer]);
    until.resolve(undefined);
    const detail = details.of(NeuronsDocument, { input, first: 20 });
    for (const code of ['OVER_CAPACITY', 'REQUEST', 'CONNECTION']) {
      await turn();
      const { value } = detail;
      assert.equal(value.status === 'failed' && value.problem.code, code);
      if (value.status === 'failed') value.again?.();
    }
    await turn();
    assert.equal(detail.value.status, 'ready');
  });

  it('is not shown where it is of something else, whatever is asked again', async () => {
    const problem = { code: 'OUTDATED', message: 'The model has been replaced.' };
    const { details, until } = detailsOf([answer], () => problem);
    until.resolve(undefined);
    const detail = details.of(NeuronsDocument, { input, first: 20 });
    await turn();
    assert.deepEqual(detail.value, { status: 'failed', problem });
  });
});
