/** What a run found, as values. */

import { ConformanceError, InconclusiveError } from "./errors.js";

/** How many transcripts stand in the message of an error. */
const MOST_SHOWN = 5;

/** What a trial came to. */
export type Verdict = "pass" | "lenient" | "fail" | "flaky" | "inconclusive" | "skip";

/** What a trial is to a test harness, what is known and what has expired taken into account; as in JUnit. */
export type Status = "passed" | "failed" | "error" | "skipped";

/** One sentence of a specification, in wsspec's words. */
export interface Requirement {
  /** `rfc6455#5.5.2:2` */
  readonly id: string;
  readonly level: "MUST" | "SHOULD" | "MAY";
  /** `RFC 6455 section 5.5.2` */
  readonly citation: string;
  readonly text: string;
}

/** How a peer broke a rule. */
export interface Failure {
  /** Line of the script; 0 for none of them. */
  readonly line: number;
  readonly expected: string;
  readonly actual: string;
  /** The id of the requirement broken. */
  readonly requirement: string;
  readonly level: string;
}

/** Something recommended that was missing, or something worth knowing. */
export interface Note {
  readonly line: number;
  readonly text: string;
  readonly requirement: string;
  readonly level: string;
}

/** One entry of a transcript. */
export interface Entry {
  /** Milliseconds since the connection opened. */
  readonly at: number;
  /** The line of the script that it belongs to; 0 for none. */
  readonly line: number;
  /** `sent`, `received`, `eof`, `reset`, `timeout` and others. */
  readonly event: string;
  /** In the notation of scripts; empty where the event says it all. */
  readonly text: string;
}

/** What a trial is made of. */
export interface TrialFields {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly status: Status;
  /** Why it failed, was skipped, or is inconclusive; empty where it passed. */
  readonly message: string;
  /** The whole story, as the terminal shows it: script, transcript, finding. Empty where it passed or was skipped. */
  readonly text: string;
  /** The requirement that it tests in the first place. */
  readonly requirement: Requirement;
  /** The requirement that the failure names, where it is another one. */
  readonly broken: Requirement | undefined;
  /** Ids of the further requirements that it cites. */
  readonly also: readonly string[];
  readonly failure: Failure | undefined;
  /** What was recommended and is missing. */
  readonly notes: readonly Note[];
  /** Why the deviation is expected, where it is. */
  readonly known: string | undefined;
  /** In milliseconds. */
  readonly duration: number;
  readonly attempts: number;
  readonly tags: readonly string[];
  readonly autobahn: readonly string[];
  /** File of the case. */
  readonly file: string;
  /** Line of the case. */
  readonly line: number;
  readonly script: readonly string[];
  readonly transcript: readonly Entry[];
}

/** One trial and what became of it. */
export interface Trial extends TrialFields {}
export class Trial {
  constructor(fields: TrialFields) {
    Object.freeze(Object.assign(this, fields));
  }

  /** The requirement that a failure names. */
  get named(): Requirement {
    return this.broken ?? this.requirement;
  }

  /** Whether it stands in nobody's way; when strict a missed SHOULD does. */
  ok({ strict = false } = {}): boolean {
    if (strict && this.verdict === "lenient" && this.known === undefined) {
      return false;
    }
    return this.status === "passed" || this.status === "skipped";
  }

  /** Throws a `ConformanceError` or an `InconclusiveError` with the transcript unless it is ok. */
  check(options: { strict?: boolean } = {}): void {
    if (this.status === "error") {
      throw new InconclusiveError(this.story());
    }
    if (!this.ok(options)) {
      throw new ConformanceError(this.story());
    }
  }

  /** Its text, or its message where it has none. */
  story(): string {
    return this.text || `${this.id}: ${this.message}`;
  }
}

/** What the peer turned out to be able to do. */
export interface Peer {
  readonly echo: boolean;
  readonly pong: boolean;
  readonly deflate: boolean;
  readonly subprotocol: string | undefined;
  /** Its Server header field. */
  readonly server: string | undefined;
}

/** What a report is made of. */
export interface ReportFields {
  /** The target's address, without secrets; a client's command, or its name. */
  readonly target: string;
  readonly role: "server" | "client";
  /** 0 conforms, 1 breaks a MUST, 3 inconclusive; as of the command. */
  readonly exitCode: number;
  /** Version of wsspec. */
  readonly wsspec: string;
  /** When the run began, RFC 3339. */
  readonly started: string;
  /** In milliseconds. */
  readonly duration: number;
  readonly seed: number;
  readonly peer: Peer;
  /** Things that concern the run and not one trial. */
  readonly incidents: readonly string[];
  /** Why the run ended before all trials were done. */
  readonly aborted: string | undefined;
  readonly trials: readonly Trial[];
  /** The record itself, as `wsspec report` reads it. */
  readonly record: unknown;
}

/** One run against one target. */
export interface Report extends ReportFields {}
export class Report {
  readonly #byId: ReadonlyMap<string, Trial>;

  constructor(fields: ReportFields) {
    this.#byId = new Map(fields.trials.map((trial) => [trial.id, trial]));
    Object.freeze(Object.assign(this, fields));
  }

  /** Whether the exit code is 0. */
  get conforms(): boolean {
    return this.exitCode === 0;
  }

  /** The trial of an id. */
  trial(id: string): Trial | undefined {
    return this.#byId.get(id);
  }

  /** The trials that came to a verdict. */
  of(verdict: Verdict): Trial[] {
    return this.trials.filter((trial) => trial.verdict === verdict);
  }

  /** The trials that stand in the way: those that failed and were not known to, or passed against expectation. */
  get failed(): Trial[] {
    return this.trials.filter((trial) => trial.status === "failed");
  }

  /** The run in one line. */
  summary(): string {
    const verdicts: Verdict[] = ["pass", "lenient", "fail", "flaky", "inconclusive", "skip"];
    const counts = verdicts.map((verdict) => [this.of(verdict).length, verdict] as const).filter(([count]) => count);
    const parts = counts.map(([count, verdict]) => `${count} ${verdict}`).join(", ");
    return `${this.target}: ${this.trials.length} trials: ${parts || "none was run"}`;
  }

  /** This report; or throws with the first transcripts unless the peer conforms. */
  check(): this {
    if (this.conforms) {
      return this;
    }
    if (this.exitCode === 3) {
      throw new InconclusiveError([this.summary(), this.aborted, ...this.incidents].filter(Boolean).join("\n"));
    }
    const failed = this.failed;
    const shown = failed.slice(0, MOST_SHOWN).map((trial) => trial.story());
    if (failed.length > MOST_SHOWN) {
      shown.push(`... and ${failed.length - MOST_SHOWN} more; \`report.failed\` has them all`);
    }
    throw new ConformanceError([this.summary(), "", ...shown].join("\n"));
  }
}
