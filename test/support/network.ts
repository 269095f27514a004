/** For tests: a network between a client and its server that is slow, or fails. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** Passes everything on to the server, and what comes back as long as it is not held, until it is cut. */
export class Network implements Disposable {
  connections = 0;
  /** Whether whoever connects is sent away at once. */
  isDown = false;
  #silent = false;
  /** Where it leads to; another one holds for the connections that come. */
  target: URL;
  readonly #server: Server;
  readonly #unheard: Socket[] = [];
  readonly #pairs: [near: Socket, far: Socket][] = [];

  private constructor(target: URL) {
    this.target = target;
    this.#server = createServer((near) => {
      if (this.isDown) {
        near.destroy();
        return;
      }
      this.connections++;
      if (this.#silent) {
        this.#unheard.push(near.on('error', () => undefined));
        return;
      }
      const far = createConnection(Number(this.target.port), this.target.hostname);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      this.#pairs.push([near, far]);
      near.pipe(far).pipe(near);
    });
  }

  static async before(url: string): Promise<Network> {
    const network = new Network(new URL(url));
    network.#server.listen(0);
    await once(network.#server, 'listening');
    return network;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://localhost:${this.port}/graphql`;
  }

  hold(): void {
    for (const [near, far] of this.#pairs) far.unpipe(near).pause();
  }

  release(): void {
    for (const [near, far] of this.#pairs) far.pipe(near);
  }

  /** Nothing passes any more, neither way, also of whoever connects; and neither side is told. */
  silence(): void {
    this.#silent = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  /** Whoever connects from now on gets through. */
  restore(): void {
    this.#silent = false;
  }

  /** Without a word to either side. */
  cut(): void {
    for (const socket of [...this.#unheard, ...this.#pairs.flat()]) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
