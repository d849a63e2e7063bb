/** Finds the program that a package for this platform carries. */

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";

import { BinaryNotFoundError } from "./errors.js";

/** Names another program to run, a build of one's own. */
const VARIABLE = "WSSPEC_BINARY";

/** The path of the `wsspec` program: that of `WSSPEC_BINARY`, or of the package for this platform. */
export function binary(): string {
  const chosen = process.env[VARIABLE];
  if (chosen) {
    if (!isProgram(chosen)) {
      throw new BinaryNotFoundError(`\`${chosen}\`, which ${VARIABLE} names, is not a program; unset ${VARIABLE}`);
    }
    return chosen;
  }
  const name = `@wsspec/${process.platform}-${process.arch}`;
  const file = process.platform === "win32" ? "wsspec.exe" : "wsspec";
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/${file}`);
  } catch {
    throw new BinaryNotFoundError(
      `the package ${name} is not installed; install without --no-optional if there is one for this platform, ` +
        `or run \`cargo install wsspec\` and name that program in ${VARIABLE}`,
    );
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
