#!/usr/bin/env node
// The program, with the arguments, the streams, the signals and the exit code of this one.
import { spawn } from "node:child_process";
import { constants } from "node:os";

import { binary } from "../dist/binary.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

let path;
try {
  path = binary();
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(2);
}
const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
// From a terminal both of us get them; it ends, and then so do we.
for (const signal of signals) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  process.stderr.write(`error: cannot run \`${path}\`: ${error.message}\n`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
