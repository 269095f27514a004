/** A server as people start it, with the checkpoint that is measured: a process of its own. */
import { dirname } from 'node:path';
import { ServerProcess } from '../support/server-process.ts';

export class BenchServer implements AsyncDisposable {
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess) {
    this.#server = server;
  }

  /** @param folder of the checkpoint; the model has its name @param flags of node */
  static async start(
    folder: string,
    variables: Readonly<Record<string, string>>,
    flags: readonly string[] = [],
  ): Promise<BenchServer> {
    const given = { MODELS_DIR: dirname(folder), ...variables };
    return new BenchServer(await ServerProcess.start({ variables: given, flags }));
  }

  get url(): string {
    return this.#server.url;
  }

  /** As of `ServerProcess.memory`. */
  memory(): Promise<number | undefined> {
    return this.#server.memory();
  }

  /** @throws Error where the answer has no data, or is an error of the API */
  async ask(query: string, variables: object): Promise<Record<string, unknown>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    const [answer] = Object.values(data ?? {}) as ({ message?: string } | null)[];
    if (errors || !answer || answer.message !== undefined)
      throw new Error(answer?.message ?? `no answer: ${JSON.stringify(errors)}`);
    return data as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
