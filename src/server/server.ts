/** The parts put together: database, models, runs, HTTP and WebSocket; and taken apart again in order. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { askingBy } from '../api/sweeps/ask-row.ts';
import { openDeployment } from '../deployment/open.ts';
import { SweepService } from '../experiments/sweeps/service.ts';
import { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import { KnownCircuits } from '../jobs/known-circuits.ts';
import { ModelStates } from '../jobs/model-states.ts';
import { Shares } from '../jobs/shares.ts';
import { WorkerStates } from '../jobs/worker-states.ts';
import { anybody, type Principal } from '../principal.ts';
import { accessOf } from '../runs/access.ts';
import { Retention } from '../runs/retention.ts';
import { RunService } from '../runs/service.ts';
import { StoredShares } from '../runs/stored-shares.ts';
import type { Settings } from '../settings.ts';
import { exposure } from './auth/exposed.ts';
import { principalOf, requirePrincipal } from './auth/guard.ts';
import { authenticatorOf } from './auth/open.ts';
import { Sessions } from './auth/sessions.ts';
import { limitBody } from './body-limit.ts';
import { Callers } from './callers.ts';
import { type ExplorerFiles, explorerPath, serveExplorer } from './explorer.ts';
import { serveGraphiQL } from './graphiql.ts';
import { withHeaders } from './headers.ts';
import { createHttpHandler, graphqlPath, openPaths } from './http.ts';
import { Documents } from './limits.ts';
import { serveMetrics } from './metrics/endpoint.ts';
import { Names, refuseForeign } from './names.ts';
import { observe } from './observe.ts';
import { ObservedEngine } from './observed-engine.ts';
import { inTurn } from './pipeline.ts';
import { Readiness } from './readiness.ts';
import { Pace } from './reading-turns.ts';
import { namingRequests, withRequestIds } from './request-id.ts';
import { RequestShares } from './request-shares.ts';
import { retentionLog } from './retention-log.ts';
import { importPath, serveRunFiles } from './run-files.ts';
import { SharedResults } from './shared-results.ts';
import { SharesInUse } from './shares-in-use.ts';
import { readTrustedDocuments, TrustedDocuments } from './trusted-documents.ts';
import { Unsent } from './unsent.ts';
import { UploadRetention } from './upload-retention.ts';
import { rowsPath, takeUploads } from './uploads.ts';
import { serveWebSocket } from './websocket.ts';

export interface RunningServer {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  /** Of the page. */
  readonly explorerUrl: string;
  /** Ends runs, sockets and requests, then closes database and runners. */
  close(): Promise<void>;
}

export interface Parts {
  /** The page at `/`, as it was built. */
  readonly explorer?: ExplorerFiles | undefined;
  /** What the page asks, by hashes: it is trusted always. */
  readonly pageDocuments?: Readonly<Record<string, string>> | undefined;
  /** Other than the queue of jobs, for tests of the server itself. */
  readonly engine?: Engine | undefined;
  /** By which such an engine limits jobs. */
  readonly shares?: Shares | undefined;
  /** Who asks a server that asks nobody who they are; absent: anybody. */
  readonly unasked?: ((request: IncomingMessage) => Principal) | undefined;
}

export async function startServer(
  settings: Settings,
  givenLog: Logger,
  { explorer, pageDocuments = {}, engine, shares = new Shares(settings.shares), unasked = () => anybody }: Parts = {},
): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack();
  const { limits } = settings;
  const trusted = settings.trustedDocuments
    ? new TrustedDocuments(await readTrustedDocuments(settings.trustedDocuments), pageDocuments)
    : undefined;
  const log = namingRequests(givenLog);
  const catalogue = new Catalogue(settings.modelsDir, settings);
  const deployment = parts.use(await openDeployment(settings, log, { catalogue, engine, shares }));
  const { store, signals } = deployment;
  const { observers, metrics } = parts.use(
    await observe(settings, { engine: deployment.engine, size: () => store.housekeeping.size() }, log),
  );
  const running = new ObservedEngine(deployment.engine, observers);
  store.events.whenStored((events, seconds) => {
    for (const observer of observers) observer.stored?.(events, seconds);
  });
  const stored = new StoredShares((owner) => store.housekeeping.bytesOf(owner), shares);
  const runFault = (error: unknown) => log.error({ err: error }, 'a run failed');
  const runs = new RunService(store, running, runFault, {
    patience: { grace: settings.leaveGrace * 1000 },
    refusalOf: (asking) => stored.refusalOf(asking),
    around: observers.find(({ run }) => run)?.run,
    executor: deployment.executorOn(running),
    signals,
  });
  const recover = async () => {
    const interrupted = await runs.recover();
    if (interrupted.length > 0)
      log.warn({ runs: interrupted.map(({ id }) => id) }, 'runs that the last stop interrupted are marked as failed');
  };
  const retention = new Retention(store.housekeeping, settings.retention, {
    isInUse: (runId) => runs.isInUse(runId),
    onPruned: retentionLog(log),
    onFault: (error) => log.warn({ err: error }, 'runs could not be deleted as the retention says; it is tried again'),
  });
  parts.use(retention).start();

  const circuits = new KnownCircuits(running);
  const models = new ModelStates(catalogue, running, (error) => log.error({ err: error }, 'models cannot be listed'));
  const workers = new WorkerStates(deployment.workers);
  const sweepFault = (error: unknown) => log.error({ err: error }, 'a sweep met a fault');
  const places = async () => (await deployment.workers.list()).reduce((sum, { workers }) => sum + workers, 0);
  const tools = { runs, engine: running, places, asking: () => askingBy(catalogue), onFault: sweepFault };
  const sweeps = new SweepService(tools);
  const recoverSweeps = async () => {
    const resumed = await sweeps.recover();
    if (resumed.length > 0)
      log.info({ sweeps: resumed.map(({ id }) => id) }, 'sweeps go on where the last stop left them');
  };
  await deployment.join(runs, async () => {
    await recover();
    await recoverSweeps();
  });
  await recover();
  const authenticator = await authenticatorOf(settings.auth, store.keys, log);
  const auth = authenticator && { authenticator, sessions: parts.use(new Sessions(authenticator)) };
  const exposed = exposure(settings);
  if (exposed) log.warn(exposed);
  const callers = new Callers(shares, auth ? principalOf : unasked);
  const requests = new RequestShares(shares);
  const shared = {
    catalogue,
    engine: running,
    models,
    workers,
    circuits,
    retention: settings.retention,
    maxAnswerSize: settings.maxResponseSize,
    maxSweepRows: settings.maxSweepRows,
    shares: new SharesInUse({ engine: running, shares, requests, stored }),
  };
  const context = { shared, runs, sweeps };
  const unsent = parts.use(new Unsent(limits.unsent, log));
  const sharing = { unsent, pace: new Pace(), results: new SharedResults(unsent) };
  const readiness = parts.use(new Readiness(store.housekeeping, log));
  const names = new Names(settings, log);
  const documents = new Documents(limits.documents);
  const front = { names, documents, callers, requests, sharing, auth, observers, trusted };
  const handler = createHttpHandler(context, log, front, readiness);
  const uploads = parts.use(new UploadRetention(store.uploads, limits.files.kept, log));
  await uploads.start();
  const { files: times } = limits;
  const uploadLimits = { size: settings.maxUploadSize, rows: settings.maxSweepRows, times, atOnce: times.atOnce };
  const admit = (request: IncomingMessage) => {
    const caller = callers.of(request);
    requests.take(caller);
    const access = accessOf(caller.principal);
    const whose = { client: caller.client, owner: access.owner };
    return { access, left: () => stored.roomOf(whose), refusal: () => stored.refusalOf(whose) };
  };
  const rows = takeUploads(store.uploads, uploadLimits, admit, log, handler);
  const files = serveRunFiles({ store, catalogue, times, admit }, rows, log);
  const mayRead = (request: IncomingMessage) => callers.of(request).principal.scopes.has('MANAGE');
  // Whoever has their token need not have a key.
  const told = metrics && { ...metrics, ...(metrics.token === undefined && { mayRead }) };
  const guarded = requirePrincipal(
    { auth, names, open: openPaths, graphqlPath },
    told?.token === undefined ? serveMetrics(told, files, log) : files,
    log,
  );
  const graphiql = { trustedOnly: trusted !== undefined, asksForKeys: auth !== undefined };
  const page = serveExplorer(explorer, serveGraphiQL(guarded, log, graphiql), log);
  const served = told?.token === undefined ? page : serveMetrics(told, page, log);
  const limited = limitBody(served, limits.requests, new Set([rowsPath, importPath]));
  const listener = inTurn(withRequestIds(withHeaders(refuseForeign(names, limited))), limits.requests.ahead);
  // The time of bodies is counted where they are read: files may take longer than a question.
  const server = createServer({ headersTimeout: limits.requests.headersTime, requestTimeout: 0 }, listener);
  // Node would answer by itself, past all that.
  server.on('checkExpectation', listener);
  server.maxConnections = limits.connections;
  server.on('connection', (socket) => unsent.watch(socket));
  await listen(server, settings);
  // Not before, so that what keeps the server from listening is no fault of its sockets too.
  const closeSockets = serveWebSocket(server, context, log, front, limits);
  // Not before, so that a server that cannot listen has begun nothing.
  await recoverSweeps();
  const opened = parts.move();
  const { port } = server.address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const origin = `http://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${port}`;
  return {
    url: origin + graphqlPath,
    explorerUrl: origin + explorerPath,
    async close() {
      readiness[Symbol.dispose]();
      const closed = new Promise((resolve) => server.close(resolve));
      circuits.close();
      models.close();
      workers.close();
      await sweeps.close();
      await runs.close();
      await closeSockets();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), limits.stopGrace);
      await closed;
      clearTimeout(timer);
      await opened.disposeAsync();
    },
  };
}

function listen(server: Server, { port, host }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
