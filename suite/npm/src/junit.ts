/** What the JUnit file of a run says of each trial. */

import { SaxesParser } from "saxes";

import type { Status } from "./results.js";

/** What a harness is to make of a trial. */
export interface Told {
  readonly status: Status;
  readonly message: string;
  readonly text: string;
}

const STATUS: Readonly<Record<string, Status>> = { failure: "failed", error: "error", skipped: "skipped" };

/** By the ids of trials. */
export function told(xml: string): Map<string, Told> {
  const all = new Map<string, Told>();
  const parser = new SaxesParser();
  const path: string[] = [];
  let name = "";
  let [status, message, text, output]: [Status, string, string, string] = ["passed", "", "", ""];
  // Only what stands directly in a test case: a flaky one may have failures further in.
  const within = (element: string) => path.at(-1) === element && path.at(-2) === "testcase";
  const outcome = () => Object.keys(STATUS).some(within);
  const gather = (more: string) => {
    if (outcome()) {
      text += more;
    } else if (within("system-out")) {
      output += more;
    }
  };
  parser.on("opentag", (tag) => {
    path.push(tag.name);
    if (tag.name === "testcase") {
      name = String(tag.attributes["name"]);
      [status, message, text, output] = ["passed", "", "", ""];
    } else if (outcome()) {
      status = STATUS[tag.name] ?? "error";
      message = String(tag.attributes["message"] ?? "");
    }
  });
  parser.on("text", gather);
  parser.on("cdata", gather);
  parser.on("closetag", (tag) => {
    path.pop();
    if (tag.name === "testcase") {
      all.set(name, { status, message, text: (status === "passed" ? written(output) : text).trimEnd() });
    }
  });
  parser.write(xml).close();
  return all;
}

/** What follows the properties. */
function written(output: string): string {
  return output
    .split("\n")
    .filter((line) => !line.startsWith("[[PROPERTY|"))
    .join("\n");
}
