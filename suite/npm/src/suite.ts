/** What the helpers for test runners share: a list of trials at once, and one run when it is needed. */

import { ConformanceError, InconclusiveError, UsageError } from "./errors.js";
import type { ClientOptions, RunOptions } from "./options.js";
import type { Report, Trial } from "./results.js";
import { type Client, type Listed, type Server, run, testClient, trials } from "./run.js";

/** What is tested, or a function that starts it when the first test begins. */
export type Target = Tested | (() => Tested | Promise<Tested>);

/** A server or a client, and how it is stopped. */
export type Tested = Server | Exclude<Client, (url: string) => unknown> | Started;

/** What was started for the tests. */
export interface Started {
  /** Its address. */
  readonly url?: string;
  /** In place of an address: a client in this process. */
  readonly client?: (url: string) => unknown;
  /** Called after the last test. */
  readonly stop?: () => unknown;
}

/** Options of the helpers: those of the run, and these. */
export type SuiteOptions = RunOptions &
  ClientOptions & {
    /** What the tests stand under. */
    name?: string;
    /** What is tested; `server` unless it says otherwise. */
    role?: "server" | "client";
  };

/** What a test runner is to do about a trial. */
export type Outcome = { readonly skip: string } | { readonly error: Error } | undefined;

/** A suite of tests. */
export class Suite {
  readonly name: string;
  readonly trials: readonly Listed[];
  readonly #target: Target;
  readonly #options: SuiteOptions;
  #stop: (() => unknown) | undefined;
  #report: Promise<Report> | undefined;

  constructor(target: Target, options: SuiteOptions) {
    const { name = "wsspec", role = "server", filters = [], exclude = [], extra = [], cases = [] } = options;
    this.trials = trials({ role, filters, exclude, extra, cases });
    if (this.trials.length === 0) {
      throw new UsageError(`no trial of a ${role} fits ${filters.join(" ")}`);
    }
    [this.name, this.#target, this.#options] = [name, target, options];
  }

  /** Runs all trials, or those of these ids; the second time it does nothing. */
  report(ids?: readonly string[]): Promise<Report> {
    this.#report ??= this.#run(ids ?? this.#options.filters ?? []);
    return this.#report;
  }

  /** What became of a trial. */
  async outcome({ id, roles }: Listed): Promise<Outcome> {
    const report = await this.report();
    const trial = report.trial(id);
    if (trial) {
      return this.#judged(trial);
    }
    if (report.aborted !== undefined) {
      return { error: new InconclusiveError(report.aborted) };
    }
    if (!roles.includes(report.role)) {
      const peers = roles.join(" or a ");
      return { error: new UsageError(`${id} tests a ${peers}; give the option role: '${report.role}'`) };
    }
    return { error: new InconclusiveError(`${id} was not run`) };
  }

  /** Stops what was started. */
  async stop(): Promise<void> {
    await this.#stop?.();
  }

  #judged(trial: Trial): Outcome {
    if (trial.status === "skipped") {
      return { skip: trial.message };
    }
    if (trial.status === "error") {
      return { error: new InconclusiveError(trial.story()) };
    }
    return trial.ok({ strict: this.#options.strict ?? false }) ? undefined : { error: new ConformanceError(trial.story()) };
  }

  async #run(filters: readonly string[]): Promise<Report> {
    const target = typeof this.#target === "function" ? await this.#target() : this.#target;
    const options = { ...this.#options, filters };
    if (typeof target === "string" || "spawn" in target) {
      return run(target, options);
    }
    if ("exec" in target || Array.isArray(target)) {
      return testClient(target as Client, options);
    }
    const { url, client, stop } = target as Started;
    this.#stop = stop;
    if (client) {
      return testClient(client, options);
    }
    if (url === undefined) {
      throw new UsageError("the target has neither `url` nor `spawn`, `client` or `exec`; give one of them");
    }
    return run(url, options);
  }
}
