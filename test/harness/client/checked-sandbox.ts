import type { SandboxClient, SandboxView, Settlement } from '../../../src/client/index.ts';
import type { Sandbox } from '../../../src/index.ts';
import type { Counters } from '../shared/counters.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

/** The view of one sandbox on one page. */
export interface CheckedView {
  readonly client: SandboxClient;
  /** The account of the page. */
  readonly account: string;
  /** The commands that were pending when a component disposed the client and mounted it again. */
  readonly left: Set<string>;
  /** Whether the page is closed. */
  isClosed: boolean;
  /** The view at the last check. */
  last: SandboxView;
  /** Every rollback that the page ever showed, with its outcome. */
  readonly rollbacks: Map<string, string>;
}

/** A command that a page sent, and its settlement. */
export interface SentCommand {
  readonly id: string;
  readonly view: CheckedView;
  readonly at: number;
  readonly result: { settlement?: Settlement; at?: number };
  /** When the account of the page was forgotten after the command, or infinity. */
  forgottenAt: number;
  readonly predicted: Sandbox | null;
  /** The version on which the command was predicted; if it led to the next version, the prediction must hold. Null: no check. */
  readonly unopposedAfter: number | null;
}

/** Everything about one sandbox: its server, the views of it, and the commands that were sent. */
export interface CheckedSandbox {
  readonly world: World;
  readonly server: SimulatedServer;
  readonly isVersioned: boolean;
  /** Whether the server's list omits terminated sandboxes, so that a client learns of the end only from the list. */
  readonly omitsTerminated: boolean;
  readonly counters: Counters;
  readonly views: CheckedView[];
  readonly commands: Map<string, SentCommand>;
  /** The views that sent each command. */
  readonly senders: Map<string, Set<CheckedView>>;
}
