/** Files that are replaced between a question and its answer: the answer would be of other files than those asked about. */
import assert from 'node:assert/strict';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { CirculationDocument } from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { postQuery } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

interface Told {
  readonly __typename: string;
  readonly message?: string;
}

const changed = /llama has changed since the question was asked; ask again/;

describe('a model whose files are replaced', () => {
  let server: TestServer;
  /** Where a model of the same shape lies. */
  let other: string;
  let seed = 0;
  before(async () => {
    server = await startTestServer();
    other = join(server.models, '..', 'other');
    await cp(referenceFolder('llama-grouped'), other, { recursive: true });
    await changeWeights(join(other, 'model.safetensors'));
  });
  after(() => server.close());
  beforeEach(() => {
    seed++;
  });
  afterEach(() => mock.restoreAll());

  const post = async <Data>(query: string) => {
    const response = await postQuery(server.url, query);
    return (await response.json()) as { data: Data; errors?: { message: string; extensions: { code: string } }[] };
  };

  /** The two models change places. */
  const swap = async () => {
    const llama = join(server.models, 'llama');
    await rename(llama, `${other}-kept`);
    await rename(other, llama);
    await rename(`${other}-kept`, other);
  };

  /** Asks while another job holds the only worker, and replaces the files before it comes to the question. */
  const askAndReplace = async <Answer>(
    kind: 'attribution' | 'circulation' | 'circuits' | 'prediction',
    ask: () => Promise<Answer>,
  ) => {
    server.queue.holdBefore = 1;
    const holding = server.client.subscribe(CirculationDocument, {
      input: { model: 'sample', prompt: { tokenIds: [seed, 1, 2] } },
    });
    await holding.next();
    const gate = server.queue.lastGate;
    server.queue.holdBefore = -1;
    const queued = Promise.withResolvers<void>();
    const run = server.queue.run.bind(server.queue);
    mock.method(server.queue, 'run', (...question: Parameters<typeof run>) => {
      if (question[0].name === kind) queued.resolve();
      return run(...question);
    });
    const answer = ask();
    await queued.promise;
    await swap();
    gate?.release();
    await collect(holding);
    return answer;
  };

  const attribution = () => `logitAttribution(input: { model: "llama", prompt: { tokenIds: [${seed}, 7] } }) {
    __typename ... on Error { message } ... on LogitAttribution { target { logit } tokens { score } run { id status } }
  }`;
  const circulation = () => `input: { model: "llama", prompt: { tokenIds: [${seed}, 7] } }`;

  /** The same question, with the files as they are now, has an answer of its own; and with those of before another. */
  const bothAnswers = async <Answer>(ask: () => Promise<Answer>) => {
    const ofOthers = await ask();
    await swap();
    const own = await ask();
    assert.notDeepEqual(own, ofOthers);
    return own;
  };

  it('gives no logit attribution under the name of the files before', async () => {
    const ask = async () => (await post<{ logitAttribution: Told }>(`{ ${attribution()} }`)).data.logitAttribution;
    const told = await askAndReplace('attribution', ask);
    assert.equal(told.__typename, 'CheckpointError');
    assert.match(told.message ?? '', changed);
    await bothAnswers(ask);
  });

  it('gives no circulation under the name of the files before', async () => {
    const start = async () => {
      const { data } = await post<{ startCirculation: { run: { id: string } } }>(
        `mutation { startCirculation(${circulation()}) { ... on RunPayload { run { id } } } }`,
      );
      return data.startCirculation.run;
    };
    const { id } = await askAndReplace('circulation', start);
    const [failed, ...others] = await collect(server.client.followRun(id));
    assert.ok(failed?.__typename === 'RunFailed' && others.length === 0, failed?.__typename);
    assert.equal(failed.error.code, 'CHECKPOINT');
    assert.match(failed.error.message, changed);
    await bothAnswers(async () => {
      const events = await collect(server.client.followRun((await start()).id));
      const last = events.at(-1);
      assert.ok(last?.__typename === 'CirculationCompleted');
      return last.target.logit;
    });
  });

  it('gives no prediction, whose tokens are those of the files before', async () => {
    const ask = async () =>
      (
        await post<{ targetCandidates: Told }>(
          `{ targetCandidates(input: { model: "llama", prompt: { tokenIds: [${seed}, 7] }, text: "a" }) {
            __typename ... on Error { message } ... on TargetCandidates { likeliest { logit } } } }`,
        )
      ).data.targetCandidates;
    const told = await askAndReplace('prediction', ask);
    assert.equal(told.__typename, 'CheckpointError');
    assert.match(told.message ?? '', changed);
    await bothAnswers(ask);
  });

  it('gives no circuits, which would be kept as those of the files before', async () => {
    const ask = async () =>
      (
        await post<{ circuits: Told }>(
          '{ circuits(model: "llama") { __typename ... on Error { message } ... on Circuits { heads { copying } } } }',
        )
      ).data.circuits;
    const told = await askAndReplace('circuits', ask);
    assert.equal(told.__typename, 'CheckpointError');
    assert.match(told.message ?? '', changed);
    await bothAnswers(ask);
  });

  it('adds no finer grain to a stored run', async () => {
    const { data } = await post<{ logitAttribution: { run: { id: string } } }>(`{ ${attribution()} }`);
    const { id } = data.logitAttribution.run;
    const ask = () =>
      post<{ run: { attribution: { layers: { attention: object }[] } | null } }>(
        `{ run(id: "${id}") { attribution { layers { attention { direct total } } } } }`,
      );
    const { errors } = await askAndReplace('attribution', ask);
    assert.equal(errors?.[0]?.extensions.code, 'CHECKPOINT');
    assert.match(errors[0].message, changed);
    await swap();
    const added = await ask();
    assert.ok(added.data.run.attribution, JSON.stringify(added.errors));
  });

  it('ends a circulation under way before it tells of a block that others may have computed', async () => {
    server.queue.holdBefore = 1;
    const stream = server.client.subscribe(CirculationDocument, {
      input: { model: 'llama', prompt: { tokenIds: [seed, 7] } },
    });
    const first = [(await stream.next()).value, (await stream.next()).value];
    assert.deepEqual(
      first.map((event) => event?.circulation.__typename),
      ['CirculationStarted', 'LayerCirculated'],
    );
    await swap();
    server.queue.holdBefore = -1;
    server.queue.lastGate?.release();
    const [failed, ...others] = await collect(stream);
    assert.equal(others.length, 0);
    const event = failed?.circulation;
    assert.ok(event?.__typename === 'RunFailed', event?.__typename);
    assert.match(event.error.message, changed);
    await swap();
  });
});

async function changeWeights(file: string): Promise<void> {
  const bytes = await readFile(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  for (let at = start; at < bytes.length; at += 4) bytes.writeFloatLE(bytes.readFloatLE(at) * (1 + (at % 7)), at);
  await writeFile(file, bytes);
}
