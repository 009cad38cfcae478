// Python in a thread of its own: Pyodide and the package, all from this folder.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const python = (async () => {
  const [pyodide, archive] = await Promise.all([
    loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href }),
    fetch("cnnsize.zip").then((response) => { if (!response.ok) throw new Error("cnnsize.zip is missing"); return response.arrayBuffer(); }),
  ]);
  pyodide.unpackArchive(archive, "zip");
  pyodide.runPython("from cnnsize.page.browser import answer_json");
  return pyodide;
})();
python.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ failed: `Python could not be started: ${error.message ?? error}` }));

let latest = 0; // older questions that wait are dropped
self.onmessage = async ({ data: { number, question } }) => {
  latest = number;
  let pyodide;
  try { pyodide = await python; } catch { return; }
  if (number < latest) return;
  const answer = pyodide.globals.get("answer_json")(JSON.stringify(question));
  self.postMessage({ number, answer: JSON.parse(answer) });
};
