// What the types allow, and what they refuse; compiled and not run.
import { type Report, type Trial, run, serve, testClient, trials } from "wsspec";
import { conforms } from "wsspec/node-test";
import { conforms as inVitest } from "wsspec/vitest";

export async function use(): Promise<Trial[]> {
  const report: Report = await run("ws://127.0.0.1:9001", { filters: ["level:must"], timeout: 5000, strict: true });
  const level: "MUST" | "SHOULD" | "MAY" | undefined = report.failed[0]?.named.level;
  // @ts-expect-error A report cannot be changed.
  report.exitCode = 0;
  // @ts-expect-error There is no such option.
  await run("ws://127.0.0.1:9001", { nosuch: 1 });
  // @ts-expect-error A client has no header fields of ours.
  await testClient("node client.js {url}", { headers: {} });
  const serving = await serve({ listen: "127.0.0.1:0" });
  await serving.close();
  conforms({ spawn: ["node", "server.js", "{port}"] }, { filters: [level ?? trials()[0]?.id ?? ""] });
  inVitest(async () => ({ url: "ws://127.0.0.1:9001", stop: () => undefined }));
  return report.check().of("fail");
}
