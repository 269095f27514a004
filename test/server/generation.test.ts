/** Answers over the API, as the typed client reads them from a socket: what is told, stored, told again, joined and ended. */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CancelRunDocument,
  DeleteRunDocument,
  GenerationDocument,
  type GenerationEventPartsFragment,
  type GenerationInput,
  LogitAttributionDocument,
  RepeatRunDocument,
  RunDocument,
  RunsDocument,
  StartGenerationDocument,
  StoredEventsDocument,
  type StoredEventsQuery,
  TokenizeDocument,
} from '../../src/client/generated/graphql.ts';
import { Reference, type ReferencePrompt, referenceFolder } from '../reference/reference.ts';
import { assertClose, scaledTolerance } from '../support/close.ts';
import { collect, startTestServer, type TestServer, untimed } from './harness.ts';

type Event = GenerationEventPartsFragment;
type EventOf<Type extends Event['__typename']> = Extract<Event, { __typename: Type }>;

const reference = new Reference('llama-grouped');
const [, shorter] = reference.prompts as [ReferencePrompt, ReferencePrompt, ReferencePrompt];

/** Of a prompt whose greedy answer transformers has given. */
const asked = (more: Partial<GenerationInput> = {}): GenerationInput => ({
  model: 'llama',
  prompt: { tokenIds: [...shorter.ids] },
  maxTokens: 40,
  ...more,
});

const of = <Type extends Event['__typename']>(events: readonly Event[], type: Type) =>
  events.filter((event): event is EventOf<Type> => event.__typename === type);

/** @throws AssertionError where something is missing, as where it is not selected */
function complete(event: Partial<EventOf<'TokenAttributed'>>) {
  const { index, scores, bias, intercept, audit, target } = event;
  assert.ok(index !== undefined && scores && bias !== undefined && intercept !== undefined && audit && target);
  return { index, scores, bias, intercept, audit, target };
}

const answerOf = (events: readonly Event[]) => of(events, 'TokenGenerated').map(({ token }) => token.tokenId);

const typesOf = (events: readonly Event[]) => events.map(({ __typename }) => __typename);

describe('a generation', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    server.queue.watched = ['generation'];
  });
  after(() => server.close());

  const follow = async function* (input: GenerationInput, explained = false, keep = false) {
    for await (const { generation } of server.client.subscribe(GenerationDocument, { input, explained, keep }))
      yield generation;
  };
  const told = (input: GenerationInput, explained = false) => collect(follow(input, explained));
  const runOf = (events: readonly Event[]) => (events[0] as EventOf<'GenerationStarted'>).run.id;
  const statusOf = async (id: string) => (await server.client.request(RunDocument, { id })).run?.status;

  /** One that waits behind its first token, with a prompt that no other test has: the events so far. */
  const held = async (prompt: readonly number[], { explained = false, keep = false } = {}) => {
    server.queue.holdBefore = 1;
    const stream = follow(asked({ prompt: { tokenIds: [...prompt] }, maxTokens: 6 }), explained, keep);
    const events = [(await stream.next()).value as Event];
    // On to the first block of the second pass.
    server.queue.lastGate?.hold(0);
    events.push((await stream.next()).value as Event);
    server.queue.holdBefore = -1;
    const gate = server.queue.lastGate;
    assert.ok(gate);
    return { stream, events, id: runOf(events), release: () => gate.release() };
  };

  it('tells the answer that transformers gives, token by token', async () => {
    const expected = reference.answerTo(shorter);
    const events = await told(asked());
    assert.deepEqual(typesOf(events), [
      'GenerationStarted',
      ...expected.ids.map(() => 'TokenGenerated'),
      'GenerationCompleted',
    ]);
    assert.deepEqual(answerOf(events), expected.ids);
    const [started] = of(events, 'GenerationStarted');
    assert.deepEqual(
      [started?.maxTokens, started?.tokens.map(({ tokenId, position }) => [tokenId, position])],
      [40, shorter.ids.map((id, position) => [id, position])],
    );
    const tokens = of(events, 'TokenGenerated');
    const { length } = shorter.ids;
    for (const [index, event] of tokens.entries()) {
      assert.deepEqual([event.index, event.seq, event.token.position], [index, index + 1, length + index]);
      assert.equal(event.rank, 1);
      assert.equal(event.alternatives.length, 5);
      assert.deepEqual(event.alternatives[0]?.token, { ...event.token, position: length + index - 1 });
      assert.ok(event.elapsed >= 0);
    }
    const { logProbabilities, entropies } = expected;
    const near = (values: readonly number[], reference: readonly number[], what: string) =>
      assertClose(values, reference, scaledTolerance(reference, 1e-4), what);
    near(
      tokens.map(({ logProbability }) => logProbability),
      logProbabilities,
      'log p',
    );
    near(
      tokens.map(({ entropy }) => entropy),
      entropies,
      'entropies',
    );
    const [completed] = of(events, 'GenerationCompleted');
    assert.equal(completed?.stopReason, 'LENGTH');
    assert.deepEqual(
      completed.tokens,
      tokens.map(({ token }) => token),
    );
    // Of a character within which the answer ends, the beginning is told at the end alone.
    assert.equal(completed.text.replace(/\uFFFD+$/u, ''), tokens.map(({ text }) => text).join(''));
  });

  it('explains each token where that is selected, as a question of its own does', async () => {
    const events = await told(asked({ maxTokens: 10 }), true);
    const answer = answerOf(events);
    const explained = of(events, 'TokenAttributed');
    assert.deepEqual(
      explained.map(({ index }) => index),
      [...answer.keys()],
    );
    for (const { seq, ...event } of explained) {
      const { index, scores, bias, intercept, audit, target } = complete(event);
      const said = of(events, 'TokenGenerated')[index];
      assert.ok(said && said.seq < seq, 'a token is explained when it was said');
      const prompt = { tokenIds: [...shorter.ids, ...answer.slice(0, index)] };
      const input = { model: 'llama', prompt, target: { token: { tokenId: answer[index] as number } } };
      const { logitAttribution: single } = await server.client.request(LogitAttributionDocument, { input });
      assert.ok(single.__typename === 'LogitAttribution');
      const expected = single.tokens.map(({ score }) => score);
      assertClose(scores, expected, scaledTolerance(expected, 1e-5), `scores of token ${index}`);
      assertClose([bias, intercept], [single.bias, 0], 1e-4, 'bias, intercept');
      assert.ok(audit.passed);
      assertClose([audit.sum], [target.logit], 1e-3, 'the sum of all');
      assertClose([target.logProbability], [said.logProbability], 1e-4, 'log p');
    }
    assert.equal(events.at(-1)?.__typename, 'GenerationCompleted');
  });

  it('explains by other methods, and probabilities with what their linearisation leaves', async () => {
    for (const [method, kind] of [
      ['GRADIENT', 'LOGIT'],
      ['ATTN_LRP', 'LOG_PROBABILITY'],
      ['FROZEN', 'PROBABILITY'],
    ] as const) {
      const events = await told(asked({ maxTokens: 3, attribution: { method, kind } }), true);
      const explained = of(events, 'TokenAttributed');
      assert.equal(explained.length, 3);
      for (const event of explained) {
        const { target, intercept, audit } = complete(event);
        assert.equal(target.kind, kind);
        assert.equal(intercept === 0, kind === 'LOGIT');
        if (method === 'FROZEN') assert.ok(audit.passed);
      }
    }
  });

  it('is told again from what is stored, to the last bit, and from any event on', async () => {
    const input = asked({ maxTokens: 9, top: 2, attribution: { method: 'FROZEN', kind: 'LOG_PROBABILITY' } });
    const first = await told(input, true);
    const { length: jobs } = server.queue.gates;
    assert.deepEqual(await told(input, true), first);
    assert.equal(server.queue.gates.length, jobs, 'nothing is computed again');
    const id = runOf(first);
    for (const seq of first.keys())
      assert.deepEqual(await collect(server.client.followRun(id, seq)), first.slice(seq + 1));
  });

  it('is another one where it is not explained, and where anything else is asked of it', async () => {
    const plain = runOf(await told(asked({ maxTokens: 2 })));
    const others = [
      await told(asked({ maxTokens: 2 }), true),
      await told(asked({ maxTokens: 2, sampling: {} })),
      await told(asked({ maxTokens: 2, sampling: { seed: 1 } })),
      await told(asked({ maxTokens: 2, top: 0 })),
      await told(asked({ maxTokens: 2, stop: { endOfText: false } })),
    ].map(runOf);
    assert.equal(new Set([plain, ...others]).size, 6);
    assert.equal(runOf(await told(asked({ maxTokens: 2, stop: {}, sampling: null }))), plain, 'defaults are the same');
    assert.equal(
      runOf(await told(asked({ maxTokens: 2, attribution: { method: 'GRADIENT' } }))),
      plain,
      'how it would be explained is nothing to one that is not',
    );
  });

  it('has one run for all who ask the same, in the middle of it too', async () => {
    const { stream, events, id, release } = await held([9, 8, 7]);
    const input = asked({ prompt: { tokenIds: [9, 8, 7] }, maxTokens: 6 });
    const joining = follow(input);
    const joined = [(await joining.next()).value as Event, (await joining.next()).value as Event];
    assert.deepEqual(joined, events);
    const resumed = server.client.followRun(id, 0);
    const next = (await resumed.next()).value;
    assert.deepEqual(next, events[1]);
    release();
    const whole = [...events, ...(await collect(stream))];
    assert.equal(whole.at(-1)?.__typename, 'GenerationCompleted');
    assert.deepEqual([...joined, ...(await collect(joining))], whole);
    assert.deepEqual([next, ...(await collect(resumed))], whole.slice(1));
  });

  it('ends when it is cancelled in the middle, and what it told so far stays', async () => {
    const { stream, events, id } = await held([9, 8, 6]);
    const { cancelRun } = await server.client.request(CancelRunDocument, { id });
    assert.ok(cancelRun.__typename === 'RunPayload');
    assert.equal(cancelRun.run.status, 'CANCELLED');
    const rest = await collect(stream);
    assert.deepEqual(typesOf(rest), ['RunCancelled']);
    assert.deepEqual(await collect(server.client.followRun(id)), [...events, ...rest]);
    const { cancelRun: again } = await server.client.request(CancelRunDocument, { id });
    assert.equal(again.__typename, 'RunStateError');
    // Asked again, it is a run of its own.
    const anew = await told(asked({ prompt: { tokenIds: [9, 8, 6] }, maxTokens: 6 }));
    assert.notEqual(runOf(anew), id);
    assert.deepEqual(answerOf(anew).slice(0, 1), answerOf(events));
  });

  it('is stopped by a token, which is the last', async () => {
    const greedy = reference.answerTo(shorter).ids;
    const place = greedy.findIndex((id, index) => index > 2 && greedy.indexOf(id) === index);
    const tokens = [{ tokenId: greedy[place] as number }];
    const events = await told(asked({ stop: { tokens } }));
    assert.deepEqual(answerOf(events), greedy.slice(0, place + 1));
    assert.equal(of(events, 'GenerationCompleted')[0]?.stopReason, 'STOP_TOKEN');
  });

  it('is stopped by a text that two tokens make, and its last ones are explained all the same', async () => {
    const events = await told(asked({ prompt: { text: 'The river takes' }, model: 'sample', maxTokens: 12 }));
    const pieces = of(events, 'TokenGenerated').map(({ text }) => text);
    const whole = pieces.join('');
    const [first = '', second = ''] = pieces.slice(4, 6);
    const text = first.slice(-1) + second.slice(0, 2);
    assert.ok(text.length >= 2, JSON.stringify(pieces));
    const until = pieces.findIndex((_, index) =>
      pieces
        .slice(0, index + 1)
        .join('')
        .includes(text),
    );
    assert.ok(!pieces.slice(0, until + 1).some((piece) => piece.includes(text)));
    const stopped = await told(
      asked({ prompt: { text: 'The river takes' }, model: 'sample', maxTokens: 12, stop: { texts: ['\0', text] } }),
      true,
    );
    const [completed] = of(stopped, 'GenerationCompleted');
    assert.equal(completed?.stopReason, 'STOP_TEXT');
    assert.equal(completed.text, pieces.slice(0, until + 1).join(''));
    assert.ok(whole.startsWith(completed.text));
    assert.equal(of(stopped, 'TokenAttributed').length, until + 1);
  });

  it('never stops by what does not come', async () => {
    const events = await told(asked({ maxTokens: 20, stop: { texts: ['no such text', 'nor this'], tokens: [] } }));
    assert.equal(of(events, 'GenerationCompleted')[0]?.stopReason, 'LENGTH');
    assert.equal(answerOf(events).length, 20);
  });

  it('draws the same answer by the same seed on any run, and another one by another', async () => {
    const drawn = async (seed: number, more: Partial<GenerationInput> = {}) =>
      answerOf(await told(asked({ maxTokens: 12, sampling: { temperature: 1.5, seed }, ...more })));
    const one = await drawn(1);
    // Another run: fewer alternatives are told.
    assert.deepEqual(await drawn(1, { top: 1 }), one);
    assert.notDeepEqual(await drawn(2), one);
    const [first] = await drawn(1, { sampling: { topK: 1, seed: 5 } });
    assert.equal(first, reference.answerTo(shorter).ids[0], 'of one token, the likeliest is drawn');
  });

  it('tells of a token that was drawn how likely it was to the model itself', async () => {
    const events = await told(asked({ maxTokens: 20, sampling: { temperature: 100, seed: 3 }, top: 100 }));
    for (const { rank, token, probability, logProbability, alternatives } of of(events, 'TokenGenerated')) {
      assertClose([probability], [Math.exp(logProbability)], 1e-9, 'probability');
      const among = alternatives.find(({ token: { tokenId } }) => tokenId === token.tokenId);
      assert.equal(among !== undefined, rank <= 100);
      if (among) assertClose([among.probability], [probability], 1e-5, 'probability among the alternatives');
    }
    assert.ok(of(events, 'TokenGenerated').some(({ rank }) => rank > 1));
  });

  it('goes on within a character where the prompt ends within one', async () => {
    const { model } = await server.client.request(TokenizeDocument, { model: 'llama', text: '€' });
    assert.ok(model?.__typename === 'Model' && model.tokenize);
    const bytes = model.tokenize.map(({ tokenId }) => tokenId);
    assert.equal(bytes.length, 3);
    const events = await told(asked({ prompt: { tokenIds: bytes.slice(0, 2) }, maxTokens: 8 }));
    const pieces = of(events, 'TokenGenerated').map(({ text }) => text);
    const [completed] = of(events, 'GenerationCompleted');
    assert.ok(completed);
    assert.ok(completed.text.startsWith(pieces.join('')));
    assert.match(completed.text.slice(pieces.join('').length), /^\uFFFD*$/u);
  });

  it('is one token where the prompt fills what the model reads', async () => {
    const tokenIds = Array.from({ length: 64 }, (_, position) => (position * 7) % 280);
    const events = await told(asked({ prompt: { tokenIds }, maxTokens: 1 }), true);
    assert.equal(answerOf(events).length, 1);
    assert.equal(of(events, 'TokenAttributed')[0]?.scores?.length, 64);
    assert.equal(of(events, 'TokenGenerated')[0]?.token.position, 64);
  });

  it('is as long as the context allows, and a token longer than what is read', async () => {
    const events = await told(asked({ maxTokens: 64 - shorter.ids.length + 1, stop: { endOfText: false } }));
    assert.equal(answerOf(events).length, 58);
    assert.deepEqual(answerOf(events).slice(0, 40), reference.answerTo(shorter).ids);
  });

  it('shows what it was asked, with its defaults', async () => {
    const id = runOf(
      await told(
        asked({
          maxTokens: 3,
          sampling: { topP: 0.5, seed: 9 },
          stop: { texts: ['b', 'a', 'b'], tokens: [{ tokenId: 7 }, { tokenId: 3 }, { tokenId: 7 }] },
          attribution: { method: 'ATTN_LRP', kind: 'PROBABILITY' },
        }),
        true,
      ),
    );
    const { run } = await server.client.request(RunDocument, { id });
    assert.ok(run?.input.__typename === 'GenerationRequest');
    const { input } = run;
    assert.equal(run.kind, 'GENERATION');
    assert.deepEqual(
      input.prompt.tokens.map(({ tokenId }) => tokenId),
      shorter.ids,
    );
    assert.deepEqual(
      [input.maxTokens, input.top, input.sampling, input.stopTexts, input.attribution],
      [
        3,
        5,
        { temperature: 1, topK: null, topP: 0.5, seed: 9 },
        ['b', 'a'],
        { method: 'ATTN_LRP', kind: 'PROBABILITY' },
      ],
    );
    // The checkpoint's own among them.
    assert.deepEqual(
      input.stopTokens.map(({ tokenId }) => tokenId),
      [0, 3, 7],
    );
    const plain = await server.client.request(RunDocument, { id: runOf(await told(asked({ maxTokens: 2 }))) });
    assert.ok(plain.run?.input.__typename === 'GenerationRequest');
    assert.deepEqual([plain.run.input.sampling, plain.run.input.attribution], [null, null]);
  });

  it('is found by its kind, followed by its id though it was only started, and repeated', async () => {
    const input = asked({ prompt: { text: 'only started' }, maxTokens: 4, stop: { texts: ['never'] } });
    const { startGeneration } = await server.client.request(StartGenerationDocument, { input });
    assert.ok(startGeneration.__typename === 'RunPayload', JSON.stringify(startGeneration));
    const { id } = startGeneration.run;
    const events = await collect(server.client.followRun(id));
    assert.equal(events.at(-1)?.__typename, 'GenerationCompleted');
    assert.equal(events.filter(({ __typename }) => __typename === 'TokenAttributed').length, 4);
    const { runs } = await server.client.request(RunsDocument, { first: 1, filter: { kinds: ['GENERATION'] } });
    assert.equal(runs?.edges[0]?.node.id, id);
    const others = await server.client.request(RunsDocument, { first: 100, filter: { kinds: ['LOGIT_ATTRIBUTION'] } });
    assert.ok(others.runs?.edges.every(({ node }) => node.id !== id));
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id });
    assert.ok(repeatRun.__typename === 'RunPayload');
    assert.equal(repeatRun.run.id, id, 'it is answered already');
    assert.deepEqual((await told(input, true)).map(untimed), events.map(untimed));
  });

  it('is repeated with all that ended it', async () => {
    const tokens = Array.from({ length: 16 }, (_, index) => ({ tokenId: 200 + index }));
    const texts = Array.from({ length: 16 }, (_, index) => `text ${index}`);
    const input = asked({ maxTokens: 3, stop: { tokens, texts }, sampling: { topK: 3, seed: 4 } });
    const { startGeneration } = await server.client.request(StartGenerationDocument, { input, explained: false });
    assert.ok(startGeneration.__typename === 'RunPayload', JSON.stringify(startGeneration));
    const { id } = startGeneration.run;
    await collect(server.client.followRun(id));
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id });
    assert.ok(repeatRun.__typename === 'RunPayload', JSON.stringify(repeatRun));
    assert.equal(repeatRun.run.id, id);
    const { deleteRun } = await server.client.request(DeleteRunDocument, { id });
    assert.equal(deleteRun.__typename, 'RunPayload');
    assert.equal(await statusOf(id), undefined);
    const { repeatRun: gone } = await server.client.request(RepeatRunDocument, { id });
    assert.equal(gone.__typename, 'UnknownRunError');
  });

  it('is read in pages of what it told, without a subscription', async () => {
    const events = await told(asked({ maxTokens: 6 }), true);
    const id = runOf(events);
    const kinds: string[] = [];
    for (let after: string | null = null; ; ) {
      const { run }: StoredEventsQuery = await server.client.request(StoredEventsDocument, { id, first: 4, after });
      assert.ok(run?.events);
      kinds.push(...run.events.edges.map(({ node }) => node.__typename));
      if (!run.events.pageInfo.hasNextPage) break;
      after = run.events.pageInfo.endCursor ?? null;
    }
    assert.deepEqual(kinds, typesOf(events));
  });

  it('is told again, with its text, when its checkpoint is gone', async () => {
    const path = join(server.models, 'passing');
    await cp(referenceFolder('llama-grouped'), path, { recursive: true });
    const events = await told(asked({ model: 'passing', maxTokens: 5, stop: { texts: ['none'] } }), true);
    await rm(path, { recursive: true });
    const again = await collect(server.client.followRun(runOf(events)));
    const textsOf = (all: readonly { readonly __typename?: string }[]) =>
      (all as readonly Event[]).flatMap((event) =>
        event.__typename === 'TokenGenerated' || event.__typename === 'GenerationCompleted' ? [event.text] : [],
      );
    assert.deepEqual(textsOf(again), textsOf(events));
    assert.deepEqual(answerOf(again as readonly Event[]), answerOf(events));
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id: runOf(events) });
    assert.equal(repeatRun.__typename, 'UnknownModelError');
  });

  it('cannot be deleted while it is under way', async () => {
    const { stream, id, release } = await held([9, 8, 5]);
    const { deleteRun } = await server.client.request(DeleteRunDocument, { id });
    assert.ok(deleteRun.__typename === 'RunStateError');
    release();
    await collect(stream);
    assert.equal((await server.client.request(DeleteRunDocument, { id })).deleteRun.__typename, 'RunPayload');
  });

  it('is one of several at a time, each with the answer that it has alone', async () => {
    const inputs = Array.from({ length: 6 }, (_, index) =>
      asked({ prompt: { tokenIds: [index + 20, 5, 9] }, maxTokens: 8, sampling: { seed: index } }),
    );
    const together = await Promise.all(inputs.map((input) => told(input, true)));
    for (const [index, events] of together.entries()) {
      assert.equal(events.at(-1)?.__typename, 'GenerationCompleted');
      // Another run of the same.
      const alone = await told({ ...(inputs[index] as GenerationInput), top: 4 });
      assert.deepEqual(answerOf(events), answerOf(alone));
    }
  });
});

describe('a generation that nobody reads any more', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ LEAVE_GRACE: '0' });
    server.queue.watched = ['generation'];
  });
  after(() => server.close());

  /** Left behind its first token: what it tells to the end. */
  const left = async (tokenIds: readonly number[], keep: boolean) => {
    const input = asked({ prompt: { tokenIds: [...tokenIds] }, maxTokens: 5 });
    server.queue.holdBefore = 1;
    const stream = server.client.subscribe(GenerationDocument, { input, keep });
    const { generation: started } = (await stream.next()).value as { generation: EventOf<'GenerationStarted'> };
    server.queue.lastGate?.hold(0);
    await stream.next();
    await stream.return?.();
    if (keep) server.queue.lastGate?.release();
    return collect(server.client.followRun(started.run.id));
  };

  it('ends before its next block where nobody asked to keep it', async () => {
    const events = await left([1, 2, 3], false);
    assert.deepEqual(
      events.map(({ __typename }) => __typename),
      ['GenerationStarted', 'TokenGenerated', 'RunCancelled'],
    );
    const last = events.at(-1);
    assert.ok(last?.__typename === 'RunCancelled');
    assert.equal(last.reason?.code, 'ABANDONED');
  });

  it('goes on where somebody asked to keep it', async () => {
    assert.equal((await left([1, 2, 4], true)).at(-1)?.__typename, 'GenerationCompleted');
  });
});
