"use strict";
(() => {
  const list = document.getElementById("rows");
  if (!list) return;

  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const noneLeft = document.getElementById("none-left");
  const chips = [...form.querySelectorAll("[data-severity]")];
  const controls = [...form.elements].filter((element) => element.name);
  const rows = [...list.children];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const further = document.getElementById("further");
  const step = Number(list.dataset.step);
  const PRINTED = 200;
  let data = null;
  let fitting = rows;
  let limit = step;
  let aimed = null;

  // Everything on the page is placed as text: no string of the data is ever read as markup.
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const titled = (title, ...children) => h("div", {}, h("h3", {}, title), ...children);
  const link = (href, text) => h("a", { href, rel: "noopener noreferrer" }, text);

  function copyButton(label, text) {
    const button = h("button", { type: "button", class: "button" }, label);
    button.addEventListener("click", async () => {
      const done = await copied(text());
      button.textContent = done ? "Copied" : "Copying is not allowed here";
      setTimeout(() => { button.textContent = label; }, 1600);
    });
    return button;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = h("textarea", { "aria-hidden": "true", class: "sr" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function code(item) {
    const lines = item.lines.map((line, index) => {
      const number = item.start + index;
      const flagged = number >= item.first && number <= item.last;
      return h("li", flagged ? { class: "flagged" } : {},
        h("span", flagged ? { "aria-label": `line ${number}, flagged` } : {}, String(number)),
        h("code", {}, line));
    });
    return h("div", { class: "code", tabindex: "0", role: "group", "aria-label": `Source of ${item.path}` },
      h("span", { class: "path" }, item.path), h("ol", {}, ...lines));
  }

  function exchange(item) {
    const answer = item.response ? h("pre", { tabindex: "0" }, item.response) : null;
    const fault = item.fault ? h("p", { class: "fault" }, item.fault) : null;
    return h("div", { class: "exchange" },
      h("header", {}, item.label, h("span", {}, `${item.ms} ms`)),
      h("div", { class: "sides" },
        h("div", {}, h("h4", {}, "Request"), h("pre", { tabindex: "0" }, item.request)),
        h("div", {}, h("h4", {}, "Response"), answer, fault)));
  }

  function proof(item) {
    const parts = [titled("Proof", h("p", { class: "oracle" }, item.oracle))];
    if (item.exchanges.length) parts.push(titled("What was sent and answered", ...item.exchanges.map(exchange)));
    if (item.controls.length) parts.push(titled("Controls that had to differ, and did", ...item.controls.map(exchange)));
    if (item.replay) {
      parts.push(titled("Replay", h("div", { class: "replay" },
        h("pre", { tabindex: "0" }, item.replay), copyButton("Copy", () => item.replay))));
    }
    return parts;
  }

  function evidence(item) {
    if (item.kind === "code") return [code(item)];
    if (item.kind === "proof") return proof(item);
    return [h("p", { class: "note" }, "More evidence was left out to keep this page small. It is in result.json.")];
  }

  function source(item) {
    const rule = data.rules[item.rule];
    return h("li", {}, h("strong", {}, `${item.engine}, ${rule.id}`), `: ${item.message} `,
      h("code", {}, item.where), ...item.evidence.flatMap(evidence));
  }

  function place(item) {
    return h("li", {}, item.note ? h("span", {}, `${item.note} `) : null, h("code", {}, item.text));
  }

  function standing(item) {
    const words = [`${item.severity}, ${item.confidence}, ${item.status}`];
    if (item.reason) words.push(item.reason);
    if (item.inline) words.push(`comment in the source: ${item.inline}`);
    return words.join(" · ");
  }

  function detail(item) {
    const rule = data.rules[item.rule];
    const ids = rule.ids.map((id) => (id.href ? link(id.href, id.text) : h("span", {}, id.text)));
    const references = rule.links.map((href) => h("li", {}, link(href, href)));
    const address = () => `${location.href.split("#")[0]}#${item.id}`;
    return h("div", { class: "detail" },
      h("div", {}, item.full ? h("p", {}, item.message) : null, h("p", { class: "small-print" }, standing(item))),
      titled("Where", h("ul", { class: "places" }, ...item.places.map(place))),
      ...item.evidence.flatMap(evidence),
      h("div", { class: "two" },
        titled("Why it matters", h("p", {}, rule.why)),
        titled("What to do", h("p", {}, rule.fix))),
      item.sources.length
        ? titled("Also seen by", h("ul", { class: "sources" }, ...item.sources.map(source)))
        : null,
      ids.length || references.length
        ? titled(rule.title, h("div", { class: "ids" }, h("span", {}, rule.id), ...ids),
          h("ul", { class: "links" }, ...references))
        : null,
      h("div", { class: "small-print" }, h("code", {}, item.id), copyButton("Copy link", address)));
  }

  function build(details) {
    if (details.childElementCount > 1) return;
    data ??= JSON.parse(document.getElementById("data").textContent);
    details.append(detail(data.findings[Number(details.parentElement.dataset.place)]));
  }

  function wanted() {
    const severities = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
    const state = new URLSearchParams();
    if (severities.length) state.set("severity", severities.map((chip) => chip.dataset.severity).join(","));
    for (const control of controls) {
      const value = control.type === "checkbox" ? (control.checked ? control.value : "") : control.value.trim();
      if (value) state.set(control.name, value);
    }
    return state;
  }

  function fits(row, index, state, words) {
    for (const [name, value] of state) {
      if (name === "q") {
        if (!words.every((word) => texts[index].includes(word))) return false;
      } else if (name === "severity") {
        if (!value.split(",").includes(row.dataset.severity)) return false;
      } else if (name === "engine") {
        if (!row.dataset.engine.split(" ").includes(value)) return false;
      } else if (row.dataset[name] !== value) return false;
    }
    return true;
  }

  // Rows beyond the limit stay out of the layout: thousands at once take the browser seconds.
  function reveal() {
    const kept = new Set(fitting.slice(0, limit));
    if (aimed !== null && fitting.includes(aimed)) kept.add(aimed);
    for (const row of rows) {
      const hide = !kept.has(row);
      if (row.hidden !== hide) row.hidden = hide;
    }
    further.hidden = fitting.length <= limit;
    further.textContent = `Show more (${(fitting.length - limit).toLocaleString("en")} left)`;
  }

  function more() {
    if (further.hidden) return;
    limit += step;
    reveal();
  }

  function apply() {
    const state = wanted();
    const words = (state.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    fitting = rows.filter((row, index) => fits(row, index, state, words));
    limit = step;
    reveal();
    shown.textContent = `${fitting.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} findings`;
    noneLeft.hidden = fitting.length > 0;
    return state;
  }

  function remember(state) {
    const text = state.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", text ? `#${text}` : location.href.split("#")[0]);
  }

  function fill(state) {
    const severities = (state.get("severity") ?? "").split(",");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(severities.includes(chip.dataset.severity)));
    for (const control of controls) {
      const value = state.get(control.name) ?? "";
      if (control.type === "checkbox") control.checked = value !== "";
      else control.value = value;
    }
  }

  function changed() {
    remember(apply());
  }

  function open(row) {
    if (!fitting.includes(row)) {
      fill(new URLSearchParams());
      apply();
    }
    if (aimed !== null) aimed.classList.remove("aimed");
    aimed = row;
    aimed.classList.add("aimed");
    aimed.hidden = false;
    const details = row.firstElementChild;
    build(details);
    details.open = true;
    row.scrollIntoView({ block: "start" });
    details.firstElementChild.focus({ preventScroll: true });
  }

  function follow() {
    let hash = location.hash.slice(1);
    try {
      hash = decodeURIComponent(hash);
    } catch {
      return;
    }
    const aim = document.getElementById(hash);
    if (aim && list.contains(aim)) {
      open(aim);
    } else if (hash.includes("=")) {
      fill(new URLSearchParams(location.hash.slice(1)));
      apply();
      document.getElementById("findings").scrollIntoView();
    }
  }

  // Arrow keys walk over the rows that are shown; "/" goes to the search field.
  function walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName !== "SUMMARY") return;
    let next = event.target.closest(".row");
    do {
      next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
    } while (next && next.hidden);
    if (!next) return;
    event.preventDefault();
    next.querySelector("summary").focus();
  }

  let waiting = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(changed);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      changed();
    });
  }
  for (const button of document.querySelectorAll("[data-reset]")) {
    button.addEventListener("click", () => {
      fill(new URLSearchParams());
      changed();
      document.getElementById("q").focus();
    });
  }
  list.addEventListener("toggle", (event) => {
    if (event.target.open) build(event.target);
  }, true);
  list.addEventListener("keydown", walk);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    document.getElementById("q").focus();
  });
  addEventListener("beforeprint", () => {
    limit = rows.length;
    reveal();
    if (fitting.length > PRINTED) return;
    for (const row of fitting) {
      build(row.firstElementChild);
      row.firstElementChild.open = true;
    }
  });
  further.addEventListener("click", more);
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) more();
  }, { rootMargin: "600px" }).observe(further);
  addEventListener("hashchange", follow);
  // After the browser's own jump to the fragment, which would take the focus away again.
  addEventListener("load", () => setTimeout(follow));
})();
