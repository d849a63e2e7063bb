/** Tests of servers and clients. */

import { spawnSync } from "node:child_process";

import { binary } from "./binary.js";
import { InconclusiveError, RunError, UsageError } from "./errors.js";
import { type ClientOptions, type Command, type CommonOptions, type RunOptions, commandLine, list, words } from "./options.js";
import { play, said } from "./process.js";
import type { Report } from "./results.js";
import { type Serving, serve } from "./serving.js";

/** A server: its address; or the command that starts it, in which `{port}` stands for the port of `url` or for a free one. */
export type Server = string | { readonly spawn: Command; readonly url?: string };

/** A client: the command that starts it for each trial, with `{url}` for the address to connect to; or a function. */
export type Client = { readonly exec: Command } | ClientFunction;

/** A client in this process: it is called with the address of each trial, and is done when the connection has closed. */
export type ClientFunction = (url: string) => unknown;

/** How many clients that are functions at once, unless `jobs` says otherwise. */
const AT_ONCE = 8;

/**
 * Tests a server. The report says what was found, also where the server breaks rules; `report.check()` throws then.
 *
 * @throws {UsageError} A filter, an option or a file has a mistake.
 */
export async function run(server: Server, options: RunOptions = {}): Promise<Report> {
  if (typeof server !== "string") {
    const url = server.url === undefined ? [] : [server.url];
    return play(["run", ...url, "--spawn", commandLine(server.spawn)], options);
  }
  if (server !== "embedded" && !/^wss?(\+[a-z]+)?:\/\//i.test(server)) {
    throw new UsageError(`'${server}' is no address of a server; write 'ws://host:port/path', or { spawn: command }`);
  }
  return play(["run", server], options);
}

/**
 * Tests a client. It connects, sends each message back until the connection closes, and ends or resolves.
 *
 * @throws {UsageError} A filter, an option or a file has a mistake.
 */
export async function testClient(client: Client | Command, options: ClientOptions = {}): Promise<Report> {
  if (typeof client !== "function") {
    const command = typeof client === "object" && "exec" in client ? client.exec : client;
    return play(["test-client", "--exec", commandLine(command)], options);
  }
  const { jobs = AT_ONCE, connectTimeout, maxTime, ...rest } = options;
  if (connectTimeout !== undefined || maxTime !== undefined) {
    throw new UsageError("`connectTimeout` and `maxTime` are for a client that is a command; leave them out");
  }
  const serving = await serve(rest);
  try {
    return await called(serving, client, jobs);
  } finally {
    await serving.close();
  }
}

/** Calls a client for each trial, then once more, one at a time, for those that failed. */
async function called(serving: Serving, client: ClientFunction, jobs: number): Promise<Report> {
  const ids = await serving.ids();
  const waiting = ids.map((id) => serving.trialUrl(id));
  let first: unknown;
  const call = async (url: string) => {
    try {
      await client(url);
    } catch (error) {
      // A client that refuses what it should not is failed for it by its trial.
      first ??= error;
    }
  };
  const work = async () => {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      await call(url);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  let report: Report;
  try {
    report = await serving.report();
  } catch (cause) {
    const what = first === undefined ? "resolved" : `threw ${String(first)}`;
    throw new InconclusiveError(`the client connected to none of ${ids.length} addresses: it ${what}`, { cause });
  }
  for (const trial of report.of("fail")) {
    await call(serving.trialUrl(trial.id, { confirm: true }));
  }
  return serving.report();
}

/** The report of a record that `wsspec run --json` saved. */
export function load(record: string, { strict = false } = {}): Promise<Report> {
  return play(["report", record], { strict });
}

/** A trial as `wsspec list` has it. */
export interface Listed {
  readonly id: string;
  readonly title: string;
  readonly level: "must" | "should" | "may";
  /** The requirement that it tests in the first place. */
  readonly requirement: string;
  /** All requirements that it tests. */
  readonly cites: readonly string[];
  /** The peers that it tests. */
  readonly roles: readonly ("server" | "client")[];
  readonly tags: readonly string[];
  readonly autobahn: readonly string[];
  readonly file: string;
  readonly line: number;
}

/**
 * The trials that filters select; with a role, those that test such a peer.
 *
 * @throws {UsageError} A filter or a file has a mistake.
 */
export function trials(
  options: Pick<CommonOptions, "filters" | "exclude" | "extra" | "cases"> & { role?: "server" | "client" } = {},
): Listed[] {
  const { role, filters = [], exclude = [], extra = [], cases = [] } = options;
  const args = ["list", "--members", "--format", "json", ...list(filters), ...words({ exclude, extra, cases })];
  const { status, stdout, stderr, error } = spawnSync(binary(), args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) {
    throw new (status === 2 ? UsageError : RunError)(error?.message ?? said(stderr));
  }
  const all = JSON.parse(stdout) as Listed[];
  return role === undefined ? all : all.filter((trial) => trial.roles.includes(role));
}
