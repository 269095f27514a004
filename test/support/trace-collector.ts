/** For tests: what an OpenTelemetry collector is to a server, over HTTP on this machine. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** As OTLP writes it in JSON. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number };
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: Pick<SentSpan, 'attributes'>;
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

export class TraceCollector implements AsyncDisposable {
  readonly spans: SentSpan[] = [];
  readonly resources: Pick<SentSpan, 'attributes'>[] = [];
  /** Of the last request. */
  headers: IncomingHttpHeaders = {};
  /** All that came, as it was written. */
  written = '';
  readonly #server = createServer(async (request, response) => {
    this.headers = request.headers;
    const body = await text(request);
    this.written += body;
    for (const { resource, scopeSpans } of (JSON.parse(body) as Sent).resourceSpans) {
      this.resources.push(resource);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The names of spans as a tree: each with those within it, in the order in which they began. @param name of its root */
  tree(name: string): Tree {
    const root = this.spans.find((span) => span.name === name);
    if (!root) throw new Error(`No span ${name} came, but ${this.spans.map((span) => span.name).join(', ')}`);
    return this.#below(root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #below(span: SentSpan): Tree {
    const within = this.spans
      .filter(({ parentSpanId, traceId }) => parentSpanId === span.spanId && traceId === span.traceId)
      .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    return [span.name, ...within.map((one) => this.#below(one))];
  }
}

export type Tree = readonly [string, ...Tree[]];
