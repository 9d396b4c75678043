// Run by Node.js: compiles Python's library and the archives of sources with Pyodide itself, and packs what a browser loads.
// node compile.mjs ENGINE PACKING SOURCES INTO: Pyodide's folder, packing.py, a folder of zips, and where the results go.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [engine, packing, sources, into] = process.argv.slice(2).map((each) => resolve(each));

async function main() {
  const { loadPyodide } = await import(pathToFileURL(join(engine, "pyodide.mjs")).href);
  const python = await loadPyodide({ indexURL: engine });
  const names = readdirSync(sources).filter((name) => name.endsWith(".zip"));
  python.FS.mkdirTree("/sources");
  for (const name of names) python.FS.writeFile(`/sources/${name}`, readFileSync(join(sources, name)));
  python.FS.writeFile("/sources/python.zip", readFileSync(join(engine, "python_stdlib.zip")));
  python.FS.writeFile("/engine.wasm", readFileSync(join(engine, "pyodide.asm.wasm")));
  python.FS.mkdirTree("/packing");
  python.FS.writeFile("/packing/packing.py", readFileSync(packing));
  python.runPython("import sys; sys.path.insert(0, '/packing'); import packing; packing.pack_all('/sources', '/packed')");
  for (const name of python.FS.readdir("/packed").filter((name) => name.endsWith(".packed")))
    writeFileSync(join(into, basename(name)), python.FS.readFile(`/packed/${name}`));
}

main().catch((error) => {
  // The message alone: the stack shows Pyodide's own text, which is one line of a megabyte.
  process.stderr.write(`${String(error?.message ?? error).slice(-2000)}\n`);
  process.exit(1);
});
