// The text, with underlines and highlights on an element behind it.
const text = document.getElementById("text"), marks = document.getElementById("marks");
const SEVERITIES = ["error", "warning", "info"]; // the strongest first

export function replace(start, end, replacement) { // so that the browser can undo it
  const before = document.activeElement, expected = text.value.slice(0, start) + replacement + text.value.slice(end);
  text.focus({ preventScroll: true });
  text.setSelectionRange(start, end);
  if (replacement) insert(replacement); else if (start !== end) document.execCommand("delete");
  if (text.value !== expected) text.value = expected;
  if (before instanceof HTMLSelectElement) before.focus(); // its keys choose the next one
  grow();
}

function insert(content) {
  const holder = document.createElement("pre");
  holder.textContent = content;
  // Chromium inserts lines as text one by one, which takes seconds for a hundred; Firefox does not insert HTML here
  const isDone = content.includes("\n") && document.execCommand("insertHTML", false, holder.innerHTML);
  if (!isDone) document.execCommand("insertText", false, content);
}

export function apply(edits) { // as one step of undo
  const ordered = [...edits].sort((first, second) => first.span[0] - second.span[0]);
  const start = ordered[0].span[0], end = Math.max(...ordered.map(({ span }) => span[1]));
  let offset = start, replacement = "";
  for (const edit of ordered) {
    replacement += text.value.slice(offset, edit.span[0]) + edit.text;
    offset = edit.span[1];
  }
  replace(start, end, replacement);
}

export function paint(findings, spans = []) { // underlines of findings, and highlights
  const value = text.value;
  const painted = [...findings.map(({ span, severity }) => ({ span, name: severity })), ...spans.map((span) => ({ span, name: "row" }))];
  const edges = [...new Set([0, value.length, ...painted.flatMap(({ span }) => span)])].sort((first, second) => first - second);
  const parts = [];
  for (let index = 0; index + 1 < edges.length; index++) {
    const piece = value.slice(edges[index], edges[index + 1]);
    const names = painted.filter(({ span }) => span[0] <= edges[index] && edges[index + 1] <= span[1]).map(({ name }) => name);
    if (!names.length) { parts.push(piece); continue; }
    const mark = document.createElement("mark"), severity = SEVERITIES.find((name) => names.includes(name));
    if (severity) mark.classList.add(severity);
    if (names.includes("row")) mark.classList.add("row");
    mark.textContent = piece;
    parts.push(mark);
  }
  marks.replaceChildren(...parts, "\n");
  marks.scrollTop = text.scrollTop;
}

export function grow() { // where CSS cannot
  if (CSS.supports("field-sizing", "content")) return;
  text.style.setProperty("height", "auto");
  text.style.setProperty("height", `${text.scrollHeight}px`);
}

text.addEventListener("scroll", () => { marks.scrollTop = text.scrollTop; });
