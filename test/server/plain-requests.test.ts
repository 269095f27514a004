/**
 * What any page can make its reader's browser send (an image's address, a form) may read and nothing else. Each client
 * that says more of itself goes on as before: the headers are those that it sends.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import {
  type GraphQLField,
  type GraphQLObjectType,
  getIntrospectionQuery,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { LogitAttributionDocument } from '../../src/client/generated/graphql.ts';
import { rawRequest } from '../support/raw-connection.ts';
import { startTestServer, type TestServer } from './harness.ts';

const input = '{ model: "llama", prompt: { tokenIds: [5, 9, 70] } }';
const many = '{ model: "llama", prompt: { tokenIds: [5, 9, 70] }, targets: [{}] }';
const unanswered = '{ model: "llama", prompt: { tokenIds: [7, 7, 7] } }';
const text = '{ model: "llama", prompt: { tokenIds: [5, 9, 70] }, text: "a" }';
const passages = '{ model: "llama", passages: [{ name: "a", text: "b" }] }';
const swept =
  '{ experiment: "e", models: ["llama"], rows: { prompts: [{ prompt: { tokenIds: [1] } }] }, operations: [{ logitAttribution: {} }] }';
const attribution = `{ logitAttribution(input: ${unanswered}) { __typename ... on Error { message } } }`;
const circulation = `subscription { circulation(input: ${input}) { __typename ... on Error { message } } }`;

/** What each client sends of itself with a GET, from its source: urql 6, Apollo Client 4, graphql-sse and EventSource. */
const urql = {
  accept:
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
};
const apollo = {
  accept: 'application/graphql-response+json,application/json;q=0.9',
  'content-type': 'application/json',
};
const events = { accept: 'text/event-stream' };
const lab = 'https://lab.example';

describe('a request that any page can have sent', () => {
  let server: TestServer;
  let host: string;
  let run: string;
  let attributed: string;
  before(async () => {
    server = await startTestServer({ ALLOWED_ORIGINS: lab });
    ({ host } = new URL(server.url));
    const { logitAttribution } = await server.client.request(LogitAttributionDocument, {
      input: { model: 'llama', prompt: { tokenIds: [5, 9, 70] } },
      experiment: 'first',
    });
    assert.ok(logitAttribution.__typename === 'LogitAttribution');
    run = logitAttribution.run.id;
    attributed = btoa(atob(run).replace('Run', 'LogitAttribution'));
  });
  after(() => server.close());

  const get = (query: string, headers: Record<string, string> = {}) =>
    rawRequest(server.url, `GET /graphql?query=${encodeURIComponent(query)}`, { host, ...headers });

  /** Whether what is done has any model asked, or leaves a run behind. */
  const startsNothing = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    const spies = [mock.method(server.queue, 'run'), mock.method(server.queue, 'estimate')];
    const runs = async () => (await get('{ runs { edges { node { id } } } }', apollo)).body;
    const before = await runs();
    const value = await work();
    assert.equal(await runs(), before);
    assert.deepEqual(
      spies.map(({ mock }) => mock.callCount()),
      [0, 0],
    );
    mock.restoreAll();
    return value;
  };

  it('reads what there is to read', async () => {
    const { status, body } = await get('{ models { edges { node { name } } } }', urql);
    assert.equal(status, 200);
    assert.match(body, /"llama".*"sample"/);
    assert.match((await get(`{ run(id: "${run}") { status modelName } }`, urql)).body, /"COMPLETED"/);
  });

  it('starts nothing, whatever it asks for and accepts, and is told what would', async () => {
    const asked = [
      attribution,
      `{ logitAttributions(input: ${many}) { __typename } }`,
      '{ circuits(model: "llama") { ... on Circuits { heads { copying } } } }',
      `{ activations(input: ${input}) { ... on Activations { layers { z { shape } } } } }`,
      `{ lens(input: ${input}) { ... on Lens { layers { afterBlock { entropy } } } } }`,
      `{ citedContext(input: ${passages}) { ... on CitedContext { rest } } }`,
      `{ targetCandidates(input: ${text}) { ... on TargetCandidates { likeliest { rank } } } }`,
      `{ run(id: "${run}") { attribution { layers { residual } } } }`,
      `{ node(id: "${run}") { ... on Run { attribution { bias } } } }`,
      `{ node(id: "${attributed}") { ... on LogitAttribution { layers { residual } } } }`,
      '{ estimate(input: { circuits: { model: "llama" } }) { __typename } }',
      `{ estimateSweep(input: ${swept}) { __typename } }`,
      circulation,
      `subscription { runEvents(runId: "${run}") { __typename } }`,
    ];
    for (const query of asked)
      for (const accept of ['application/json', 'image/avif,image/webp,*/*;q=0.8', 'text/event-stream', urql.accept]) {
        const { status, body } = await startsNothing(() => get(query, { accept }));
        assert.equal(status, 403, `${query} ${body}`);
        assert.match(body, /graphql-require-preflight/, query);
      }
    const mutation = await startsNothing(() => get(`mutation { startCirculation(input: ${input}) { __typename } }`));
    assert.match(mutation.body, /POST/);
  });

  it('reaches no field that has a model run', { timeout: 60_000 }, async () => {
    const values: Record<string, string> = {
      'Query.model(name)': '"llama"',
      'Query.node(id)': JSON.stringify(run),
      'Query.nodes(ids)': JSON.stringify([run]),
      'Query.run(id)': JSON.stringify(run),
      'Query.experiment(name)': '"first"',
      'Query.sweep(id)': JSON.stringify(run),
      'Query.compareRuns(a)': JSON.stringify(run),
      'Query.compareRuns(b)': JSON.stringify(run),
      'Query.circuits(model)': '"llama"',
      'Query.logitAttribution(input)': unanswered,
      'Query.logitAttributions(input)': many,
      'Query.targetCandidates(input)': text,
      'Model.tokenize(text)': '"a"',
      'Query.estimate(input)': '{ circuits: { model: "llama" } }',
      'Circuits.composition(kind)': 'K',
      'Circuits.strongest(kind)': 'K',
      'LogitAttribution.sources(position)': '1',
      'LogitAttribution.groups(by)': 'WORDS',
      'Generation.groups(by)': 'WORDS',
    };
    const argumentsOf = (type: string, field: GraphQLField<unknown, unknown>) => {
      const given = field.args.flatMap((argument) => {
        if (argument.name === 'first') return ['first: 1'];
        const value = values[`${type}.${field.name}(${argument.name})`];
        if (!value && !isRequiredArgument(argument)) return [];
        assert.ok(value, `say here what ${type}.${field.name}(${argument.name}) may be`);
        return [`${argument.name}: ${value}`];
      });
      return given.length > 0 ? `(${given.join(', ')})` : '';
    };
    /** One query for each field that is not marked, by the shortest way to it through others. */
    const queries: string[] = [];
    const ways: [type: GraphQLObjectType, wrap: (selection: string) => string][] = [
      [schema.getQueryType() as GraphQLObjectType, (selection) => `{ ${selection} }`],
    ];
    const reached = new Set<GraphQLObjectType>();
    for (const [type, wrap] of ways) {
      if (reached.has(type)) continue;
      reached.add(type);
      for (const field of Object.values(type.getFields()).filter(({ extensions }) => !extensions.computes)) {
        const call = `${field.name}${argumentsOf(type.name, field)}`;
        const inner = getNamedType(field.type);
        queries.push(wrap(isLeafType(inner) ? call : `${call} { __typename }`));
        for (const one of isAbstractType(inner) ? schema.getPossibleTypes(inner) : isObjectType(inner) ? [inner] : [])
          ways.push([one, (selection) => wrap(`${call} { ... on ${one.name} { ${selection} } }`)]);
      }
    }
    assert.ok(queries.length > 100 && reached.has(schema.getType('Run') as GraphQLObjectType));
    await startsNothing(async () => {
      for (const query of queries) {
        const { body } = await get(query, { accept: 'application/json' });
        assert.doesNotMatch(body, /"errors"/, `${query}\n${body}`);
      }
    });
  });

  it('is a POST of a form or a text too, which are not even read', async () => {
    const form = new URLSearchParams({ query: attribution }).toString();
    const json = JSON.stringify({ query: attribution });
    const sent: [type: string | undefined, body: string][] = [
      ['application/x-www-form-urlencoded', form],
      ['Application/X-WWW-Form-Urlencoded; charset=utf-8', form],
      ['text/plain', json],
      ['text/plain, application/json', json],
      ['multipart/form-data; boundary=x', '--x--'],
      [undefined, json],
      ['', json],
    ];
    for (const [type, body] of sent) {
      const headers = { host, accept: 'application/json', ...(type !== undefined && { 'content-type': type }) };
      const answer = await startsNothing(() => rawRequest(server.url, 'POST /graphql', headers, body));
      assert.equal(answer.status, 415, type);
      assert.match(answer.body, /application\/json/, type);
    }
  });

  it('is none where it has a header that needs a preflight, or a type that does', async () => {
    const headers: Record<string, string>[] = [
      { 'graphql-require-preflight': '1' },
      { 'apollo-require-preflight': 'true' },
      { 'x-apollo-operation-name': 'Attribution' },
      { 'content-type': 'application/json' },
      { 'content-type': 'application/graphql-response+json; charset=utf-8' },
    ];
    for (const header of headers) {
      const { status, body } = await get(attribution, { accept: 'application/json', ...header });
      assert.equal(status, 200, body);
      assert.match(body, /"LogitAttribution"/);
    }
    const plain: Record<string, string>[] = [
      { 'content-type': 'text/plain;charset=utf-8' },
      { 'content-type': 'multipart/form-data' },
      { 'content-type': 'TEXT/PLAIN, application/json' },
      { 'content-type': '' },
      { 'graphql-require-preflight': '' },
      { 'x-anything': '1' },
    ];
    for (const header of plain) {
      const { status } = await startsNothing(() => get(attribution, { accept: 'application/json', ...header }));
      assert.equal(status, 403, JSON.stringify(header));
    }
  });

  it('is none where the browser says that a page of the server, or of an allowed origin, sends it', async () => {
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
    const stream = /event: next\s+data: .*CirculationStarted.*event: complete/s;
    assert.match((await get(circulation, { ...events, ...own })).body, stream);
    assert.match((await get(attribution, { ...urql, ...own })).body, /"LogitAttribution"/);
    const listed = { origin: lab, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    const answer = await get(circulation, { ...events, ...listed });
    assert.equal(answer.headers['access-control-allow-origin'], lab);
    assert.match(answer.body, stream);
    const address = await startsNothing(() => get(attribution, { ...urql, 'sec-fetch-site': 'none' }));
    assert.equal(address.status, 403, 'an address that was typed, or opened from a mail, is no page of the server');
  });

  it('is none of what Apollo Client sends by GET, and of what code generators ask by either method', async () => {
    assert.match((await get(attribution, apollo)).body, /"LogitAttribution"/);
    const introspection = getIntrospectionQuery();
    for (const headers of [apollo, { accept: 'application/graphql-response+json, application/json, multipart/mixed' }])
      assert.match((await get(introspection, headers)).body, /"__schema".*"logitAttribution"/s);
    const body = JSON.stringify({ query: introspection });
    const posted = await rawRequest(server.url, 'POST /graphql', { host, ...apollo }, body);
    assert.match(posted.body, /"__schema"/);
  });

  it('may be made another by a preflight, which pages of allowed origins are granted, and no others', async () => {
    const preflight = (origin: string) =>
      rawRequest(server.url, 'OPTIONS /graphql', {
        host,
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'graphql-require-preflight',
        'sec-fetch-site': 'cross-site',
      });
    const { headers } = await preflight(lab);
    assert.equal(headers['access-control-allow-origin'], lab);
    assert.equal(headers['access-control-allow-headers'], 'graphql-require-preflight');
    assert.match(headers['access-control-allow-methods'] ?? '', /GET/);
    const refused = await preflight('https://evil.example');
    assert.equal(refused.headers['access-control-allow-origin'], undefined);
    assert.equal(refused.headers['access-control-allow-headers'], undefined);
  });
});
