// What a finding shows when it is opened.
function code(item) {
  const colours = coloured(item.lines, item.path);
  const lines = item.lines.map((line, index) => {
    const number = item.start + index;
    const flagged = number >= item.first && number <= item.last;
    const pieces = colours[index].map(([name, text]) => (name ? h("span", { class: name }, text) : text));
    return h("li", flagged ? { class: "flagged" } : {},
      h("span", flagged ? { "aria-label": `line ${number}, flagged` } : {}, String(number)),
      h("code", {}, ...pieces));
  });
  return h("div", { class: "code", tabindex: "0", role: "group", "aria-label": `Source of ${item.path}` },
    h("span", { class: "path" }, item.path), h("ol", {}, ...lines));
}

// The first line of an answer is its status, which may be what decided.
function answer(text, marks, told) {
  const end = text.indexOf("\n") < 0 ? text.length : text.indexOf("\n");
  return h("pre", { tabindex: "0", class: "answer" },
    h("b", told ? { class: "told" } : {}, text.slice(0, end)), ...marked(text.slice(end), marks));
}

function exchange(item, marks, told) {
  const fault = item.fault ? h("p", { class: "fault" }, item.fault) : null;
  return h("div", { class: "exchange" },
    h("header", {}, item.label, h("span", {}, `${item.ms} ms`)),
    h("div", { class: "sides" },
      h("div", {}, h("h4", {}, "Request"), h("pre", { tabindex: "0" }, ...marked(item.request, marks))),
      h("div", {}, h("h4", {}, "Response"), item.response ? answer(item.response, marks, told) : null, fault)));
}

const status = (item) => item.response.split("\n", 1)[0];

function proof(item, finding) {
  // A status decides where no control was answered with it.
  const controls = new Set(item.controls.map(status));
  const told = item.controls.length > 0 && item.exchanges.every((one) => !controls.has(status(one)));
  const shown = (one) => exchange(one, item.marks, told);
  const parts = [titled("Proof", h("p", { class: "oracle" }, item.oracle))];
  if (item.exchanges.length) parts.push(titled("What was sent and answered", ...item.exchanges.map(shown)));
  if (item.controls.length) parts.push(titled("Controls that had to differ, and did", ...item.controls.map(shown)));
  if (item.replay) {
    parts.push(titled("Replay",
      command(item.replay),
      command(`servegate replay ${finding.id}`)));
  }
  return parts;
}

const command = (text) => h("div", { class: "replay" },
  h("pre", { tabindex: "0" }, text), copyButton("Copy", () => text));

function evidence(item, finding) {
  if (item.kind === "code") return [code(item)];
  if (item.kind === "proof") return proof(item, finding);
  return [h("p", { class: "note" }, "More evidence was left out to keep this page small. It is in result.json.")];
}

// Prose in which lines that are set in by four are code.
function prose(text) {
  const parts = [];
  for (const block of text.split(/\n{2,}/)) {
    const lines = block.split("\n");
    const example = lines.every((line) => line.startsWith("    ") || !line.trim());
    parts.push(example && block.trim()
      ? h("pre", { class: "example", tabindex: "0" }, lines.map((line) => line.slice(4)).join("\n"))
      : h("p", {}, block));
  }
  return parts;
}

function patch(text) {
  const lines = text.trimEnd().split("\n").map((line, index) => {
    const kind = index < 3 ? "head" : line.startsWith("-") ? "gone" : "come";
    return h("span", { class: kind }, line);
  });
  return h("div", {},
    h("div", { class: "side-by" }, h("h3", {}, "Proposed patch"), copyButton("Copy patch", () => text)),
    h("div", { class: "patch", tabindex: "0", role: "group", "aria-label": "Proposed patch" }, h("pre", {}, ...lines)));
}

function source(item, data, finding) {
  const rule = data.rules[item.rule];
  return h("li", {}, h("strong", {}, `${item.engine}, ${rule.id}`), `: ${item.message} `,
    h("code", {}, item.where), ...item.evidence.flatMap((one) => evidence(one, finding)));
}

function place(item) {
  return h("li", {}, item.note ? h("span", {}, `${item.note} `) : null, h("code", {}, item.text));
}

const sentences = (texts) => h("ul", { class: "said" }, ...texts.map((text) => h("li", {}, text)));

function detail(item, data) {
  const rule = data.rules[item.rule];
  const ids = rule.ids.map((id) => (id.href ? link(id.href, id.text) : h("span", {}, id.text)));
  const references = rule.links.map((href) => h("li", {}, link(href, href)));
  const address = () => `${location.href.split("#")[0]}#${item.id}`;
  const history = [...item.history];
  if (item.inline) history.push(`Comment in the source: ${item.inline}`);
  return h("div", { class: "detail" },
    shortened(item.message) === item.message ? null : h("p", {}, item.message),
    titled("Where", h("ul", { class: "places" }, ...item.places.map(place))),
    ...item.evidence.flatMap((one) => evidence(one, item)),
    h("div", { class: "two" },
      titled("Why it matters", ...prose(rule.why), item.here.length ? sentences(item.here) : null),
      titled("What to do", ...prose(rule.fix))),
    item.patch ? patch(item.patch) : null,
    item.sources.length
      ? titled("Also seen by", h("ul", { class: "sources" }, ...item.sources.map((one) => source(one, data, item))))
      : null,
    titled("Status and history",
      h("p", { class: "small-print" }, `${item.severity}, ${item.confidence}, ${item.status}`),
      sentences(history)),
    ids.length || references.length
      ? titled(rule.title, h("div", { class: "ids" }, h("span", {}, rule.id), ...ids),
        h("ul", { class: "links" }, ...references))
      : null,
    h("div", { class: "small-print" }, h("code", {}, item.id), copyButton("Copy link", address)));
}

// A message as a row has room for it.
function shortened(text) {
  const line = text.split(/\s+/).filter(Boolean).join(" ");
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
