/** A place in the chart, in its own units, from the upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle in the chart. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Who sends an event: a person, the platform or the clock. Source: contract, section 2. */
export type EventKind = 'command' | 'report' | 'clock';

/** One transition of the machine, as a line of text in the chart. */
export interface ChartLabel {
  readonly event: string;
  readonly kind: EventKind;
  /** The guard's name in the machine. */
  readonly guard?: string;
  /** The guard in plain words. Absent when the legend says it once for all. */
  readonly condition?: string;
  /** What the transition means, in a sentence. */
  readonly meaning: string;
  /** The guard is on a line of its own. */
  readonly wraps: boolean;
  readonly box: Box;
}

/** One state, with the states inside it. */
export interface ChartState {
  /** Its place in the machine, such as `suspended.idle`. */
  readonly path: string;
  readonly label: string;
  readonly description: string;
  /** The description, broken into the lines that fit. */
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

/** The dot that says where a machine, or a state with states inside, begins. */
export interface ChartStart {
  readonly target: string;
  readonly dot: Point;
  readonly points: readonly Point[];
}

/** What a sign in the chart means. */
export interface ChartLegend {
  readonly kind: EventKind;
  readonly lines: readonly string[];
  readonly box: Box;
}

/** The whole chart, laid out: all that is needed to draw it. */
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
