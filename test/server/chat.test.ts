/** Prompts that are messages of a chat: what a model reads then, and who speaks in it. */
import assert from 'node:assert/strict';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ActivationsDocument,
  CirculationDocument,
  EstimateDocument,
  GenerationDocument,
  LensDocument,
  LogitAttributionDocument,
  ModelsDocument,
  type PromptInput,
  RepeatRunDocument,
  RunDocument,
  StartLogitAttributionDocument,
  TokenizeDocument,
} from '../../src/client/generated/graphql.ts';
import { referenceFolder } from '../reference/reference.ts';
import { queryData } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const template = `{% for message in messages %}
{% if message.role == 'tool' %}{{ raise_exception('No tools here') }}{% endif %}
{{ eos_token + message.role + ':' + message.content }}{% if not loop.last %}{{ '\\n' }}{% endif %}
{% endfor %}
{% if add_generation_prompt %}{{ eos_token + 'bot:' }}{% endif %}`;
const messages = [
  { role: 'system', content: 'the sea' },
  { role: 'user', content: 'user' },
];
/** What the template makes of them. */
const text = '<|endoftext|>system:the sea\n<|endoftext|>user:user<|endoftext|>bot:';
const model = 'chat';

interface Listed {
  readonly text: string;
  readonly role: string | null;
}

/** The text of the tokens of each role, marks and all. */
function byRole(tokens: readonly Listed[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const { text, role } of tokens) texts[role ?? ''] = (texts[role ?? ''] ?? '') + text;
  return texts;
}

const spoken = { '': text.replace('the sea', '').replace('user:user', 'user:'), system: 'the sea', user: 'user' };

describe('a prompt of messages', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const folder = join(server.models, model);
    await cp(referenceFolder('llama-grouped'), folder, { recursive: true });
    await writeFile(join(folder, 'chat_template.jinja'), template);
  });
  after(() => server.close());

  const tokenize = async (asked: { text: string } | { messages: typeof messages }) => {
    const { model: found } = await server.client.request(TokenizeDocument, { model, ...asked });
    assert.ok(found?.__typename === 'Model' && found.tokenize);
    return found.tokenize;
  };
  const attribution = (prompt: PromptInput) => ({ model, prompt, target: { token: { tokenId: 70 } } });
  const explain = async (prompt: PromptInput) => {
    const input = attribution(prompt);
    const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, { input });
    assert.ok(answer.__typename === 'LogitAttribution', JSON.stringify(answer));
    return answer;
  };
  const promptOf = async (id: string) => {
    const { run } = await server.client.request(RunDocument, { id });
    assert.ok(run);
    return run.input.prompt;
  };
  const faultOf = async (prompt: PromptInput, name = model) => {
    const input = { ...attribution(prompt), model: name };
    const { logitAttribution: answer } = await server.client.request(LogitAttributionDocument, { input });
    assert.ok(answer.__typename === 'PromptError', JSON.stringify(answer));
    return answer.message;
  };

  it('is for models that have a chat template', async () => {
    const { models } = await server.client.request(ModelsDocument, {});
    const found = models?.edges.map(({ node }) => [node.name, node.__typename === 'Model' && node.hasChatTemplate]);
    assert.deepEqual(found, [
      ['chat', true],
      ['llama', false],
      ['sample', false],
    ]);
    assert.match(await faultOf({ messages }, 'sample'), /^sample has no chat template.*`text` or `tokenIds`$/);
  });

  it('is what the template makes of them, and each token knows who speaks', async () => {
    const tokens = await tokenize({ messages });
    assert.deepEqual(byRole(tokens), spoken);
    const plain = await tokenize({ text });
    assert.deepEqual(
      tokens.map(({ tokenId }) => tokenId),
      plain.map(({ tokenId }) => tokenId),
    );
    assert.deepEqual(byRole(plain), { '': text });
  });

  it('ends with the last message where that is the assistant’s', async () => {
    const answered = [...messages, { role: 'assistant', content: 'rises ' }];
    const tokens = await tokenize({ messages: answered });
    const written = `${text.slice(0, text.lastIndexOf('<'))}\n<|endoftext|>assistant:rises `;
    assert.equal(tokens.map(({ text }) => text).join(''), written);
    assert.equal(byRole(tokens).assistant, 'rises');
  });

  it('is told with a run: in its tokens, and as messages', async () => {
    const { run, tokens } = await explain({ messages });
    assert.deepEqual(byRole(tokens.map(({ token }) => token)), spoken);
    const prompt = await promptOf(run.id);
    assert.deepEqual(byRole(prompt.tokens), spoken);
    assert.deepEqual(
      prompt.messages?.map(({ role, content }) => ({ role, content })),
      messages,
    );
    for (const { role, from, to } of prompt.messages ?? []) {
      const own = prompt.tokens.flatMap((token) => (token.role === role ? [token.position] : []));
      assert.deepEqual([from, to], [own[0], (own.at(-1) as number) + 1]);
    }
  });

  it('asks what its tokens ask: the run that was asked as text is found, and tells who speaks from then on', async () => {
    const target = { token: { tokenId: 71 } };
    const ask = async (prompt: PromptInput) => {
      const input = { model, prompt, target };
      const { startLogitAttribution: started } = await server.client.request(StartLogitAttributionDocument, { input });
      assert.ok(started.__typename === 'RunPayload', JSON.stringify(started));
      return started.run.id;
    };
    const asText = await ask({ text });
    assert.equal((await promptOf(asText)).messages, null);
    assert.equal(await ask({ messages }), asText);
    assert.deepEqual(byRole((await promptOf(asText)).tokens), spoken);
    const ids = (await tokenize({ text })).map(({ tokenId }) => tokenId);
    assert.equal(await ask({ tokenIds: ids }), asText);
    assert.deepEqual(byRole((await promptOf(asText)).tokens), spoken, 'ids do not say that there are no messages');
  });

  it('is told by the events of each kind of run, and kept where a run is asked for again', async () => {
    const circulated = await collect(
      server.client.subscribe(CirculationDocument, { input: { model, prompt: { messages } } }),
    );
    const [begun] = circulated.map(({ circulation }) => circulation);
    assert.ok(begun?.__typename === 'CirculationStarted');
    assert.deepEqual(byRole(begun.tokens), spoken);
    const input = { model, prompt: { messages }, maxTokens: 2 };
    const generated = await collect(server.client.subscribe(GenerationDocument, { input, explained: false }));
    const [started] = generated.map(({ generation }) => generation);
    assert.ok(started?.__typename === 'GenerationStarted');
    assert.deepEqual(byRole(started.tokens), spoken);

    const folder = join(server.models, model);
    const { repeatRun } = await server.client.request(RepeatRunDocument, { id: started.run.id });
    assert.ok(repeatRun.__typename === 'RunPayload');
    assert.equal(repeatRun.run.id, started.run.id);
    // Another model by its configuration: the question has no run yet.
    await writeFile(join(folder, 'tokenizer_config.json'), '{ "eos_token": "<|endoftext|>" }');
    const { repeatRun: anew } = await server.client.request(RepeatRunDocument, { id: started.run.id });
    assert.ok(anew.__typename === 'RunPayload');
    assert.notEqual(anew.run.id, started.run.id);
    assert.deepEqual(byRole((await promptOf(anew.run.id)).tokens), spoken);
  });

  it('is read by the lens, for activations and estimates', async () => {
    const { length } = await tokenize({ text });
    const { lens } = await server.client.request(LensDocument, { input: { model, prompt: { messages } } });
    assert.ok(lens.__typename === 'Lens');
    assert.deepEqual(byRole(lens.tokens), spoken);
    const { activations } = await server.client.request(ActivationsDocument, {
      input: { model, prompt: { messages }, layers: [0] },
    });
    assert.ok(activations.__typename === 'Activations');
    assert.deepEqual(byRole(activations.tokens), spoken);
    const asked = { logitAttribution: { input: attribution({ messages }) } };
    const { estimate } = await server.client.request(EstimateDocument, { input: asked });
    assert.ok(estimate.__typename === 'Estimate');
    assert.equal(estimate.tokens, length);
  });

  it('is refused with what is wrong', async () => {
    const said = (content: string, role = 'user') => ({ messages: [{ role, content }] });
    assert.match(await faultOf({ messages: [] }), /takes at least one/);
    assert.match(await faultOf(said('x', 'tool')), /refuses these messages: No tools here$/);
    assert.match(await faultOf(said('x', 'r'.repeat(65))), /role of message 0 has 65 characters; it has at most 64/);
    assert.match(await faultOf({ messages: Array(1025).fill(messages[0]) }), /1025 messages; at most 1024/);
    assert.match(await faultOf(said('x'.repeat(100_000))), /100000 characters/);
    assert.match(await faultOf(said('x y '.repeat(30))), /reads at most 64$/);
  });

  it('is asked of `tokenize` in the place of a text', async () => {
    for (const asked of ['', '(text: "x", messages: [{ role: "user", content: "x" }])'])
      await assert.rejects(
        queryData(server.url, `{ model(name: "chat") { ... on Model { tokenize${asked} { text } } } }`),
        /exactly one of `text` and `messages`/,
      );
    await assert.rejects(
      server.client.request(TokenizeDocument, { model, messages: [{ role: 'user', content: 'x'.repeat(16_385) }] }),
      /takes at most 16384/,
    );
  });

  it('is written by the template as it is now', async () => {
    const folder = join(server.models, model);
    const textNow = async () => (await tokenize({ messages })).map(({ text }) => text).join('');
    await writeFile(join(folder, 'chat_template.jinja'), 'Now: {{ messages[1].content }}');
    assert.equal(await textNow(), 'Now: user');
    await rm(join(folder, 'chat_template.jinja'));
    assert.match(await faultOf({ messages }), /^chat has no chat template/);
  });
});
