// Writes the folders that `npm pack` and `npm publish` take. After `tsc`:
//
//   node package.mjs FOLDER                           the package `wsspec`
//   node package.mjs FOLDER PLATFORM-ARCH PROGRAM     the package that carries the program for one platform
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The platforms that a release has, as Node.js calls them. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];
const LICENSES = ["LICENSE-MIT", "LICENSE-APACHE"];

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const { devDependencies, scripts, ...main } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const [, , folder, platform, program] = process.argv;
if (folder === undefined || (platform !== undefined && (program === undefined || !PLATFORMS.includes(platform)))) {
  console.error(`usage: node package.mjs FOLDER [{${PLATFORMS.join(",")}} PROGRAM]`);
  process.exit(2);
}
mkdirSync(join(folder, "bin"), { recursive: true });
LICENSES.forEach((file) => copyFileSync(join(here, file), join(folder, file)));
if (platform === undefined) {
  const optionalDependencies = Object.fromEntries(PLATFORMS.map((name) => [`@wsspec/${name}`, main.version]));
  described({ ...main, optionalDependencies });
  ["bin", "dist", "README.md"].forEach((name) => cpSync(join(here, name), join(folder, name), { recursive: true }));
} else {
  const [os, cpu] = platform.split("-");
  described({
    name: `@wsspec/${platform}`,
    version: main.version,
    description: `The program of wsspec for ${os} on ${cpu}`,
    license: main.license,
    repository: main.repository,
    os: [os],
    cpu: [cpu],
    // Linked against the C library of the system that it was built on.
    ...(os === "linux" ? { libc: ["glibc"] } : {}),
    preferUnplugged: true,
  });
  const file = join(folder, "bin", os === "win32" ? "wsspec.exe" : "wsspec");
  copyFileSync(program, file);
  chmodSync(file, 0o755);
}

function described(fields) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(fields, null, 2)}\n`);
  console.log(`${fields.name} ${fields.version} in ${folder}`);
}
