/** Chats as transformers writes them, in the style of well-known models (test/reference/chat), and what hostile templates do. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { open } from '../../test/support/tokenizers.ts';
import type { TributaryError } from '../errors.ts';
import { strftime } from './chat/strftime.ts';
import { ChatTemplate } from './chat/template.ts';
import { messagesIn } from './chat/tokens.ts';
import { chatTemplateOf } from './chat-template.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type ChatMessage, roleAt } from './messages.ts';
import type { Tokenizer } from './tokenizer.ts';

type Messages = [role: string, content: string][];

interface Case {
  readonly messages: Messages;
  readonly text?: string;
  readonly ids?: number[];
  /** Null where a search does not find each content once. */
  readonly spans?: [role: string, from: number, to: number][] | null;
  readonly error?: string;
}

interface Chat {
  readonly template: string;
  readonly tokenizer: string;
  readonly added: string[];
  readonly special: Record<string, string>;
  readonly cases: Case[];
}

interface TokenizerFile {
  readonly model: { readonly vocab: Record<string, number> | unknown[] };
  readonly added_tokens: { readonly id: number }[];
}

const folder = new URL('../../test/reference/', import.meta.url);
const read = (path: string) => readFile(new URL(path, folder), 'utf8');
const { chats, dates } = JSON.parse(await read('chat/chat.json')) as { chats: Chat[]; dates: [string, string][] };
const lines = (await read('tokenizers/tokenizers.jsonl')).trim().split('\n');
const tokenizers = new Map(
  lines.map((line) => JSON.parse(line)).map(({ name, tokenizer }) => [name as string, tokenizer as TokenizerFile]),
);

/** A tokenizer of the references, with special tokens behind its own. */
function withAdded(name: string, added: readonly string[]): Promise<Tokenizer> {
  const json = tokenizers.get(name) as TokenizerFile;
  const { vocab } = json.model;
  const ids = Array.isArray(vocab) ? [...vocab.keys()] : Object.values(vocab);
  const first = Math.max(...ids, ...json.added_tokens.map(({ id }) => id)) + 1;
  const tokens = added.map((content, index) => ({ id: first + index, content, special: true, normalized: false }));
  return open({ ...json, added_tokens: [...json.added_tokens, ...tokens] });
}

const chatOf = (messages: Messages): ChatMessage[] => messages.map(([role, content]) => ({ role, content }));
const user = (content: string): ChatMessage[] => [{ role: 'user', content }];

for (const { template: style, tokenizer: name, added, special, cases } of chats) {
  describe(`a chat template in the style of ${style}`, async () => {
    const template = new ChatTemplate(await read(`chat/templates/${style}.jinja`), special);
    const tokenizer = await withAdded(name, added);

    for (const { messages, text, ids, spans, error } of cases) {
      const what = messages.map(([role, content]) => `${role}: ${JSON.stringify(content)}`).join(', ');
      if (error !== undefined)
        it(`refuses ${what}, with the reason that the reference gives`, () => {
          const reason = (thrown: TributaryError) => thrown.code === 'PROMPT' && thrown.message.includes(error);
          assert.throws(() => template.write(chatOf(messages)), reason);
        });
      else
        it(`writes ${what} as the reference does`, () => {
          const written = template.write(chatOf(messages));
          assert.equal(written.text, text);
          const tokens = tokenizer.place(written.text);
          assert.deepEqual(
            tokens.map(({ id }) => id),
            ids,
          );
          if (!spans) return;
          const found = messagesIn(chatOf(messages), written, tokens);
          assert.deepEqual(
            found.map(({ role, from, to }) => [role, from, to]),
            spans,
          );
        });
    }
  });
}

describe('the messages in a prompt', () => {
  const special = { bos_token: '<s>' };
  const rolesOf = async (source: string, messages: ChatMessage[], name = 'gpt2') => {
    const written = new ChatTemplate(source, special).write(messages);
    const tokenizer = await withAdded(name, ['<u>', '<e>']);
    const tokens = tokenizer.place(written.text);
    const prompt = { inputIds: [], messages: messagesIn(messages, written, tokens) };
    return tokens.map(({ id }, position) => [tokenizer.token(id).text, roleAt(prompt, position)]);
  };
  const partsOf = (roles: (string | undefined)[][], role: string | undefined) =>
    roles.flatMap(([text, own]) => (own === role ? [text] : [])).join('');
  const plain = '{% for m in messages %}<u>{{ m.role }}: {{ m.content }}<e>{% endfor %}';

  it('are not what the template writes, though they say the same', async () => {
    const roles = await rolesOf(plain, [{ role: 'user', content: 'user' }, ...user('user: user')]);
    assert.equal(partsOf(roles, 'user'), 'useruser: user');
    assert.equal(partsOf(roles, undefined), '<u>user: <e><u>user: <e>');
  });

  it('have the text that a template leaves of them, and none where it leaves nothing', async () => {
    const source = "<u>{{ messages[0].content.split('|')[-1] }}<e>{{ messages[1].content.split('|')[0] }}";
    const chat = [...user('gone|kept'), { role: 'system', content: 'said|twice' }];
    const roles = await rolesOf(source, chat);
    assert.equal(partsOf(roles, 'user'), 'kept');
    assert.equal(partsOf(roles, 'system'), 'said');
    const left = await rolesOf('<u>{{ messages[0].content }}<e>', chat);
    assert.deepEqual([...new Set(left.map(([, role]) => role))], [undefined, 'user']);
  });

  it('are not told where marked messages are written in another way', async () => {
    const source = "<u>{{ messages[0].content if messages[0].content|length < 6 else 'long' }}<e>";
    const roles = await rolesOf(source, user('short'));
    assert.equal(partsOf(roles, undefined), '<u>short<e>');
  });

  it('have marks that do not meet characters of a content', async () => {
    const roles = await rolesOf(plain, user('a\u{f0000}\u{f0001}b'));
    assert.equal(roles.filter(([, role]) => role === 'user').length, 10, 'bytes of two characters, and two letters');
  });

  it('have the tokens that can only be theirs where a tokenizer changes the text', async () => {
    const changed = await rolesOf(plain, user('Hello'), 'lower-case');
    assert.equal(partsOf(changed, 'user'), '', 'role and content are one piece of text');
    const alone = await rolesOf(
      '{% for m in messages %}<u>{{ m.content }}<e>{% endfor %}',
      user('Hello'),
      'lower-case',
    );
    assert.equal(partsOf(alone, 'user'), 'hello');
    const same = await rolesOf(plain, user('hello'), 'lower-case');
    assert.equal(partsOf(same, 'user'), 'hello');
  });

  it('share no token: one of two messages is of the first', async () => {
    const roles = await rolesOf('{{ messages[0].content }}{{ messages[1].content }}', [
      ...user('the ri'),
      { role: 'system', content: 'ver' },
    ]);
    assert.equal(partsOf(roles, 'user') + partsOf(roles, 'system'), 'the river');
  });
});

describe('a chat template', () => {
  it('has the date as Python writes it', () => {
    const date = new Date(2026, 0, 5, 7, 8, 9);
    for (const [format, text] of dates) assert.equal(strftime(date, format), text);
    const year = new ChatTemplate("{{ strftime_now('%Y') }}{{ messages[0].content }}", {}).write(user('.'));
    assert.match(year.text, /^\d{4}\.$/);
  });

  const faults: [what: string, source: string, message: RegExp][] = [
    ['is no Jinja', '{% for %}', /cannot write these messages: Unexpected token/],
    ['is never closed', '{{ messages', /cannot write these messages/],
    ['calls what is none', '{{ nothing() }}', /cannot write these messages: .*not a function/],
    ['raises', "{{ raise_exception('Only tools') }}", /refuses these messages: Only tools$/],
    ['raises a very long text', '{{ raise_exception(messages[0].content) }}', /refuses these messages: x{500}$/],
    ['counts to a billion', '{% for i in range(10**9) %}x{% endfor %}', /range\(\) makes at most 100000 numbers/],
    ['counts within counts', `${'{% for i in range(99999) %}'.repeat(3)}x`.concat('{% endfor %}'.repeat(3)), /./],
    [
      'doubles a text for ever',
      '{% set ns = namespace(x="ab") %}{% for i in range(999) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}',
      /more work than a chat template may be/,
    ],
    [
      'doubles a list for ever',
      '{% set ns = namespace(x=[1, 2]) %}{% for i in range(999) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      /more work than a chat template may be/,
    ],
    [
      'writes lists within lists',
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
      /takes longer than 1000 milliseconds/,
    ],
    ['calls itself', '{% macro a() %}{{ b() }}{% endmacro %}{% set b = a %}{{ a() }}', /cannot write these messages/],
  ];
  for (const [what, source, message] of faults)
    it(`that ${what} is refused, and the next one is written`, () => {
      const template = new ChatTemplate(source, {});
      assert.throws(() => template.write(user('x'.repeat(600))), { code: 'PROMPT', message });
      assert.equal(new ChatTemplate('{{ messages[0].content }}', {}).write(user('hello')).text, 'hello');
    });

  it('has nothing of the server in its reach', () => {
    const source = "{{ ''.constructor }}{{ messages.__proto__ }}{{ range.constructor }}{{ process }}{{ globalThis }}|";
    assert.equal(new ChatTemplate(source, {}).write(user('x')).text, '|');
  });

  it('takes at least one message', () => {
    assert.throws(() => new ChatTemplate('x', {}).write([]), { code: 'PROMPT', message: /no messages/ });
  });

  it('cannot leave out a last message that is to be gone on with', () => {
    const last: ChatMessage[] = [{ role: 'assistant', content: 'Well' }];
    assert.throws(() => new ChatTemplate('x', {}).write(last), { code: 'PROMPT', message: /cannot be gone on with/ });
  });
});

describe('the chat template of a checkpoint', () => {
  const written = async (files: Record<string, unknown>) => {
    await using folder = await temporaryFolder();
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      await writeFile(join(folder.path, name), text);
    }
    return (await chatTemplateOf(folder.path))?.write(user('hi')).text;
  };
  const own = { chat_template: 'config: {{ messages[0].content }}' };

  it('is that of chat_template.jinja, or else of the configuration of the tokenizer', async () => {
    const jinja = 'file: {{ messages[0].content }}';
    assert.equal(await written({ 'chat_template.jinja': jinja, 'tokenizer_config.json': own }), 'file: hi');
    assert.equal(await written({ 'chat_template.jinja': jinja }), 'file: hi');
    assert.equal(await written({ 'tokenizer_config.json': own }), 'config: hi');
  });

  it('is of several the one that is named default', async () => {
    const template = (name: string) => ({ name, template: `${name}: {{ messages[0].content }}` });
    const config = (...names: string[]) => ({ 'tokenizer_config.json': { chat_template: names.map(template) } });
    assert.equal(await written(config('tool_use', 'default')), 'default: hi');
    assert.equal(await written(config('tool_use')), undefined);
  });

  it('need not be there', async () => {
    assert.equal(await written({}), undefined);
    assert.equal(await written({ 'tokenizer_config.json': { chat_template: null } }), undefined);
  });

  it('knows the special tokens, as texts or as objects, and that there are no tools', async () => {
    const chat_template =
      '{{ bos_token }}{{ eos_token }}{{ add_bos_token }}{{ tools is none }}{{ unk_token is defined }}';
    const tokens = { bos_token: '<s>', eos_token: { content: '</s>', lstrip: false }, add_bos_token: true };
    assert.equal(await written({ 'tokenizer_config.json': { chat_template, ...tokens } }), '<s></s>truefalse');
  });

  it('has a bounded length, and is a text', async () => {
    const long = { 'chat_template.jinja': 'x'.repeat(300_000) };
    await assert.rejects(written(long), { code: 'CHECKPOINT', message: /at most 262144/ });
    const wrong = { 'tokenizer_config.json': { chat_template: 5 } };
    await assert.rejects(written(wrong), { code: 'CHECKPOINT', message: /chat_template/ });
  });

  it('is part of what is looked at to tell whether a checkpoint has changed', async () => {
    await using folder = await temporaryFolder();
    const before = await fingerprintOf(folder.path);
    await writeFile(join(folder.path, 'chat_template.jinja'), 'x');
    assert.notEqual(await fingerprintOf(folder.path), before);
  });
});
