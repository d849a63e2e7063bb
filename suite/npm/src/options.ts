/** Options, and the arguments of the command line that they become. */

import { UsageError } from "./errors.js";

/** A command of the shell, or its words. */
export type Command = string | readonly string[];

/** What every kind of test takes. Times are in milliseconds. */
export interface CommonOptions {
  /** Trials to run: ids, the start of one, globs, `level:must`, `section:5.5`. */
  filters?: readonly string[];
  /** Trials to leave out, by the same patterns. */
  exclude?: readonly string[];
  /** Groups that run only when asked for: `large`, `throughput`, `resources`, `known-bugs`, `all`. */
  extra?: readonly string[];
  /** Folders of cases of your own. */
  cases?: readonly string[];
  /** The settings to read in place of `wsspec.toml` in the working directory. */
  config?: string;
  /** How long a line of a script waits for what it expects. */
  timeout?: number;
  /** Where random bytes begin. */
  seed?: number;
  /** Fail for a missed SHOULD, too. */
  strict?: boolean;
  /** Failures to expect: a file, or globs and reasons. */
  known?: string | Readonly<Record<string, string>>;
  /** Further arguments, as on the command line. */
  args?: readonly string[];
  /** The working directory of wsspec and of what it starts. */
  cwd?: string;
  /** Stops the run, and what it has started. */
  signal?: AbortSignal;
}

/** What `run` takes. */
export interface RunOptions extends CommonOptions {
  /** Header fields to add to every opening handshake. */
  headers?: Readonly<Record<string, string>>;
  /** Origin to send. */
  origin?: string;
  /** The one origin that the server accepts. */
  allowedOrigin?: string;
  /** An origin that the server is to refuse. */
  foreignOrigin?: string;
  /** Subprotocols to offer. */
  subprotocols?: readonly string[];
  /** Credentials for Basic authentication. */
  user?: { name: string; password: string };
  /** Token for Bearer authentication. */
  bearer?: string;
  /** PEM file of certificate authorities to trust besides the system's. */
  caFile?: string;
  /** Accept any certificate. */
  insecure?: boolean;
  /** PEM file of a client certificate. */
  clientCert?: string;
  /** PEM file of its key. */
  clientKey?: string;
  /** Server name to ask for in place of the target's host. */
  sni?: string;
  /** Proxy to go through; by default that of `ALL_PROXY`. */
  proxy?: string;
  /** How long a connection may take to open. */
  connectTimeout?: number;
  /** How long the server may take until it listens, where wsspec starts it. */
  spawnTimeout?: number;
  /** How many trials at once. */
  jobs?: number;
  /** How long the whole run may take. */
  maxTime?: number;
}

/** What `testClient` takes. */
export interface ClientOptions extends CommonOptions {
  /** How long a client that is a command may take until its request has arrived. */
  connectTimeout?: number;
  /** How many clients at once. */
  jobs?: number;
  /** How long the whole run may take, where the client is a command. */
  maxTime?: number;
}

/** What `serve` takes. */
export interface ServeOptions extends CommonOptions {
  /** Where to listen; port 0 is a free one. */
  listen?: string;
  /** How long a client may take to say what it wants. */
  requestTimeout?: number;
  /** Serve over TLS with a certificate that is made for it. */
  tls?: "self-signed";
  /** PEM file of a certificate chain. */
  tlsCert?: string;
  /** PEM file of its key. */
  tlsKey?: string;
}

/** Options whose values stand on the command line as they are, each as often as it has values. */
const PLAIN: Readonly<Record<string, string>> = {
  exclude: "--exclude",
  extra: "--extra",
  cases: "--cases",
  config: "--config",
  seed: "--seed",
  known: "--known",
  origin: "--origin",
  allowedOrigin: "--allowed-origin",
  foreignOrigin: "--foreign-origin",
  subprotocols: "--subprotocol",
  bearer: "--bearer",
  caFile: "--ca-file",
  clientCert: "--client-cert",
  clientKey: "--client-key",
  sni: "--sni",
  proxy: "--proxy",
  jobs: "--jobs",
  listen: "--listen",
  tls: "--tls",
  tlsCert: "--tls-cert",
  tlsKey: "--tls-key",
};
const FLAGS: Readonly<Record<string, string>> = { strict: "--strict", insecure: "--insecure" };
const TIMES: Readonly<Record<string, string>> = {
  timeout: "--timeout",
  connectTimeout: "--connect-timeout",
  spawnTimeout: "--spawn-timeout",
  requestTimeout: "--request-timeout",
  maxTime: "--max-time",
};
/** What others read. */
const ELSEWHERE = ["filters", "args", "cwd", "signal", "name", "role"];

/** The arguments. `known` is a path by now. */
export function words(options: object): string[] {
  const all = Object.entries(options).filter(([, value]) => value !== undefined);
  return all.flatMap(([name, value]) => words_of(name, value));
}

function words_of(name: string, value: unknown): string[] {
  const plain = PLAIN[name];
  if (plain !== undefined) {
    return list(value).flatMap((one) => [plain, one]);
  }
  const flag = FLAGS[name];
  if (flag !== undefined) {
    return value ? [flag] : [];
  }
  const time = TIMES[name];
  if (time !== undefined) {
    return [time, milliseconds(name, value)];
  }
  if (name === "headers") {
    return Object.entries(value as Record<string, string>).flatMap(([field, content]) => ["--header", `${field}: ${content}`]);
  }
  if (name === "user") {
    const user = value as { name: string; password: string };
    return ["--user", `${user.name}:${user.password}`];
  }
  if (ELSEWHERE.includes(name)) {
    return [];
  }
  const known = [...Object.keys(PLAIN), ...Object.keys(FLAGS), ...Object.keys(TIMES), "headers", "user", ...ELSEWHERE];
  throw new UsageError(`there is no option \`${name}\`; one of ${known.sort().join(", ")}`);
}

/** A list of words. A single one is taken for a list of one. */
export function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function milliseconds(name: string, value: unknown): string {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
    throw new UsageError(`\`${name}\` is ${String(value)}; give milliseconds, more than 0`);
  }
  return `${Math.max(1, Math.round(value))}ms`;
}

/** A command as one line of the shell. */
export function commandLine(command: Command): string {
  if (typeof command === "string") {
    return command;
  }
  const quoted = process.platform === "win32" ? inWindows : inPosix;
  return command.map(quoted).join(" ");
}

function inPosix(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function inWindows(word: string): string {
  return /^[\w@%+=:,./\\{}-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
}
