// The page: a text, what the back end says about it, and its pictures. No framework, no build step.
// HTML and SVG come complete and escaped from Python; everything else is set as text.
import { Browser, Server } from "./backend.js";
import { apply, grow, paint, replace } from "./editor.js";
import { linkOf, readLink } from "./link.js";

const element = (id) => document.getElementById(id);
const text = element("text"), table = element("table"), examples = element("examples"), page = document.documentElement;
const TABS = { volumes: "Volumes", graph: "Graph", cone: "Receptive field", profile: "Profile", memory: "Memory", torch: "PyTorch",
  text: "Text", family: "Family", members: "Members" };
const FIRST = Object.keys(TABS)[0];
const DELAY = 60; // ms after the last key
const PAUSE = 700; // ms after which a name is replaced by its network, and the summary is announced
const HOVER = 120; // ms until the pointer is taken to stay on a row
const SLOW = 400; // ms of an answer, after which the next one waits for a pause
const RETRY = 2000; // ms until a server that is gone is asked again
const BROKEN = "this link cannot be read; is it complete?";
const LEAST = 0.85; // of the width of a picture; narrower than that, it scrolls

const backend = page.dataset.backend === "server" ? new Server() : new Browser();
const state = { view: FIRST, network: null, layer: null, hovered: null, pointed: null, answer: null, isTyped: false, isSlow: false };

// -- asking: one question at a time, the latest next ------------------------------------------------------

let isAsking = false, isAsked = false, answers = 0;
async function ask() {
  isAsked = true;
  if (isAsking) return;
  isAsking = true;
  while (isAsked) { isAsked = false; await askOnce(); }
  isAsking = false;
}

async function askOnce() {
  const asked = text.value, begin = performance.now();
  const { view, network, layer, hovered } = state;
  const slowTimer = setTimeout(() => { element("took").textContent = "checking ..."; }, SLOW);
  const answer = await backend.ask({ text: asked, view, theme: page.dataset.theme, network, layer: layer ?? hovered });
  clearTimeout(slowTimer);
  const took = performance.now() - begin;
  state.isSlow = took > SLOW;
  if (text.value !== asked) return; // typed meanwhile, and asked again
  element("took").textContent = `${Math.round(took)} ms`;
  page.dataset.answered = String(++answers);
  if (answer.isGone) askSoon(RETRY);
  if (answer.error !== undefined) { showError(answer.error); return; }
  state.answer = answer;
  if (answer.text !== asked) expand(asked, answer.text);
  show(answer);
  keepLink();
}

let askTimer = 0;
function askSoon(delay = DELAY) { clearTimeout(askTimer); askTimer = setTimeout(ask, delay); }

function expand(name, network) { // a name by its network; not while a longer name is being typed
  const put = () => { if (text.value === name) { replace(0, name.length, network); paintText(); } };
  if (state.isTyped) setTimeout(put, PAUSE); else put();
}

// -- showing: only what has changed, so that the focus and the scroll positions stay ----------------------

const drawn = {};
function show(answer) {
  delete page.dataset.stale;
  say(answer.summary, answer.has_errors);
  update("findings", answer.findings, (findings) => element("findings").replaceChildren(...findings.map(findingItem)));
  update("networks", [answer.networks, answer.network], showNetworks);
  if (!answer.views.length && answer.text.trim() && drawn.shown) page.dataset.stale = "yes"; // a half-typed network: the last one stays
  else showNumbers(answer);
  paintText();
}

function showNumbers(answer) {
  update("totals", answer.totals, showTotals);
  element("numbers").hidden = !answer.table;
  update("table", answer.table, showTable);
  update("tiling", answer.tiling, ({ shown, form }) => {
    element("tiling").hidden = !shown;
    fill(element("tiling"), shown, form);
  });
  update("tabs", [answer.views, answer.view], showTabs);
  update("shown", [answer.shown, answer.form], ([shown, form]) => {
    fill(element("shown"), shown, form);
    element("copy").hidden = form !== "code";
  });
  chooseRow();
}

function update(id, value, draw) {
  const json = JSON.stringify(value);
  if (drawn[id] === json) return;
  drawn[id] = json;
  const focused = document.activeElement, place = element(id === "networks" ? "network" : id);
  const key = place.contains(focused) ? focused.dataset.key : undefined;
  draw(value);
  if (key === undefined) return;
  const same = [...place.querySelectorAll("[data-key]")];
  (same.find((node) => node.dataset.key === key) ?? same[0] ?? text).focus({ preventScroll: true });
}

function make(tag, name = "", content = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.textContent = content;
  return node;
}

function makeButton(name, content, key, action) {
  const button = make("button", name, content);
  button.type = "button";
  button.dataset.key = key;
  button.addEventListener("click", action);
  return button;
}

let sayTimer = 0;
function say(summary, isError) { // at once for the eye, and after a pause for the ear
  element("summary").textContent = summary;
  element("summary").className = isError ? "error" : "";
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => {
    if (element("announcement").textContent !== summary) element("announcement").textContent = summary;
  }, PAUSE);
}

function showError(message) {
  state.answer = null;
  if (drawn.shown) page.dataset.stale = "yes";
  say(message, true);
  update("findings", [], () => element("findings").replaceChildren());
  paintText();
}

function fill(place, shown, form) {
  if (form === "svg" || form === "html") place.innerHTML = shown;
  else place.replaceChildren(...(shown ? [make(form === "code" ? "pre" : "p", "", shown)] : []));
  for (const svg of place.querySelectorAll(":scope > svg")) svg.style.setProperty("min-width", `${LEAST * svg.width.baseVal.value}px`);
}

function findingItem(finding, number) {
  const item = make("li", finding.severity), title = make("strong", "", `${finding.severity} `);
  if (finding.url) {
    const rule = make("a", "", finding.code);
    Object.assign(rule, { href: finding.url, target: "_blank", rel: "noreferrer", title: `The page about ${finding.name}` });
    rule.dataset.key = `${number}-rule`;
    title.append(rule);
  } else title.append(finding.code);
  const select = (span) => () => { if (isCurrent()) { text.focus(); text.setSelectionRange(...span); } };
  item.append(title, " ", makeButton("place", `${finding.name}: ${finding.message}`, `${number}`, select(finding.span)));
  if (finding.label) {
    const line = make("div");
    line.append(make("code", "", finding.label));
    item.append(line);
  }
  finding.related.forEach(({ span, message }, index) => {
    const line = make("div", "note");
    line.append(makeButton("place", message || "see here", `${number}-related-${index}`, select(span)));
    item.append(line);
  });
  for (const note of finding.notes) item.append(make("div", "note", `note: ${note}`));
  for (const help of finding.help) item.append(make("div", "note", `help: ${help}`));
  if (finding.fixes.length) {
    const fixes = make("div", "fixes");
    fixes.append(...finding.fixes.map((fix, index) => makeButton("", fix.message, `${number}-fix-${index}`, () => applyFix(fix))));
    item.append(fixes);
  }
  const spans = [finding.span, ...finding.related.map(({ span }) => span)];
  for (const name of ["pointerenter", "focusin"]) item.addEventListener(name, () => paintText(spans));
  for (const name of ["pointerleave", "focusout"]) item.addEventListener(name, () => paintText());
  return item;
}

const isCurrent = () => state.answer?.text === text.value; // so that its offsets are those of the text

function paintText(spans = pointedSpans()) { paint(isCurrent() ? state.answer.findings : [], isCurrent() ? spans : []); }

function pointedSpans() {
  const span = state.answer?.layers[state.pointed];
  return span ? [span] : [];
}

function applyFix(fix) {
  if (!isCurrent()) return;
  apply(fix.edits);
  paintText();
  ask();
}

function showTotals(totals) {
  element("totals").replaceChildren(...totals.map(([name, value]) => {
    const pair = make("div");
    pair.append(make("dt", "", name), make("dd", "", value));
    return pair;
  }));
}

function showNetworks([names, chosen]) {
  element("network").replaceChildren(...names.map((name, number) => new Option(name, number, false, number === chosen)));
  element("network-label").hidden = names.length < 2;
}

const rows = () => [...table.querySelectorAll("tbody tr[data-path]")];

function showTable(html) {
  table.innerHTML = html;
  table.querySelector("table")?.setAttribute("role", "grid");
  for (const row of rows()) Object.assign(row, { tabIndex: -1 }).dataset.key = row.dataset.path;
  for (const name of ["params", "MACs", "activations"]) { // bars: the share of the largest number of the column
    const single = [...table.querySelectorAll("tbody tr")].filter((row) => !row.cells[0].textContent.endsWith(" in all"));
    const cells = single.map((row) => row.querySelector(`td.${name}`)).filter((cell) => cell !== null);
    const numbers = cells.map((cell) => Number(cell.textContent.replaceAll(",", "")) || 0);
    const largest = Math.max(...numbers, 1);
    cells.forEach((cell, index) => cell.style.setProperty("--share", `${(100 * numbers[index]) / largest}%`));
  }
}

function chooseRow() { // Tab reaches one row, and arrows the others
  const all = rows(), focused = all.find((row) => row === document.activeElement);
  const chosen = all.find((row) => row.dataset.path === state.layer);
  for (const row of all) {
    row.tabIndex = row === (focused ?? chosen ?? all[0]) ? 0 : -1;
    row.setAttribute("aria-selected", String(row === chosen));
  }
}

function showTabs([views, chosen]) {
  element("tabs").replaceChildren(...views.map((name) => {
    const tab = makeButton("", TABS[name] ?? name, name, () => chooseView(name));
    tab.id = `tab-${name}`;
    tab.tabIndex = name === chosen ? 0 : -1;
    for (const [key, value] of Object.entries({ role: "tab", "aria-controls": "shown", "aria-selected": name === chosen })) tab.setAttribute(key, value);
    return tab;
  }));
  if (views.length) element("shown").setAttribute("aria-labelledby", `tab-${chosen}`);
  else element("shown").removeAttribute("aria-labelledby");
}

// -- what the user does -----------------------------------------------------------------------------------

text.addEventListener("input", () => {
  state.isTyped = true;
  examples.selectedIndex = 0;
  grow();
  paintText();
  askSoon(state.isSlow ? PAUSE : DELAY);
});

text.addEventListener("beforeinput", (event) => { // browsers take seconds to show a text of some megabytes
  const limit = Number(page.dataset.limit), added = event.data?.length ?? 0;
  if (added === 0 || text.value.length - (text.selectionEnd - text.selectionStart) + added <= limit) return;
  event.preventDefault();
  say(`the page takes ${limit.toLocaleString("en")} characters; \`cnnsize check FILE\` takes more`, true);
});

function chooseView(view) { state.view = view; ask(); }

async function chooseLayer(path) {
  state.layer = state.layer === path ? null : path;
  await ask();
  if (state.layer !== null) element("tiling").scrollIntoView({ block: "nearest" });
}

const rowOf = (event) => event.target.closest?.("tbody tr[data-path]");
function point(row) {
  state.pointed = row?.dataset.path ?? null;
  paintText();
}
table.addEventListener("focusin", (event) => point(rowOf(event)));
table.addEventListener("focusout", () => point(null));
table.addEventListener("pointerover", (event) => {
  const row = rowOf(event);
  point(row);
  if (event.pointerType === "mouse" && row) hover(row.dataset.path);
});
table.addEventListener("pointerleave", () => { point(null); hover(null); });
function hover(path) {
  if (state.hovered === path) return;
  state.hovered = path;
  askSoon(HOVER);
}
table.addEventListener("click", (event) => { const row = rowOf(event); if (row) chooseLayer(row.dataset.path); });
table.addEventListener("keydown", (event) => {
  const row = rowOf(event), all = rows(), number = all.indexOf(row);
  const targets = { ArrowDown: number + 1, ArrowUp: number - 1, Home: 0, End: all.length - 1 };
  if (!row || ![...Object.keys(targets), "Enter", " "].includes(event.key)) return;
  event.preventDefault();
  if (event.key in targets) all[targets[event.key]]?.focus(); else chooseLayer(row.dataset.path);
  chooseRow();
});

element("tabs").addEventListener("keydown", (event) => {
  const views = state.answer?.views ?? [], number = views.indexOf(state.answer?.view);
  const target = { ArrowRight: number + 1, ArrowLeft: number - 1, Home: 0, End: views.length - 1 }[event.key];
  if (target === undefined || !views.length) return;
  event.preventDefault();
  chooseView(views[(target + views.length) % views.length]);
  element(`tab-${state.view}`).focus();
});

element("network").addEventListener("change", (event) => {
  Object.assign(state, { network: Number(event.target.value), layer: null });
  ask();
});
examples.addEventListener("change", () => { if (examples.value) setText(examples.value); });
element("link").addEventListener("click", () => copy(location.href, element("link")));
element("copy").addEventListener("click", () => copy(state.answer?.shown ?? "", element("copy")));

async function copy(content, button) {
  const label = button.dataset.label ??= button.textContent;
  try { await navigator.clipboard.writeText(content); button.textContent = "Copied"; } catch { button.textContent = "Not allowed here"; }
  setTimeout(() => { button.textContent = label; }, 1500);
}

function setText(value) {
  Object.assign(state, { network: null, layer: null, hovered: null, isTyped: false });
  replace(0, text.value.length, value);
  state.isTyped = false; // the editor has told of an input
  paintText();
  ask();
}

// -- the theme: that of the system, until another one is chosen -------------------------------------------

const system = matchMedia("(prefers-color-scheme: dark)");
function useTheme(name) {
  page.dataset.theme = name;
  element("theme").textContent = name === "dark" ? "Light" : "Dark";
}
let isThemeChosen = false;
system.addEventListener("change", () => { if (!isThemeChosen) { useTheme(system.matches ? "dark" : "light"); ask(); } });
element("theme").addEventListener("click", () => {
  isThemeChosen = true;
  useTheme(page.dataset.theme === "dark" ? "light" : "dark");
  ask();
});

// -- the link ---------------------------------------------------------------------------------------------

let linkNumber = 0;
async function keepLink() {
  const number = ++linkNumber, choices = {};
  if (state.view !== FIRST) choices.view = state.view;
  if (state.layer !== null) choices.layer = state.layer;
  if (state.network !== null) choices.network = String(state.network);
  const hash = await linkOf(text.value, choices);
  if (number !== linkNumber) return;
  try { history.replaceState(null, "", `#${hash}`); } catch { /* too many in a short time; the next one will do */ }
}

function useLink({ view, layer, network }) {
  Object.assign(state, { view: view in TABS ? view : FIRST, layer: layer ?? null, network: network === undefined ? null : Number(network) });
}

addEventListener("hashchange", async () => {
  const link = await readLink(location.hash);
  if (link.isBroken) showError(BROKEN);
  if (link.text === undefined) return;
  if (link.text !== text.value) setText(link.text);
  useLink(link);
  ask();
});

// -- a file that the server follows -----------------------------------------------------------------------

async function follow(isOwnText) { // a text of the user's own stays, and the saved one is offered
  const choice = element("file");
  let stamp = null, networks = [];
  element("file-label").hidden = false;
  const use = () => {
    element("reload").hidden = true;
    isOwnText = false;
    if (networks[choice.selectedIndex].text !== text.value) setText(networks[choice.selectedIndex].text);
  };
  choice.addEventListener("change", use);
  element("reload").addEventListener("click", () => { use(); text.focus(); });
  for (;;) {
    if (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
    const answer = await backend.post("api/file", { stamp });
    if (answer.error !== undefined) {
      showError(answer.error);
      stamp = null; // the next answer comes at once
      await new Promise((done) => setTimeout(done, RETRY));
      continue;
    }
    stamp = answer.stamp;
    if (page.dataset.stale) ask();
    if (!answer.networks) continue;
    const number = Math.min(Math.max(choice.selectedIndex, 0), Math.max(answer.networks.length - 1, 0));
    const isEdited = isOwnText || (networks.length > 0 && networks[choice.selectedIndex].text !== text.value);
    networks = answer.networks;
    element("file-name").textContent = answer.name;
    choice.replaceChildren(...networks.map(({ name }, index) => new Option(name, index, false, index === number)));
    if (!networks.length) { say(`${answer.name}: no network`, true); continue; }
    if (!isEdited) use(); else element("reload").hidden = networks[number].text === text.value;
  }
}

// -- start: a static page shows the finished example until Python answers ----------------------------------

function showFinished() {
  const [layers, picture] = ["table", page.dataset.theme].map((name) => element(`finished-${name}`));
  if (!layers || text.value !== examples.options[1].value) return;
  showTable(layers.innerHTML);
  fill(element("shown"), picture.innerHTML, "svg");
}

useTheme(system.matches ? "dark" : "light");
const link = await readLink(location.hash);
useLink(link);
if (link.text === undefined && page.dataset.follows) follow(false);
else if (link.isBroken) showError(BROKEN);
else {
  text.value = link.text ?? page.dataset.text ?? examples.options[1].value;
  grow();
  paintText();
  showFinished();
  if (page.dataset.backend !== "server") element("summary").textContent = "starting Python ...";
  ask();
  if (page.dataset.follows) follow(true);
}
