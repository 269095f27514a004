import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RunEvent } from '../../client/client.ts';
import type { RunPartsFragment } from '../../client/generated/graphql.ts';
import { FollowedRun } from './run.ts';

const interrupted = { __typename: 'RunFailed', error: { code: 'INTERRUPTED', message: 'The server was stopped.' } };
const failed = { __typename: 'RunFailed', error: { code: 'CHECKPOINT', message: 'A file is missing.' } };
const passed = { __typename: 'LayerPassed', layer: 0 };
const completed = { __typename: 'AttributionCompleted' };

function run(id: string, finishedAt: string | null = null): RunPartsFragment {
  return { id, finishedAt } as unknown as RunPartsFragment;
}

/** A server whose runs tell what the test says, and end; one that it says nothing of tells nothing, and goes on. */
function follow(events: Readonly<Record<string, readonly object[]>>) {
  const [repeated, left, told]: [string[], string[], RunEvent[]] = [[], [], []];
  const source = {
    request: async (_: unknown, { id }: { id: string }) => {
      repeated.push(id);
      return { repeatRun: { run: run(`${id}'`) } };
    },
    followRun: (id: string) => {
      const left = Promise.withResolvers<{ done: true; value: undefined }>();
      const rest = [...(events[id] ?? [])];
      return {
        next: async () => {
          const value = rest.shift();
          if (value) return { done: false, value };
          return id in events ? { done: true, value: undefined } : left.promise;
        },
        return: async () => {
          leave(id);
          left.resolve({ done: true, value: undefined });
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
  };
  const leave = (id: string) => left.push(id);
  const followed = new FollowedRun(source as unknown as ConstructorParameters<typeof FollowedRun>[0], (event) =>
    told.push(event),
  );
  return { followed, repeated, left, told };
}

describe('A run that is followed', () => {
  it('is told to its end, each event once', async () => {
    const { followed, told, repeated } = follow({ a: [passed, completed] });
    await followed.start(async () => ({ run: run('a') }));
    assert.deepEqual([followed.phase.value, followed.run.value?.id, followed.isUnderWay], ['completed', 'a', false]);
    assert.deepEqual(told, [passed, completed]);
    assert.deepEqual(repeated, []);
  });

  it('is refused with what is wrong', async () => {
    const { followed } = follow({});
    await followed.start(async () => ({ __typename: 'PromptError', code: 'PROMPT', message: 'It is empty.' }));
    assert.deepEqual([followed.phase.value, followed.problem.value?.code], ['refused', 'PROMPT']);
  });

  it('fails with what the run failed by, or with why it could not be asked', async () => {
    const { followed } = follow({ a: [passed, failed] });
    await followed.start(async () => ({ run: run('a') }));
    assert.deepEqual([followed.phase.value, followed.problem.value?.code], ['failed', 'CHECKPOINT']);
    const { followed: other } = follow({});
    await other.start(() => Promise.reject(new TypeError('fetch failed')));
    assert.deepEqual([other.phase.value, other.problem.value?.code], ['failed', 'CONNECTION']);
  });

  it('was deleted where its events end before it does', async () => {
    const { followed } = follow({ a: [passed] });
    await followed.start(async () => ({ run: run('a') }));
    assert.deepEqual([followed.phase.value, followed.problem.value?.code], ['failed', 'UNKNOWN_RUN']);
  });
});

describe('A run that a stopped server interrupted', () => {
  it('is asked for again, and told on', async () => {
    const { followed, repeated, told } = follow({ a: [passed, interrupted], "a'": [passed, completed] });
    await followed.start(async () => ({ run: run('a') }));
    assert.deepEqual([followed.phase.value, followed.run.value?.id], ['completed', "a'"]);
    assert.deepEqual(repeated, ['a']);
    assert.deepEqual(told, [passed, passed, completed]);
  });

  it('is asked for again three times at the most', async () => {
    const always = Object.fromEntries(['a', "a'", "a''", "a'''"].map((id) => [id, [interrupted]]));
    const { followed, repeated } = follow(always);
    await followed.start(async () => ({ run: run('a') }));
    assert.deepEqual(repeated, ['a', "a'", "a''"]);
    assert.deepEqual([followed.phase.value, followed.problem.value?.code], ['failed', 'INTERRUPTED']);
  });

  it('is told as it ended where it had ended before', async () => {
    const { followed, repeated } = follow({ a: [interrupted] });
    await followed.follow(run('a', '2026-01-01T00:00:00Z'));
    assert.deepEqual([followed.phase.value, followed.problem.value?.code], ['failed', 'INTERRUPTED']);
    assert.deepEqual(repeated, []);
  });
});

describe('A run that is followed no longer', () => {
  it('is left where it is', async () => {
    const { followed, left } = follow({});
    const end = followed.start(async () => ({ run: run('a') }));
    await turn();
    assert.equal(followed.isUnderWay, true);
    followed.dispose();
    await end;
    assert.deepEqual(left, ['a']);
    assert.equal(followed.problem.value, undefined);
  });

  it('is not listened to where it was left before it had begun', async () => {
    const { followed, told } = follow({ a: [passed, completed] });
    const started = Promise.withResolvers<object>();
    const end = followed.start(() => started.promise);
    followed.dispose();
    started.resolve({ run: run('a') });
    await end;
    assert.deepEqual(told, []);
  });

  it('is not asked for again, though its last event is that it was interrupted', async () => {
    const { followed, repeated, told } = follow({ a: [passed, interrupted] });
    const end = followed.start(async () => ({ run: run('a') }));
    while (told.length === 0) await null;
    followed.dispose();
    await end;
    assert.deepEqual([repeated, followed.problem.value], [[], undefined]);
  });
});
