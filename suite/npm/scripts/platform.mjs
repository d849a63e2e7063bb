// node platform.mjs BINARY PLATFORM-ARCH FOLDER: writes the package that carries the program for one platform.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , binary, name, folder] = process.argv;
if (folder === undefined || !/^(linux|darwin|win32)-(x64|arm64)$/.test(name)) {
  console.error("usage: node platform.mjs BINARY {linux,darwin,win32}-{x64,arm64} FOLDER");
  process.exit(2);
}
const here = dirname(dirname(fileURLToPath(import.meta.url)));
const main = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const [os, cpu] = name.split("-");
const described = {
  name: `@wsspec/${name}`,
  version: main.version,
  description: `The program of wsspec for ${os} on ${cpu}`,
  license: main.license,
  repository: main.repository,
  os: [os],
  cpu: [cpu],
  preferUnplugged: true,
  // Linked against the C library of the system that it was built on.
  ...(os === "linux" ? { libc: ["glibc"] } : {}),
};
mkdirSync(join(folder, "bin"), { recursive: true });
writeFileSync(join(folder, "package.json"), `${JSON.stringify(described, null, 2)}\n`);
for (const file of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  copyFileSync(join(here, file), join(folder, file));
}
const program = join(folder, "bin", os === "win32" ? "wsspec.exe" : "wsspec");
copyFileSync(binary, program);
chmodSync(program, 0o755);
console.log(`${described.name} ${described.version} of ${basename(binary)} in ${folder}`);
