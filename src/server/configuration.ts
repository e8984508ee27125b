/** How much a sandbox gets. Memory and disk are in MiB. */
export interface Resources {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly diskMb: number;
  readonly gpus: readonly { readonly count: number; readonly model: string }[];
}

/** What a sandbox may reach. */
export interface Network {
  readonly allowInternetAccess: boolean;
  readonly allowOut: readonly string[];
  readonly denyOut: readonly string[];
}

/** What is set up for a sandbox and has no part in its lifecycle: kept beside the record. */
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
}
