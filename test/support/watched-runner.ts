/** For tests: what a runner that `WatchedRunners` started does before its own script. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import type { Ending, Told } from './watched-runners.ts';

// Threads of a runner begin with it too, and make no sessions.
if (isMainThread) await watch();

async function watch(): Promise<void> {
  const socket = connect(process.env.WATCHED_BY ?? '').unref();
  await once(socket, 'connect');
  const tell = (told: Told) => socket.write(`${told}\n`);
  tell(`pid ${process.pid}`);
  const { create } = InferenceSession;

  InferenceSession.create = async (...args: unknown[]) => {
    tell('about');
    const [answer] = await once(socket, 'data');
    const then = String(answer) as Ending;
    if (then === 'exit') process.exit(3);
    if (then === 'hang') for (;;);
    const session = await (create as (...args: unknown[]) => Promise<InferenceSession>).apply(InferenceSession, args);
    tell('made');
    const release = session.release.bind(session);
    session.release = () => {
      tell('released');
      return release();
    };
    return session;
  };
}
