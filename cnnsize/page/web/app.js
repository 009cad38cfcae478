// The page: a text, what the back end says about it, and its pictures. No framework, no build step.
// HTML and SVG come complete and escaped from Python; everything else is set as text.
const element = (id) => document.getElementById(id);
const text = element("text"), marks = element("marks"), table = element("table");
const page = document.documentElement;
const TABS = { volumes: "Volumes", graph: "Graph", cone: "Receptive field", profile: "Profile", memory: "Memory", torch: "PyTorch",
  text: "Text", family: "Family" };
const DELAY = 60; // ms after the last key
const PATIENCE = 8000; // ms until a back end in the browser is started anew
const LONG = 2000; // characters of a link, after which its text is compressed

const state = { view: "volumes", network: null, layer: null, answer: null, sent: 0, shown: 0 };

// -- back ends ------------------------------------------------------------------------------------------

class Server {
  async ask(question) { return this.post("api/answer", question); }
  async post(path, question) {
    try {
      const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(question) });
      return response.ok ? await response.json() : { error: (await response.text()).trim() };
    } catch { return { error: "the server does not answer; is `cnnsize serve` still running?" }; }
  }
}

class Browser { // Python in a worker, so that typing never waits
  constructor() { this.waiting = new Map(); this.number = 0; this.start(); }
  start() {
    this.isReady = false;
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data.ready) { this.isReady = true; return; }
      if (data.failed) { this.fail(data.failed); return; }
      this.waiting.get(data.number)?.(data.answer);
      this.waiting.delete(data.number);
    };
    this.worker.onerror = () => this.fail("Python could not be started in this browser");
  }
  fail(error) { for (const done of this.waiting.values()) done({ error }); this.waiting.clear(); }
  ask(question) {
    return new Promise((done) => {
      const number = ++this.number;
      for (const older of this.waiting.values()) older(null); // overtaken
      this.waiting.clear();
      this.waiting.set(number, done);
      this.worker.postMessage({ number, question });
      setTimeout(() => {
        if (!this.isReady || !this.waiting.has(number)) return;
        this.fail("this network takes too long here; use the command line");
        this.worker.terminate();
        this.start();
      }, PATIENCE);
    });
  }
}

const backend = page.dataset.backend === "server" ? new Server() : new Browser();

// -- asking ---------------------------------------------------------------------------------------------

const theme = () => page.dataset.theme;

async function ask() {
  const number = ++state.sent, asked = text.value, begin = performance.now();
  const question = { text: asked, view: state.view, theme: theme(), network: state.network, layer: state.layer };
  const answer = await backend.ask(question);
  if (answer === null || number < state.shown) return; // a later answer was first
  state.shown = number;
  if (answer.error !== undefined) { showError(answer.error); return; }
  if (text.value !== asked) return; // typed meanwhile; its own answer comes
  if (answer.text !== asked) replaceText(0, asked.length, answer.text); // a network of the zoo
  state.answer = answer;
  state.view = answer.view || state.view;
  show(answer);
  element("took").textContent = `${Math.round(performance.now() - begin)} ms`;
  page.dataset.answered = String(number);
  keepLink();
}

function showError(message) {
  state.answer = null;
  element("summary").textContent = message;
  element("summary").className = "error";
  element("findings").replaceChildren();
  paint();
}

let timer = 0;
function askSoon() { clearTimeout(timer); timer = setTimeout(ask, DELAY); }

// -- showing --------------------------------------------------------------------------------------------

function show(answer) {
  element("summary").textContent = answer.summary;
  element("summary").className = answer.has_errors ? "error" : "";
  element("findings").replaceChildren(...answer.findings.map(findingItem));
  element("totals").replaceChildren(...answer.totals.map(([name, value]) => {
    const pair = make("div");
    pair.append(make("dt", "", name), make("dd", "", value));
    return pair;
  }));
  const labels = answer.networks.map((name, number) => new Option(name, number, false, number === answer.network));
  element("network").replaceChildren(...labels);
  element("network-label").hidden = labels.length < 2;
  table.innerHTML = answer.table;
  drawBars();
  for (const row of table.querySelectorAll("tr[data-path]")) { row.tabIndex = 0; row.classList.toggle("chosen", row.dataset.path === state.layer); }
  element("tiling").innerHTML = answer.tiling ?? "";
  element("tiling").hidden = !answer.tiling;
  showTabs(answer);
  paint();
}

function make(tag, name = "", content = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.textContent = content;
  return node;
}

function findingItem(finding) {
  const item = make("li", finding.severity), title = make("strong", "", `${finding.severity} `);
  if (finding.url) {
    const page = make("a", "", finding.code);
    Object.assign(page, { href: finding.url, target: "_blank", rel: "noreferrer" });
    title.append(page);
  } else title.append(finding.code);
  const place = make("button", "place", `${finding.name}: ${finding.message}`);
  place.type = "button";
  place.onclick = () => { text.focus(); text.setSelectionRange(...finding.span); };
  item.append(title, " ", place);
  if (finding.label) { const line = make("div"); line.append(make("code", "", finding.label)); item.append(line); }
  for (const note of finding.notes) item.append(make("div", "note", `note: ${note}`));
  for (const help of finding.help) item.append(make("div", "note", `help: ${help}`));
  if (finding.fixes.length) {
    const fixes = make("div", "fixes");
    for (const fix of finding.fixes) {
      const button = make("button", "", fix.message);
      button.type = "button";
      button.onclick = () => apply(fix);
      fixes.append(button);
    }
    item.append(fixes);
  }
  item.onpointerenter = () => paint(finding.span);
  item.onpointerleave = () => paint();
  return item;
}

function apply(fix) {
  const edits = [...fix.edits].sort((one, other) => other.span[0] - one.span[0]);
  for (const edit of edits) replaceText(...edit.span, edit.text);
  ask();
}

function replaceText(start, end, replacement) {
  text.focus();
  text.setSelectionRange(start, end);
  const undoable = replacement ? document.execCommand("insertText", false, replacement) : document.execCommand("delete");
  if (!undoable) text.setRangeText(replacement, start, end, "end");
  grow();
}

function drawBars() { // the share of the largest number of each column
  const rows = [...table.querySelectorAll("tbody tr[data-path]")];
  const count = rows[0]?.cells.length ?? 0;
  for (let column = 1; column < count; column++) {
    const cells = rows.map((row) => row.cells[column]).filter((cell) => cell?.align === "right" && /^[\d,]+$/.test(cell.textContent));
    const numbers = cells.map((cell) => Number(cell.textContent.replaceAll(",", "")));
    const largest = Math.max(...numbers, 1);
    cells.forEach((cell, index) => {
      cell.classList.add("bar");
      cell.style.setProperty("--share", `${(100 * numbers[index]) / largest}%`);
    });
  }
}

function showTabs(answer) {
  const tabs = answer.views.map((name) => {
    const tab = make("button", "", TABS[name] ?? name), chosen = name === answer.view;
    Object.assign(tab, { type: "button", id: `tab-${name}`, role: "tab", tabIndex: chosen ? 0 : -1, ariaSelected: String(chosen) });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "shown");
    tab.onclick = () => choose(name);
    return tab;
  });
  const hadFocus = element("tabs").contains(document.activeElement);
  element("tabs").replaceChildren(...tabs);
  element("shown").setAttribute("aria-labelledby", `tab-${answer.view}`);
  if (hadFocus) element(`tab-${answer.view}`)?.focus();
  const shown = element("shown");
  if (answer.form === "svg") shown.innerHTML = answer.shown;
  else shown.replaceChildren(make(answer.form === "code" ? "pre" : "p", "", answer.shown));
  element("copy").hidden = answer.form !== "code";
}

function choose(view) { state.view = view; ask(); }

function paint(extra) { // underlines behind the text
  const value = text.value, spans = [];
  if (state.answer?.text === value) for (const finding of state.answer.findings) spans.push({ span: finding.span, name: finding.severity });
  if (extra) spans.push({ span: extra, name: "row" });
  const edges = [...new Set([0, value.length, ...spans.flatMap(({ span }) => span)])].sort((one, other) => one - other);
  const parts = [];
  for (let index = 0; index + 1 < edges.length; index++) {
    const piece = value.slice(edges[index], edges[index + 1]);
    const names = spans.filter(({ span }) => span[0] <= edges[index] && edges[index + 1] <= span[1]).map(({ name }) => name);
    const strongest = ["error", "warning", "info"].find((name) => names.includes(name)) ?? "";
    parts.push(names.length ? make("mark", `${strongest} ${names.includes("row") ? "row" : ""}`.trim(), piece) : piece);
  }
  marks.replaceChildren(...parts, "\n");
  marks.scrollTop = text.scrollTop;
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${text.scrollHeight}px`);
}

// -- the link: #a= with the text, or #z= compressed -----------------------------------------------------

let linkNumber = 0;
async function keepLink() {
  const number = ++linkNumber, hash = await linkOf(text.value);
  if (number === linkNumber) history.replaceState(null, "", `#${hash}`);
}

async function linkOf(value) {
  const plain = encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]");
  if (plain.length <= LONG) return `a=${plain}`;
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(value));
  const code = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `z=${code.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

async function textOf(hash) { // null for a link without a text that can be read
  try {
    if (hash.startsWith("#a=")) return decodeURIComponent(hash.slice(3).replaceAll("+", "%20"));
    if (!hash.startsWith("#z=") || hash.length > 40000) return null;
    const code = atob(hash.slice(3).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(new DecompressionStream("deflate-raw"), Uint8Array.from(code, (char) => char.charCodeAt(0)), 100000);
    return new TextDecoder().decode(bytes);
  } catch { return null; }
}

async function through(stream, bytes, limit = Infinity) {
  const writer = stream.writable.getWriter(), reader = stream.readable.getReader(), parts = [];
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > limit) { await reader.cancel(); throw new RangeError("too long"); }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// -- events ---------------------------------------------------------------------------------------------

text.addEventListener("input", () => { grow(); paint(); askSoon(); });
text.addEventListener("scroll", () => { marks.scrollTop = text.scrollTop; });
const rowOf = (event) => event.target.closest?.("tbody tr[data-path]");
const mark = (event) => { const row = rowOf(event); paint(row ? state.answer?.layers[row.dataset.path] : undefined); };
const chooseLayer = (row) => { state.layer = state.layer === row.dataset.path ? null : row.dataset.path; ask(); };
table.addEventListener("pointerover", mark);
table.addEventListener("focusin", mark);
table.addEventListener("pointerleave", () => paint());
table.addEventListener("focusout", () => paint());
table.addEventListener("click", (event) => { const row = rowOf(event); if (row) chooseLayer(row); });
table.addEventListener("keydown", (event) => {
  const row = rowOf(event);
  if (!row || !["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Enter" || event.key === " ") { chooseLayer(row); return; }
  const rows = [...table.querySelectorAll("tbody tr[data-path]")];
  rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
});
element("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], views = state.answer?.views ?? [];
  if (!step || !views.length) return;
  event.preventDefault();
  choose(views[(views.indexOf(state.view) + step + views.length) % views.length]);
});
element("network").addEventListener("change", (event) => { state.network = Number(event.target.value); ask(); });
element("examples").addEventListener("change", (event) => {
  if (event.target.value) setText(event.target.value);
  event.target.selectedIndex = 0;
});
element("link").addEventListener("click", () => copy(location.href, element("link"), "Copy link"));
element("copy").addEventListener("click", () => copy(state.answer?.shown ?? "", element("copy"), "Copy"));
element("theme").addEventListener("click", () => { useTheme(theme() === "dark" ? "light" : "dark"); ask(); });
addEventListener("hashchange", async () => {
  const value = await textOf(location.hash);
  if (value !== null && value !== text.value) setText(value);
});

async function copy(content, button, label) {
  try { await navigator.clipboard.writeText(content); button.textContent = "Copied"; } catch { button.textContent = "Not allowed here"; }
  setTimeout(() => { button.textContent = label; }, 1500);
}

function setText(value) {
  state.network = state.layer = null;
  replaceText(0, text.value.length, value);
  paint();
  ask();
}

function useTheme(name) {
  page.dataset.theme = name;
  element("theme").textContent = name === "dark" ? "Light" : "Dark";
}

// -- a file that the server follows ---------------------------------------------------------------------

async function follow() {
  const choice = element("file");
  element("file-label").hidden = false;
  let stamp = null, networks = [];
  for (;;) {
    const answer = await backend.post("api/file", { stamp });
    if (answer.error !== undefined) {
      showError(answer.error);
      await new Promise((done) => setTimeout(done, 2000));
      continue;
    }
    stamp = answer.stamp;
    if (!answer.networks) continue;
    const number = Math.min(Math.max(choice.selectedIndex, 0), answer.networks.length - 1);
    const isUnedited = !networks.length || networks[choice.selectedIndex]?.text === text.value;
    networks = answer.networks;
    element("file-name").textContent = answer.name;
    choice.replaceChildren(...networks.map(({ name }, index) => new Option(name, index, false, index === number)));
    choice.onchange = () => setText(networks[choice.selectedIndex].text);
    if (isUnedited && networks[number] && networks[number].text !== text.value) setText(networks[number].text);
  }
}

// -- before the first answer: the finished example of a static page ---------------------------------------

function showFinished() {
  const [layers, picture] = ["finished-table", "finished-picture"].map(element);
  if (!layers || text.value !== element("examples").options[1].value) return;
  table.replaceChildren(layers.content.cloneNode(true));
  drawBars();
  element("shown").replaceChildren(picture.content.cloneNode(true));
  element("summary").textContent = "starting Python ...";
}

// -- start ----------------------------------------------------------------------------------------------

useTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const first = (await textOf(location.hash)) ?? page.dataset.text ?? element("examples").options[1].value;
if (page.dataset.follows && !location.hash) follow();
else { text.value = first; grow(); paint(); showFinished(); ask(); }
if (page.dataset.follows && location.hash) follow();
