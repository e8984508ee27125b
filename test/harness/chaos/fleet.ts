import { type LaunchedServer, launchServer } from '../integration/server-process.ts';
import type { Address } from '../kill/send-request.ts';
import type { Random } from '../shared/random.ts';
import { Violation } from '../shared/violation.ts';

/** The life of one host, and how the test disturbed it. Instants are epoch ms. */
export interface HostLife {
  readonly name: string;
  /** When it listened. */
  readonly since: number;
  /** The times for which it was stopped with SIGSTOP. */
  readonly pauses: { readonly from: number; to: number }[];
  /** When it was killed, or had exited after a stop; infinite until then. */
  endedAt: number;
  end: 'killed' | 'stopped' | null;
}

/** A host process that listens. */
interface Host {
  readonly life: HostLife;
  readonly address: Address;
  readonly server: LaunchedServer;
  isDisturbed: boolean;
}

/** The host processes of a world. */
export interface Fleet {
  readonly lives: readonly HostLife[];
  /** Starts another host, again while the database restarts, and resolves when it listens. */
  start(): Promise<void>;
  /** Kills a host with SIGKILL. */
  kill(): Promise<void>;
  /** Stops a host in order. Throws when its exit code is not 0. */
  stop(): Promise<void>;
  /** Stops the time of a host with SIGSTOP for a while. */
  pause(milliseconds: number): Promise<void>;
  /** The hosts that nothing disturbs now. */
  undisturbed(): number;
  /** The address of any host that listens, also of one that is paused. */
  anyAddress(): Address | undefined;
  /** Stops all hosts in order. */
  stopAll(): Promise<void>;
  /** Kills what is left. */
  destroy(): void;
  /** The hosts that exited although the test did not end them. */
  readonly problems: readonly string[];
}

/** The parts of a fleet. */
interface FleetOptions {
  readonly random: Random;
  /** The command and its arguments for a host of this name. */
  readonly argsFor: (name: string) => string[];
  readonly program: readonly string[] | undefined;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** How often a start is tried while the database restarts. */
const mostStarts = 40;

/** Creates a fleet without hosts. */
export function createFleet({ random, argsFor, program, wait }: FleetOptions): Fleet {
  const lives: HostLife[] = [];
  const problems: string[] = [];
  const hosts = new Set<Host>();
  const servers: LaunchedServer[] = [];
  let started = 0;

  function launch(): { name: string; number: number; server: LaunchedServer } {
    started += 1;
    const name = `h${started}`;
    const server = launchServer({
      dataDir: '/nonexistent',
      args: argsFor(name),
      ...(program && { program }),
    });
    servers.push(server);
    return { name, number: started, server };
  }

  function take(): Host {
    const calm = [...hosts].filter(({ isDisturbed }) => !isDisturbed);
    const host = random.pick(calm);
    host.isDisturbed = true;
    return host;
  }

  const fleet: Fleet = {
    lives,
    problems,
    async start() {
      for (let tries = 1; ; tries++) {
        const { name, number, server } = launch();
        try {
          const url = await server.listening;
          const life: HostLife = {
            ...{ name, since: Date.now(), pauses: [], endedAt: Number.POSITIVE_INFINITY, end: null },
          };
          const host = { life, address: { url, server: number }, server, isDisturbed: false };
          lives.push(life);
          hosts.add(host);
          server.child.once('exit', () => {
            hosts.delete(host);
            if (life.end === null) problems.push(`The host ${name} exited by itself.\n${server.output()}`);
          });
          return;
        } catch (error) {
          if (tries === mostStarts) throw error;
          await wait(250);
        }
      }
    },
    async kill() {
      const { life, server } = take();
      Object.assign(life, { endedAt: Date.now(), end: 'killed' });
      await server.kill();
    },
    async stop() {
      const host = take();
      const { life, server } = host;
      life.end = 'stopped';
      await server.stop().catch((error: unknown) => {
        throw new Violation(`The host ${life.name} did not stop in order: ${error}`);
      });
      life.endedAt = Date.now();
    },
    async pause(milliseconds) {
      const host = take();
      const from = Date.now();
      host.server.child.kill('SIGSTOP');
      const pause = { from, to: Number.POSITIVE_INFINITY };
      host.life.pauses.push(pause);
      await wait(milliseconds);
      pause.to = Date.now();
      host.server.child.kill('SIGCONT');
      host.isDisturbed = false;
    },
    undisturbed: () => [...hosts].filter(({ isDisturbed }) => !isDisturbed).length,
    anyAddress() {
      const all = [...hosts];
      return all.length === 0 ? undefined : random.pick(all).address;
    },
    async stopAll() {
      while (fleet.undisturbed() > 0) await fleet.stop();
    },
    destroy() {
      process.off('exit', fleet.destroy);
      for (const { child } of servers)
        if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
  };
  process.once('exit', fleet.destroy);
  return fleet;
}
