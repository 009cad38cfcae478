// Python in a thread of its own: Pyodide and the package, all from this folder.
import { loadPyodide } from "./pyodide/pyodide.mjs";

async function archive() {
  const response = await fetch("cnnsize.zip");
  if (!response.ok) throw new Error("cnnsize.zip is missing");
  return response.arrayBuffer();
}

async function start() {
  const indexURL = new URL("./pyodide/", import.meta.url).href;
  const [python, content] = await Promise.all([loadPyodide({ indexURL }), archive()]);
  python.unpackArchive(content, "zip");
  python.runPython("from cnnsize.page.browser import answer_json");
  self.postMessage({ isReady: true });
  return python.globals.get("answer_json");
}

const starting = start();
starting.catch(() => {}); // each question tells of it

self.onmessage = async ({ data }) => {
  let answer;
  try { answer = await starting; } catch (error) {
    self.postMessage({ error: `Python could not be started: ${error.message ?? error}` });
    return;
  }
  try { self.postMessage(JSON.parse(answer(JSON.stringify(data)))); } catch (error) {
    self.postMessage({ error: `cnnsize failed on this text: ${String(error.message ?? error).trim().split("\n").at(-1)}` });
  }
};
