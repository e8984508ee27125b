/** A point in the units of the chart, from its upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle in the chart. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** The sender of an event: the user (`command`), the platform (`report`) or the clock. Source: contract, section 2. */
export type EventKind = 'command' | 'report' | 'clock';

/** One transition of the machine, as a line of text in the chart. */
export interface ChartLabel {
  readonly event: string;
  readonly kind: EventKind;
  /** The guard's name in the machine. */
  readonly guard?: string;
  /** The guard in plain words. Absent when the legend explains it. */
  readonly condition?: string;
  /** The meaning of the transition, in a sentence. */
  readonly meaning: string;
  /** Whether the guard is on a line of its own. */
  readonly wraps: boolean;
  readonly box: Box;
}

/** One state, with the states inside it. */
export interface ChartState {
  /** The path in the machine, such as `suspended.idle`. */
  readonly path: string;
  readonly label: string;
  readonly description: string;
  /** The description, broken into lines. */
  readonly lines: readonly string[];
  readonly final: boolean;
  readonly box: Box;
  /** The transitions that do not leave the state. */
  readonly stays: readonly ChartLabel[];
  readonly states: readonly ChartState[];
}

/** All transitions from one state to another, as one arrow. */
export interface ChartEdge {
  readonly source: string;
  readonly target: string;
  readonly points: readonly Point[];
  readonly labels: readonly ChartLabel[];
}

/** The initial dot of a machine or of a compound state. */
export interface ChartStart {
  readonly target: string;
  readonly dot: Point;
  readonly points: readonly Point[];
}

/** The meaning of a sign in the chart. */
export interface ChartLegend {
  readonly kind: EventKind;
  readonly lines: readonly string[];
  readonly box: Box;
}

/** A chart with its layout. */
export interface ChartGeometry {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartEdge[];
  readonly starts: readonly ChartStart[];
  readonly legend: readonly ChartLegend[];
}
