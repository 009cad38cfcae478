// What a link holds after #: a= the text, or z= the text compressed, and what is chosen.
const LONG = 2000; // characters, after which the text is compressed
const MOST = 100000; // bytes of a text in a link

const readable = (value) => encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%2C", ",").replaceAll("%5B", "[").replaceAll("%5D", "]");

export async function linkOf(text, choices) {
  const plain = `a=${readable(text)}`;
  const chosen = Object.entries(choices).map(([name, value]) => `&${name}=${readable(value)}`).join("");
  if (plain.length <= LONG) return plain + chosen;
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  const code = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `z=${code.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}${chosen}`;
}

export async function readLink(hash) { // without a text where there is none that can be read
  const { a, z, ...choices } = Object.fromEntries(new URLSearchParams(hash.slice(1, MOST)));
  if (a !== undefined) return { text: a, ...choices };
  if (z === undefined) return {};
  try {
    const code = atob(z.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(new DecompressionStream("deflate-raw"), Uint8Array.from(code, (char) => char.charCodeAt(0)));
    return { text: new TextDecoder().decode(bytes), ...choices };
  } catch { return { isBroken: true }; }
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter(), reader = stream.readable.getReader(), parts = [];
  writer.write(bytes).catch(() => {}); // the reader reports errors
  writer.close().catch(() => {});
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MOST) { await reader.cancel(); throw new RangeError("too long"); }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
