/** Plays the server for clients that connect on their own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { binary } from "./binary.js";
import { RunError, UsageError } from "./errors.js";
import type { ServeOptions } from "./options.js";
import { given, play, said } from "./process.js";
import type { Report } from "./results.js";

const LISTENING = /listening on (wss?):\/\/([^/\s]+)\//;

/**
 * Plays the server for a client that connects on its own. Listens on a free port of 127.0.0.1 unless `listen` says
 * otherwise. Close it when you are done.
 */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  const folder = await mkdtemp(join(tmpdir(), "wsspec-"));
  try {
    const args = ["serve", ...(await given(folder, { listen: "127.0.0.1:0", ...options } as ServeOptions)), "--color", "never"];
    const child = spawn(binary(), args, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
    const [scheme, authority] = await listening(child);
    options.signal?.addEventListener("abort", () => child.kill("SIGTERM"));
    return new Serving(child, folder, scheme, authority, options.strict ?? false);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function listening(child: ChildProcess): Promise<[string, string]> {
  return new Promise((resolve, reject) => {
    let text = "";
    // What follows is read and thrown away: it must not wait for us.
    const read = (more: string) => {
      text += more;
      const [, scheme, authority] = LISTENING.exec(text) ?? [];
      if (scheme && authority) {
        text = "";
        resolve([scheme, authority]);
      }
    };
    child.stdout?.setEncoding("utf8").on("data", read);
    child.stderr?.setEncoding("utf8").on("data", read);
    child.on("error", (error) => reject(new RunError(`cannot run wsspec: ${error.message}`, { cause: error })));
    child.on("close", (code) => reject(new (code === 2 ? UsageError : RunError)(said(text) || "wsspec says nothing")));
  });
}

/** A server that plays a trial on each connection; made by `serve`. */
export class Serving {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #origin: string;
  readonly #strict: boolean;

  /** @internal */
  constructor(child: ChildProcess, folder: string, scheme: string, authority: string, strict: boolean) {
    [this.#child, this.#folder, this.#strict] = [child, folder, strict];
    this.#origin = `${scheme}://${authority}`;
  }

  /**
   * The address of the next trial of an agent, a name for the client. Each connection to it plays another one, then those
   * that failed are played once more; 410 answers the connection after the last.
   */
  url(agent = "client"): string {
    return `${this.#origin}/next/${encodeURIComponent(agent)}`;
  }

  /** The address of one trial. With `confirm` it is played once more, and a failure that is not seen again is flaky. */
  trialUrl(id: string, { agent = "client", confirm = false } = {}): string {
    const query = `agent=${encodeURIComponent(agent)}${confirm ? "&confirm=1" : ""}`;
    return `${this.#origin}/case/${encodeURIComponent(id)}?${query}`;
  }

  /** The address of the page that runs every trial in the browser that opens it. */
  get page(): string {
    return `${this.#origin.replace(/^ws/, "http")}/`;
  }

  /** The ids of the trials, in their order. */
  async ids(): Promise<string[]> {
    return (JSON.parse(await fetched(`${this.page}cases`)) as { id: string }[]).map((trial) => trial.id);
  }

  /** What the trials of an agent came to so far. */
  async report(agent = "client"): Promise<Report> {
    let record: string;
    try {
      record = await fetched(`${this.page}record?agent=${encodeURIComponent(agent)}`);
    } catch (cause) {
      throw new RunError(`no report on the agent '${agent}': it was not played a trial yet`, { cause });
    }
    const file = join(this.#folder, "saved.json");
    await writeFile(file, record);
    return play(["report", file], { strict: this.#strict });
  }

  /** Stops serving. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise((resolve) => this.#child.once("close", resolve));
      this.#child.kill("SIGTERM");
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A resource of our own server, whose certificate may be signed by nobody. */
function fetched(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = address.startsWith("https:") ? requestTls : requestPlain;
    const sent = request(address, { rejectUnauthorized: false, agent: false } as object, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => (text += more));
      response.on("error", reject).on("end", () => {
        if (response.statusCode === 200) {
          resolve(text);
        } else {
          reject(new Error(`${address} answers ${response.statusCode}`));
        }
      });
    });
    sent.on("error", reject).end();
  });
}
