/** Calls of the program. */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { binary } from "./binary.js";
import { InconclusiveError, RunError, UsageError } from "./errors.js";
import { type CommonOptions, list, words } from "./options.js";
import { report } from "./read.js";
import type { Report } from "./results.js";

/** What each call has that ends in a report: nothing for people. */
const SILENT = ["--quiet", "--color", "never", "--github", "never"];

/** Gives a folder for the files of a call, and takes it away afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "wsspec-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The arguments that options stand for, with a file for what is known. */
export async function given(folder: string, options: CommonOptions): Promise<string[]> {
  let { known, filters = [], args = [] } = options;
  if (typeof known === "object") {
    const lines = Object.entries(known).map(([glob, reason]) => `${JSON.stringify(glob)} = ${JSON.stringify(reason)}`);
    known = join(folder, "known.toml");
    await writeFile(known, ["[known]", ...lines, ""].join("\n"));
  }
  return [...list(filters), ...words({ ...options, known }), ...list(args)];
}

/** Calls a command that writes a record, and reads what it has written. */
export function play(command: readonly string[], options: CommonOptions): Promise<Report> {
  return inFolder(async (folder) => {
    const [record, junit] = [join(folder, "record.json"), join(folder, "junit.xml")];
    const files = ["--json", record, "--junit", junit, ...SILENT];
    const { code, errors } = await ended([...command, ...(await given(folder, options)), ...files], options);
    if (code === 2) {
      throw new UsageError(errors || "wsspec refused its arguments without a word");
    }
    let texts: [string, string];
    try {
      texts = [await readFile(record, "utf8"), await readFile(junit, "utf8")];
    } catch (cause) {
      if (code === 3) {
        throw new InconclusiveError(errors || "wsspec ended without a record");
      }
      throw new RunError(`wsspec ended with ${code} and without a record: ${errors || "it says nothing"}`, { cause });
    }
    return report(...texts, code);
  });
}

function ended(args: string[], { cwd, signal }: CommonOptions): Promise<{ code: number; errors: string }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(binary(), args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    // Asked to end, it stops what it has started.
    const stop = () => child.kill("SIGTERM");
    signal?.addEventListener("abort", stop);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => (errors += more));
    child.on("error", (error) => reject(new RunError(`cannot run wsspec: ${error.message}`, { cause: error })));
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) {
        reject(signal.reason);
      } else {
        resolve({ code: code ?? -1, errors: said(errors) });
      }
    });
  });
}

/** What the program said, without the word before it. */
export function said(errors: string): string {
  return errors.trim().replace(/^error: /, "");
}
