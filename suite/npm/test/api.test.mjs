// The API against servers and clients of npm `ws`, from the installed package.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  BinaryNotFoundError,
  ConformanceError,
  InconclusiveError,
  RunError,
  UsageError,
  binary,
  load,
  run,
  serve,
  testClient,
  trials,
} from "wsspec";

import { echo, listen } from "./servers.mjs";

const FILE = fileURLToPath(new URL("servers.mjs", import.meta.url));
/** Rules that ws keeps. */
const KEPT = ["rfc6455/5.5.2"];
/** Rules that it breaks when told to take any text. */
const UTF8 = ["rfc6455/8.1"];
const spawned = { spawn: [process.execPath, FILE, "{port}"] };
const lax = { spawn: [process.execPath, FILE, "{port}", "lax"] };

test("a server in this process conforms", async () => {
  const server = await listen();
  const report = (await run(server.url, { filters: KEPT })).check();
  server.stop();
  assert.equal(report.role, "server");
  assert.deepEqual([report.exitCode, report.conforms, report.failed], [0, true, []]);
  assert.ok(report.target.startsWith(server.url) && report.peer.echo && report.peer.pong);
  assert.ok(report.trials.length > 10 && report.trials.every((trial) => trial.ok()));
});

test("a server that is spawned conforms", async () => {
  assert.ok((await run(spawned, { filters: KEPT })).conforms);
});

test("a failure has the rule and the transcript", async () => {
  const report = await run(lax, { filters: [...UTF8, ...KEPT] });
  assert.equal(report.exitCode, 1);
  const [trial] = report.failed;
  assert.equal(report.trial(trial.id), trial);
  assert.deepEqual([trial.verdict, trial.status, trial.ok()], ["fail", "failed", false]);
  assert.equal(trial.failure.level, "MUST");
  assert.match(trial.named.citation, /^RFC 6455 section /);
  assert.ok(trial.script.length > 0 && trial.transcript.some((entry) => entry.event === "sent"));
  assert.match(trial.text, /^FAIL  .*\n[^]*found  expected/);
  assert.throws(() => trial.check(), (error) => error instanceof ConformanceError && error.message === trial.text);
  assert.throws(() => report.check(), { name: "ConformanceError", message: /rfc6455\/8\.1/ });
});

test("a known failure is expected", async () => {
  const known = { "rfc6455/8.1/*": 'it skips "validation"' };
  const report = (await run(lax, { filters: UTF8, known })).check();
  const expected = report.trials.filter((trial) => trial.known !== undefined);
  assert.ok(expected.length > 0 && expected.every((trial) => trial.status === "skipped"));
});

test("results cannot be changed", async () => {
  const report = await run("embedded", { filters: KEPT });
  assert.throws(() => (report.trials[0].id = "x"), TypeError);
});

test("a missed SHOULD is strictly a failure", async () => {
  const filters = ["rfc6455/4.2.1/host-empty"];
  const [trial] = (await run("embedded", { filters })).check().trials;
  assert.deepEqual([trial.verdict, trial.ok(), trial.ok({ strict: true })], ["lenient", true, false]);
  assert.equal((await run("embedded", { filters, strict: true })).exitCode, 1);
});

test("a run is stopped by its signal", async () => {
  const signal = AbortSignal.timeout(200);
  await assert.rejects(run(spawned, { signal }), { name: "TimeoutError" });
});

test("an address that nobody listens on", async () => {
  const report = await run("ws://127.0.0.1:1");
  assert.deepEqual([report.exitCode, report.trials.length], [3, 0]);
  assert.throws(() => report.check(), { name: "InconclusiveError", message: /nothing listens on 127\.0\.0\.1:1/ });
});

test("wrong usage says what and what to do", async () => {
  const wrong = [
    [() => run("localhost:9001"), /no address of a server; write 'ws:\/\/host:port\/path'/],
    [() => run("embedded", { filters: ["nosuch"] }), /^(?!error:).*nosuch/],
    [() => run("embedded", { timeout: 0 }), /`timeout` is 0; give milliseconds, more than 0/],
    [() => run("embedded", { nosuch: 1 }), /there is no option `nosuch`; one of .*allowedOrigin/],
    [() => testClient(echo, { maxTime: 5 }), /for a client that is a command; leave them out/],
    [() => serve({ filters: ["nosuch"] }), /nosuch/],
  ];
  for (const [call, message] of wrong) {
    await assert.rejects(call(), (error) => error instanceof UsageError && message.test(error.message), String(message));
  }
  assert.throws(() => trials({ filters: ["nosuch"] }), UsageError);
});

test("a program that is not there", () => {
  const before = process.env.WSSPEC_BINARY;
  process.env.WSSPEC_BINARY = "/nowhere/wsspec";
  assert.throws(() => binary(), (error) => error instanceof BinaryNotFoundError && /unset WSSPEC_BINARY/.test(error.message));
  delete process.env.WSSPEC_BINARY;
  if (before !== undefined) process.env.WSSPEC_BINARY = before;
});

test("trials are listed by role", async () => {
  const listed = trials({ filters: KEPT, role: "server" });
  assert.ok(listed.every((trial) => trial.roles.includes("server") && trial.id.startsWith("rfc6455/5.5.2/")));
  const ids = new Set(listed.map((trial) => trial.id));
  assert.ok((await run("embedded", { filters: KEPT })).trials.every((trial) => ids.has(trial.id)));
});

test("a client that is a function", async () => {
  const report = (await testClient(echo, { filters: KEPT })).check();
  assert.equal(report.role, "client");
  assert.ok(report.of("pass").length > 0);
});

test("a client that is a command", async () => {
  const exec = [process.execPath, FILE, "{url}"];
  const report = (await testClient({ exec }, { filters: ["rfc6455/5.5.2/ping"], jobs: 2 })).check();
  assert.ok(report.of("pass").length > 0);
});

test("a client that does not connect", async () => {
  const filters = ["rfc6455/5.5.2/ping"];
  const broken = () => {
    throw new Error("no socket");
  };
  await assert.rejects(
    testClient(broken, { filters }),
    (error) => error instanceof InconclusiveError && /connected to none of .* it threw Error: no socket/.test(error.message),
  );
});

test("serving plays the next trial on each connection", async () => {
  const serving = await serve({ filters: ["rfc6455/5.5.2/ping"] });
  assert.match(serving.page, /^http:\/\/127\.0\.0\.1:/);
  const ids = await serving.ids();
  for (const _ of ids) {
    await echo(serving.url("mine"));
  }
  const report = (await serving.report("mine")).check();
  assert.deepEqual(report.trials.map((trial) => trial.id), ids);
  await assert.rejects(serving.report("other"), (error) => error instanceof RunError && /'other'/.test(error.message));
  await serving.close();
});

test("a saved record is loaded", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "wsspec-test-")), "record.json");
  const report = await run("embedded", { filters: KEPT, args: ["--json", file] });
  assert.deepEqual(await load(file), report);
  assert.deepEqual((await load(file)).record, JSON.parse(readFileSync(file, "utf8")));
});

test("npx runs the program, with its exit code", () => {
  const npx = (...args) => spawnSync("npx", ["--no-install", "wsspec", ...args], { encoding: "utf8" });
  assert.match(npx("--version").stdout, /^wsspec \d/);
  assert.equal(npx("run", "embedded", "nosuch").status, 2);
});
