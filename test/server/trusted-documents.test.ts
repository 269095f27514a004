import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getIntrospectionQuery, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { builtExplorer, documentsIn } from '../../src/build/explorer.ts';
import { TributaryClient } from '../../src/client/client.ts';
import { RequestError } from '../../src/client/errors.ts';
import { CirculationDocument, ModelsDocument, RunDocument } from '../../src/client/generated/graphql.ts';
import { readTrustedDocuments } from '../../src/server/trusted-documents.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

const manifest = fileURLToPath(new URL('../../src/client/generated/persisted-documents.json', import.meta.url));
const untrusted = '{ models { edges { node { name } } } }';

let server: TestServer;
let client: TributaryClient;

before(async () => {
  server = await startTestServer({ TRUSTED_DOCUMENTS: manifest });
  client = new TributaryClient(server.url, { retries: 0, trustedDocuments: true });
});

after(async () => {
  await client.close();
  await server.close();
});

function hashOf(document: object): string {
  const { __meta__: meta } = document as { readonly __meta__: { readonly hash: string } };
  return meta.hash.replace('sha256:', '');
}

const persisted = (document: object) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(document) } });

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

async function post(body: object, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, answer: parsed(text) };
}

async function get(parameters: Record<string, string>) {
  const response = await fetch(`${server.url}?${new URLSearchParams(parameters)}`);
  return { status: response.status, answer: (await response.json()) as Answer };
}

function parsed(text: string): Answer {
  return text.startsWith('{') ? (JSON.parse(text) as Answer) : {};
}

/** What one operation over a WebSocket comes to: a result, or the errors that it was refused with. */
async function overSocket(payload: { query: string; extensions?: Record<string, unknown>; documentId?: string }) {
  const sockets = createClient({ url: server.url.replace('http', 'ws'), webSocketImpl: WebSocket });
  try {
    const { value } = await sockets.iterate(payload).next();
    return value as Answer;
  } catch (errors) {
    return { errors } as Answer;
  } finally {
    await sockets.dispose();
  }
}

function assertRefused({ errors }: Answer): void {
  assert.equal(errors?.[0]?.extensions.code, 'UNTRUSTED_DOCUMENT');
}

describe('a server of trusted documents', () => {
  it('answers the typed client, which sends nothing but hashes', async () => {
    const { models } = await client.request(ModelsDocument, {});
    assert.ok(models && models.edges.length > 0);
    const input = { model: 'sample', prompt: { tokenIds: [5, 6, 7] }, track: [1] };
    const events = await collect(client.subscribe(CirculationDocument, { input }));
    assert.equal(events.at(-1)?.circulation.__typename, 'CirculationCompleted');
  });

  it('takes a hash by POST and by GET, in either of two places', async () => {
    const extensions = persisted(ModelsDocument);
    const documentId = `sha256:${hashOf(ModelsDocument)}`;
    assert.ok((await post({ extensions })).answer.data);
    assert.ok((await post({ documentId })).answer.data);
    assert.ok((await get({ extensions: JSON.stringify(extensions) })).answer.data);
    assert.ok((await get({ documentId })).answer.data);
  });

  it('takes one for server-sent events', async () => {
    const variables = { input: { model: 'sample', prompt: { tokenIds: [5, 6, 7] }, track: [1] } };
    const body = { extensions: persisted(CirculationDocument), variables };
    const { text } = await post(body, { accept: 'text/event-stream' });
    assert.match(text, /CirculationCompleted/);
    const refused = await post({ query: print(CirculationDocument), variables }, { accept: 'text/event-stream' });
    assert.match(refused.text, /UNTRUSTED_DOCUMENT/);
  });

  it('takes one over a WebSocket, in either of two places', async () => {
    assert.ok((await overSocket({ query: '', extensions: persisted(ModelsDocument) })).data);
    assert.ok((await overSocket({ query: '', documentId: hashOf(ModelsDocument) })).data);
  });

  it('refuses the text of any other document, over every transport, introspection too', async () => {
    for (const query of [untrusted, getIntrospectionQuery(), '{ __schema { queryType { name } } }']) {
      const posted = await post({ query });
      assert.equal(posted.status, 403);
      assertRefused(posted.answer);
      const got = await get({ query });
      assert.equal(got.status, 403);
      assertRefused(got.answer);
      assertRefused(await overSocket({ query }));
    }
  });

  it('refuses a hash that it does not know, and a request without one', async () => {
    const unknown = hash('sha256', untrusted);
    const { status, answer } = await post({ documentId: unknown });
    assert.equal(status, 400);
    assertRefused(answer);
    assertRefused((await post({})).answer);
    assertRefused((await post({ extensions: { persistedQuery: { version: 1, sha256Hash: 5 } } })).answer);
    assertRefused(await overSocket({ query: '', documentId: unknown }));
    for (const name of ['constructor', '__proto__']) assertRefused((await post({ documentId: name })).answer);
  });

  it('refuses a text that comes with a known hash', async () => {
    assertRefused((await post({ query: untrusted, extensions: persisted(ModelsDocument) })).answer);
    assertRefused(await overSocket({ query: untrusted, extensions: persisted(ModelsDocument) }));
  });

  it('has switched GraphiQL off, and says so', async () => {
    const response = await fetch(server.url, { headers: { accept: 'text/html' } });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /GraphiQL is switched off.*TRUSTED_DOCUMENTS/);
  });

  it('tells a client that sends texts what would be right', async () => {
    await assert.rejects(server.client.request(RunDocument, { id: 'none' }), (error: RequestError) => {
      assert.ok(error instanceof RequestError);
      assert.match(error.message, /persistedQuery\.sha256Hash/);
      return true;
    });
  });
});

describe('the page of a server of trusted documents', () => {
  it('is answered whatever it asks, in its own words', async () => {
    const { folder, fault } = await builtExplorer();
    assert.ok(folder, fault);
    const documents = await documentsIn(folder);
    const texts = Object.values(documents);
    assert.ok(texts.length > 30);
    for (const [id, text] of Object.entries(documents)) assert.equal(id, hash('sha256', text));
    const { TrustedDocuments } = await import('../../src/server/trusted-documents.ts');
    const trusted = new TrustedDocuments({ other: untrusted }, documents);
    for (const query of texts) assert.equal(trusted.textOf({ query }), query);
    assert.throws(() => trusted.textOf({ query: `${texts[0]} ` }), /trusted documents only/);
  });
});

describe('a file of trusted documents', () => {
  it('that is none keeps the server from starting, with what is wrong', async () => {
    await using folder = await temporaryFolder();
    const wrong: Record<string, [string, RegExp]> = {
      'text.json': ['no JSON', /it is no JSON\./],
      'list.json': ['[]', /it is no JSON object/],
      'empty.json': ['{}', /it has no documents/],
      'number.json': ['{ "a": 1 }', /what stands at a is no text/],
      'document.json': ['{ "a": "query {" }', /what stands at a is no GraphQL document: Syntax Error/],
    };
    for (const [name, [text, expected]] of Object.entries(wrong)) {
      const path = join(folder.path, name);
      await writeFile(path, text);
      await assert.rejects(readTrustedDocuments(path), expected);
    }
    const missing = join(folder.path, 'missing.json');
    await assert.rejects(
      startTestServer({ TRUSTED_DOCUMENTS: missing }),
      /TRUSTED_DOCUMENTS=.*it cannot be read \(ENOENT\)/,
    );
  });
});
