import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataDir, type LaunchedServer, launchServer } from '../integration/server-process.ts';
import { createRandom, type Random } from '../shared/random.ts';
import { createFollower, type Follower } from './follower.ts';
import { createHistory, type History } from './history.ts';
import { createMarks } from './live-processes.ts';
import { createPace, type Pace } from './pace.ts';
import { createRequestGenerator, type RequestGenerator } from './request-generator.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import type { Address } from './send-request.ts';
import { createUptime, type Uptime } from './uptime.ts';

/** The options of a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly driver: 'process' | 'simulated';
  /** The command to run instead of the built server. */
  readonly program?: readonly string[];
}

/** One data folder, the servers that run on it one after the other, and the clients that outlive them. */
export interface World {
  readonly driver: 'process' | 'simulated';
  readonly data: string;
  /** How many clients send requests at once. */
  readonly clients: number;
  readonly random: Random;
  readonly requestLog: RequestLog;
  readonly generator: RequestGenerator;
  readonly history: History;
  readonly uptime: Uptime;
  readonly pace: Pace;
  readonly follower: Follower;
  readonly marks: ReturnType<typeof createMarks>;
  /** Starts the next server without waiting until it listens. */
  launch(): Launched;
  /** Kills every remaining process of servers and sandboxes, and removes the folder. */
  destroy(): Promise<void>;
}

/** A server of a world. */
export interface Launched {
  /** Resolves once the server listens. From then on it counts as up. */
  readonly address: Promise<Address>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  output(): string;
}

/** How many sandboxes and clients exist at once. A process costs more than a record. */
const sizes = {
  process: { mostLiving: 14, clients: 6 },
  simulated: { mostLiving: 120, clients: 16 },
} as const;

/** Creates an empty world. */
export async function createWorld({ seed, driver, program }: WorldOptions): Promise<World> {
  const data = await createDataDir();
  const random = createRandom(seed);
  const requestLog = createRequestLog();
  const marks = createMarks();
  const uptime = createUptime();
  const pace = createPace();
  const servers: LaunchedServer[] = [];
  const shapes =
    process.platform === 'linux' ? (['one', 'two', 'stray'] as const) : (['one', 'two'] as const);
  const follower = createFollower(({ change }) => requestLog.recordChange(change));

  return {
    clients: sizes[driver].clients,
    ...{ driver, data, random, requestLog, marks, uptime, pace, follower },
    generator: createRequestGenerator({
      requestLog,
      random,
      newMark: marks.next,
      mostLiving: sizes[driver].mostLiving,
      shapes,
    }),
    history: createHistory(),
    launch() {
      const args = [
        '--driver',
        driver,
        '--idle',
        '--public-url',
        'http://sandboxes.test',
        '--log-level',
        'warn',
        // A lost sandbox would keep its folder for a quarter of an hour.
        '--orphan-grace',
        '1',
      ];
      const started = performance.now();
      const server = launchServer({ dataDir: data, args, ...(program && { program }) });
      servers.push(server);
      const number = servers.length;
      let end: () => void = () => {};
      const address = server.listening.then((url) => {
        pace.recordStart(performance.now() - started);
        end = uptime.begin();
        const at = { url, server: number };
        void follower.follow(at);
        return at;
      });
      // A test that kills the server before it listens does not await the address.
      address.catch(() => {});
      return {
        address,
        kill: () => server.kill().finally(end),
        stop: () => server.stop().finally(end),
        output: server.output,
      };
    },
    async destroy() {
      await follower.close();
      for (const { child } of servers) {
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      }
      marks.killAll();
      // A process that was just starting may have appeared since.
      await sleep(50);
      marks.killAll();
      await rm(data, { recursive: true, force: true });
    },
  };
}
