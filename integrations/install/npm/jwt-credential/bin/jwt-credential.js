#!/usr/bin/env node
// Runs the binary of the platform's package, under the name by which this file was called.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { basename } = require("node:path");

const platform = `jwt-credential-${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${platform}/jwt-credential`);
} catch {
  console.error(`jwt-credential: error: the npm package ${platform} is not installed`);
  console.error("jwt-credential: hint: install without --omit=optional; if there is no such package, use another way");
  process.exit(1);
}

const child = spawn(binary, process.argv.slice(2), { argv0: basename(process.argv[1], ".js"), stdio: "inherit" });
// A signal from the terminal reaches the child too; one that only this process gets is passed on.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`jwt-credential: error: cannot run ${binary}: ${error.message}`);
  process.exit(1);
});
child.on("close", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
