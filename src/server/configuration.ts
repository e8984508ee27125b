/** The resources of a sandbox. Memory and disk are in MiB. */
export interface Resources {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly gpus: readonly { readonly count: number; readonly model: string }[];
}

/** The network access of a sandbox. */
export interface Network {
  readonly allowInternetAccess: boolean;
  readonly allowOut: readonly string[];
  readonly denyOut: readonly string[];
}

/** The settings of a sandbox that do not affect its lifecycle. The store keeps them beside the record. */
export interface Configuration {
  readonly image: string | null;
  readonly resources: Resources;
  readonly secretNames: readonly string[];
  /** The command that runs in it; null for an idle process. */
  readonly entrypoint: readonly string[] | null;
  readonly network: Network | null;
  readonly allowUnauthenticatedAccess: boolean;
  readonly exposedPorts: readonly number[] | null;
  readonly templateId: string | null;
  /** The snapshot that it was restored from. */
  readonly snapshotId: string | null;
  /** Texts of the user, by which a list can be filtered. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The configuration of a sandbox whose request sets nothing. */
export const defaultConfiguration: Configuration = {
  image: null,
  resources: { cpus: 1, memoryMb: 1024, diskMb: 10_240, gpus: [] },
  secretNames: [],
  entrypoint: null,
  network: null,
  allowUnauthenticatedAccess: false,
  exposedPorts: null,
  templateId: null,
  snapshotId: null,
  metadata: {},
};
