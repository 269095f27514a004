/** What is written to deploy by names settings and programs that there are, and works as far as a machine without Docker can tell. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, globSync, readFileSync } from 'node:fs';
import { chmod, chown, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { settingGroups } from '../../src/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { root } from './pages.ts';

const run = promisify(execFile);

const files = globSync('docs/deploy/*', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const fileText = (name: string) => readFileSync(join(root, 'docs/deploy', name), 'utf8');
const settings = new Set(settingGroups().flatMap((group) => group.settings.map(({ name }) => name)));

/** Variables that other programs read. */
const others = new Set(['PATH', 'NODE_OPTIONS', 'POSTGRES_USER', 'POSTGRES_PASSWORD', 'DATABASE_PASSWORD']);

/** What the image makes its files with. */
const dockerfile = fileText('Dockerfile').replaceAll('\\\n', ' ');
const imageVariables = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
    name,
    value.replaceAll('"', ''),
  ]),
);

function yaml(name: string): unknown[] {
  return parseAllDocuments(fileText(name), { merge: true }).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as unknown;
  });
}

/** Every object in it, itself included. */
function* within(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* within(part);
}

describe('what is written to deploy by', () => {
  it('sets only variables that are settings', () => {
    const compose = [...within(yaml('compose.yaml'))].flatMap(({ environment }) => Object.keys(environment ?? {}));
    const kubernetes = [...within(yaml('kubernetes.yaml'))].flatMap(({ env }) =>
      ((env ?? []) as { readonly name: string }[]).map(({ name }) => name),
    );
    const example = [...fileText('environment.example').matchAll(/^(\w+)=/gm)].map(([, name = '']) => name);
    const unit = [...fileText('tributary@.service').matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) =>
      [...line.matchAll(/(?:^|[ "])([A-Z_]+)=/g)].map(([, name = '']) => name),
    );
    for (const names of [compose, kubernetes, example, unit, Object.keys(imageVariables)]) {
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter((name) => !settings.has(name) && !others.has(name)),
        [],
      );
    }
  });

  it('names only settings that there are in its comments', () => {
    for (const file of files)
      for (const [name] of readFileSync(join(root, file), 'utf8').matchAll(
        /\b(?:MAX|ALLOWED|DATABASE|METRICS|PING)_[A-Z_]+\b/g,
      ))
        assert.ok(settings.has(name) || others.has(name), `${file}: ${name}`);
  });

  it('starts only programs that there are', () => {
    const programs = files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\bsrc\/[\w%/-]+\.ts\b/g)].map(([program]) => program),
    );
    assert.ok(programs.length > 5);
    for (const program of programs)
      for (const instance of ['main', 'worker'])
        assert.ok(existsSync(join(root, program.replace('%i', instance))), program);
  });

  it('has Node run as npm has it run', () => {
    const [, options] = /^node-options=(.*)$/m.exec(readFileSync(join(root, '.npmrc'), 'utf8')) ?? [];
    assert.equal(imageVariables.NODE_OPTIONS, options);
    assert.ok(fileText('tributary@.service').includes(`NODE_OPTIONS=${options}`));
  });

  it('gives a stop the time that it may take', () => {
    const [, longest] = /^const longestStop = ([\d_]+);/m.exec(readFileSync(join(root, 'src/main.ts'), 'utf8')) ?? [];
    const seconds = Number(longest?.replace('_', '')) / 1000;
    const times = [...within(yaml('kubernetes.yaml'))].flatMap(({ terminationGracePeriodSeconds: time }) => time ?? []);
    assert.equal(times.length, 2);
    for (const time of times) assert.ok(Number(time) > seconds);
    assert.ok(Number(/^TimeoutStopSec=(\d+)/m.exec(fileText('tributary@.service'))?.[1]) > seconds);
  });
});

const hasNginx = spawnSync('nginx', ['-v']).status === 0 && spawnSync('openssl', ['version']).status === 0;

it('nginx takes its file', { skip: !hasNginx && 'there is no nginx, or no openssl' }, async () => {
  await using folder = await temporaryFolder();
  const [key, certificate, site] = ['key.pem', 'certificate.pem', 'site.conf'].map((name) => join(folder.path, name));
  const subject = ['-subj', '/CN=tributary.example', '-keyout', `${key}`, '-out', `${certificate}`];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject]);
  const text = fileText('nginx.conf')
    .replace(/\/etc\/\S+fullchain\.pem/, `${certificate}`)
    .replace(/\/etc\/\S+privkey\.pem/, `${key}`)
    .replaceAll(/listen (443|80)/g, 'listen 127.0.0.1:1$1');
  await writeFile(`${site}`, text);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder.path}/${name};`,
  );
  const http = `http { access_log off; ${paths.join(' ')} include ${site}; }`;
  const whole = join(folder.path, 'nginx.conf');
  await writeFile(whole, `pid ${folder.path}/pid; error_log stderr; events {} ${http}`);
  await run('nginx', ['-t', '-c', whole]);
});

const isAsked = process.env.DEPLOY === 'image';
const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
const unable = !isAsked
  ? 'takes a minute: DEPLOY=image npm test -- deploy'
  : !isRoot && 'only root can become another user';

it('a copy that is made as the image is runs as another user who can write to no file of it', {
  skip: unable,
}, async () => {
  await using folder = await temporaryFolder();
  const [app, data] = [join(folder.path, 'app'), join(folder.path, 'data')];
  await mkdir(app);
  for (const [, names = ''] of dockerfile.matchAll(/^COPY (?!--)(.*) \S+$/gm))
    for (const name of names.split(' ')) await cp(join(root, name), join(app, name), { recursive: true });
  const commands = [...dockerfile.matchAll(/^RUN (npm .*)$/gm)].map(([, command = '']) => command);
  assert.equal(commands.length, 2);
  for (const command of commands) await run('sh', ['-c', command], { cwd: app });
  await mkdir(data);
  await chown(data, 10_001, 10_001);
  for (const path of [folder.path, app]) await chmod(path, 0o755);
  chmodSync(join(app, 'models'), 0o555);
  const variables = { ...imageVariables, HOST: '127.0.0.1', PORT: '0', MODELS_DIR: join(app, 'models') };
  const { PATH } = process.env;
  const env = { ...variables, PATH: `${join(app, 'node_modules/.bin')}:${PATH}`, DATABASE_URL: `file:${data}/test.db` };
  const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [program = '', ...words] = JSON.parse(command) as string[];
  const child = spawn(join(app, 'node_modules/.bin', program), words, { cwd: app, env, uid: 10_001, gid: 10_001 });
  try {
    const url = Promise.withResolvers<string>();
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const [, found] = /^GraphQL: (http\S+)\/graphql/.exec(line) ?? [];
        if (found) url.resolve(found);
      });
    child.once('close', () => url.reject(new Error(lines.join('\n'))));
    const origin = await url.promise;
    assert.equal((await fetch(`${origin}/`)).headers.get('content-type'), 'text/html; charset=utf-8');
    const query =
      '{ logitAttribution(input: { model: "sample", prompt: { text: "a" } }) { ... on LogitAttribution { audit { passed } } } }';
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${origin}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    assert.deepEqual(await answer.json(), { data: { logitAttribution: { audit: { passed: true } } } });
    const [, check = '[]'] = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [, ...checking] = JSON.parse(check) as string[];
    const asking = { env: { ...env, PORT: new URL(origin).port }, uid: 10_001, gid: 10_001 };
    await run(join(app, 'node_modules/.bin/node'), checking, asking);
    await assert.rejects(run(join(app, 'node_modules/.bin/node'), checking, { ...asking, env: { ...env, PORT: '1' } }));
  } finally {
    child.kill();
    if (child.exitCode === null) await once(child, 'close');
  }
});
