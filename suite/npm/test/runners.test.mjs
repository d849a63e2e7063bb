// The helpers for node:test and vitest, through those runners.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const RUNNERS = {
  "node:test": (...args) => [process.execPath, "--test", "--test-reporter=tap", ...args, "suites/node.test.mjs"],
  vitest: (...args) => ["npx", "--no-install", "vitest", "run", "--reporter=tap-flat", ...args, "suites/vitest.test.mjs"],
};
const PATTERN = { "node:test": (text) => `--test-name-pattern=${text}`, vitest: (text) => `--testNamePattern=${text}` };

/** Runs a suite; returns its exit code, what it prints, and its lines for trials. */
function outcome([program, ...args], env) {
  const { NODE_TEST_CONTEXT, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: here, encoding: "utf8", env: { ...rest, ...env } });
  const lines = stdout.split("\n").filter((line) => /^\s*(not )?ok .*rfc6455\//.test(line));
  return { status, stdout: stdout + stderr, lines };
}

for (const [name, command] of Object.entries(RUNNERS)) {
  test(`${name}: each trial is a test, of a server and of a client`, () => {
    const { status, stdout, lines } = outcome(command(), {});
    assert.equal(status, 0, stdout);
    assert.ok(lines.length > 4 && lines.every((line) => /^\s*ok/.test(line)), stdout);
  });

  test(`${name}: a failure prints the transcript`, () => {
    const { status, stdout, lines } = outcome(command(), { LAX: "1", FILTERS: "rfc6455/8.1 rfc6455/5.5.2/ping" });
    assert.equal(status, 1);
    assert.ok(lines.some((line) => /^\s*not ok .*rfc6455\/8\.1\//.test(line)), stdout);
    assert.ok(lines.some((line) => /^\s*ok .*rfc6455\/5\.5\.2\//.test(line)), stdout);
    assert.match(stdout, /MUST +RFC 6455 section [^]*found  expected/);
  });

  test(`${name}: a known failure is skipped, with the reason`, () => {
    const { status, stdout } = outcome(command(), { LAX: "1", FILTERS: "rfc6455/8.1", KNOWN: "not today" });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /# SKIP/i);
  });

  test(`${name}: a pattern selects tests`, () => {
    const all = outcome(command(), {}).lines;
    const { status, stdout, lines } = outcome(command(PATTERN[name]("5.5.2/ping")), {});
    const ran = lines.filter((line) => !/# SKIP/i.test(line));
    assert.equal(status, 0, stdout);
    assert.ok(ran.length > 0 && ran.length < all.length && ran.every((line) => line.includes("5.5.2/ping")), stdout);
  });
}
