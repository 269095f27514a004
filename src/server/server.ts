/** The parts put together: database, models, runs, HTTP and WebSocket; and taken apart again in order. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { askingBy } from '../api/sweeps/ask-row.ts';
import { openDeployment } from '../deployment/open.ts';
import { SweepService } from '../experiments/sweeps/service.ts';
import { Catalogue } from '../inference/catalogue.ts';
import type { Engine } from '../jobs/engine.ts';
import { KnownCircuits } from '../jobs/known-circuits.ts';
import { ModelStates } from '../jobs/model-states.ts';
import { WorkerStates } from '../jobs/worker-states.ts';
import { Retention } from '../runs/retention.ts';
import { RunService } from '../runs/service.ts';
import type { Settings } from '../settings.ts';
import { limitBody } from './body-limit.ts';
import { type ExplorerFiles, explorerPath, serveExplorer } from './explorer.ts';
import { serveGraphiQL } from './graphiql.ts';
import { withHeaders } from './headers.ts';
import { createHttpHandler, graphqlPath } from './http.ts';
import { Names, refuseForeign } from './names.ts';
import { inTurn } from './pipeline.ts';
import { Readiness } from './readiness.ts';
import { Pace } from './reading-turns.ts';
import { retentionLog } from './retention-log.ts';
import { importPath, serveRunFiles } from './run-files.ts';
import { SharedResults } from './shared-results.ts';
import { Unsent } from './unsent.ts';
import { UploadRetention } from './upload-retention.ts';
import { rowsPath, takeUploads } from './uploads.ts';
import { serveWebSocket } from './websocket.ts';

/** Milliseconds that open requests have to end when the server closes. */
const grace = 2000;
/** Milliseconds in which the head of a request has to be there. */
const headersTime = 30_000;
const mostConnections = 5000;

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
  /** Other than the queue of jobs, for tests of the server itself. */
  readonly engine?: Engine | undefined;
}

export async function startServer(
  settings: Settings,
  log: Logger,
  { explorer, engine }: Parts = {},
): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack();
  const catalogue = new Catalogue(settings.modelsDir, settings);
  const deployment = parts.use(await openDeployment(settings, log, { catalogue, engine }));
  const { store, engine: running, executor, signals } = deployment;
  const runs = new RunService(store, running, (error) => log.error({ err: error }, 'a run failed'), {
    patience: { grace: settings.leaveGrace * 1000 },
    executor,
    signals,
  });
  const recover = async () => {
    const interrupted = await runs.recover();
    if (interrupted.length > 0)
      log.warn({ runs: interrupted.map(({ id }) => id) }, 'runs that the last stop interrupted are marked as failed');
  };
  await deployment.join(runs, recover);
  await recover();
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
  const tools = { runs, engine: running, asking: () => askingBy(catalogue), onFault: sweepFault };
  const sweeps = new SweepService(tools);
  const context = {
    catalogue,
    engine: running,
    models,
    workers,
    runs,
    circuits,
    retention: settings.retention,
    sweeps,
    maxAnswerSize: settings.maxResponseSize,
    maxSweepRows: settings.maxSweepRows,
  };
  const unsent = parts.use(new Unsent(settings.maxUnsentMemory, log));
  const sharing = { unsent, pace: new Pace(), results: new SharedResults(unsent) };
  const readiness = parts.use(new Readiness(store.housekeeping, log));
  const names = new Names(settings, log);
  const handler = createHttpHandler(context, log, names, readiness, sharing);
  const uploads = parts.use(new UploadRetention(store.uploads, log));
  await uploads.start();
  const uploadLimits = { size: settings.maxUploadSize, rows: settings.maxSweepRows };
  const rows = takeUploads(store.uploads, uploadLimits, log, serveGraphiQL(handler, log));
  const files = serveRunFiles({ store, catalogue }, rows, log);
  const served = serveExplorer(explorer, files, log);
  const listener = inTurn(withHeaders(refuseForeign(names, limitBody(served, new Set([rowsPath, importPath])))));
  // The time of bodies is counted where they are read: files may take longer than a question.
  const server = createServer({ headersTimeout: headersTime, requestTimeout: 0 }, listener);
  // Node would answer by itself, past all that.
  server.on('checkExpectation', listener);
  server.maxConnections = mostConnections;
  server.on('connection', (socket) => unsent.watch(socket));
  await listen(server, settings);
  // Not before, so that what keeps the server from listening is no fault of its sockets too.
  const closeSockets = serveWebSocket(server, context, log, names, sharing);
  // Not before, so that a server that cannot listen has begun nothing.
  const resumed = await sweeps.recover();
  if (resumed.length > 0)
    log.info({ sweeps: resumed.map(({ id }) => id) }, 'sweeps go on where the last stop left them');
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
      const timer = setTimeout(() => server.closeAllConnections(), grace);
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
